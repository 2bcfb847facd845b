//! A throwaway cluster of PostgreSQL for one run of the tests, and a database in it for each test.
//!
//! A shell holds the server: when the test process ends, however it ends, the shell's standard input closes and it
//! stops the server and removes the files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use tandem::db::Db;
use tokio::sync::OnceCell;

static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);
/// Databases nobody uses any more.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Cluster {
    directory: PathBuf,
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.directory.display())
    }
}

/// A database of one test. The next test drops it: all those of a run together would take many gigabytes.
pub struct Database {
    name: String,
    pub url: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.name));
    }
}

/// A fresh, migrated database; `None` where PostgreSQL is not installed.
pub async fn fresh_database() -> Option<Database> {
    let cluster = CLUSTER.get_or_init(start).await.as_ref()?;
    let left = std::mem::take(&mut *LEFT.lock().unwrap_or_else(PoisonError::into_inner));
    for name in left {
        execute(cluster, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    execute(cluster, &format!("CREATE DATABASE {name} TEMPLATE migrated")).await;
    Some(Database { url: cluster.url(&name), name })
}

/// The URL of a fresh database without a schema.
pub async fn empty_database() -> Option<String> {
    let cluster = CLUSTER.get_or_init(start).await.as_ref()?;
    let name = format!("empty_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    execute(cluster, &format!("CREATE DATABASE {name}")).await;
    Some(cluster.url(&name))
}

async fn execute(cluster: &Cluster, statement: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
}

async fn start() -> Option<Cluster> {
    let Some(programs) = programs() else {
        assert_ne!(std::env::var_os("CI").as_deref(), Some(std::ffi::OsStr::new("true")), "PostgreSQL is not installed, and CI needs it");
        eprintln!("\n!!! PostgreSQL is not installed: every PostgreSQL test is SKIPPED !!!\n");
        return None;
    };
    let directory = tempfile::Builder::new().prefix("tandem-postgres-").tempdir().unwrap().keep();
    let script = r#"
        chmod 700 "$1" && cd "$1" || exit 1
        "$2/initdb" --pgdata=data --auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync >initdb.log 2>&1 || exit 1
        "$2/pg_ctl" --pgdata=data --log=server.log --wait --options="-k $1 -h '' -F -c max_connections=300 -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB" start >/dev/null 2>&1 || exit 1
        echo ready
        read -r _
        "$2/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null 2>&1
        cd / && rm -rf "$1"
    "#;
    // PostgreSQL refuses to run as root.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if root { Command::new("runuser") } else { Command::new("sh") };
    if root {
        assert!(Command::new("chown").arg("postgres").arg(&directory).status().unwrap().success());
        command.args(["-u", "postgres", "--", "sh"]);
    }
    let mut shell =
        command.args(["-c", script, "sh"]).arg(&directory).arg(&programs).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(shell.stdout.take().unwrap()), &mut line).unwrap();
    assert_eq!(line, "ready\n", "PostgreSQL did not start; see {}", directory.display());
    // Kept open until the process ends.
    std::mem::forget(shell);
    let cluster = Cluster { directory };
    execute(&cluster, "CREATE DATABASE migrated").await;
    Db::migrate_up(&cluster.url("migrated")).await.unwrap();
    Some(cluster)
}

/// The directory of the server's programs: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = versions.chain(std::env::split_paths(&path)).filter(|directory| has_server(directory)).collect();
    found.sort();
    found.pop()
}

fn has_server(directory: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| directory.join(program).exists())
}
