//! The demonstration, written once for all tests that look at it.

use std::path::{Path, PathBuf};

use entity::ids::OrganizationId;
use entity::kinds::Role;
use entity::time::Timestamp;
use sqlx::Connection;
use tandem::db::{Db, Engine};
use tandem::demo::service::{self, Members};
use tokio::sync::OnceCell;

use super::app::Kept;
use super::{Caller, TestApp, TestOrganization};

/// 2026-08-01T12:00Z: after everything the demonstration tells of.
const NOW: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

/// A SQLite file with the demonstration in it.
static FILE: OnceCell<PathBuf> = OnceCell::const_new();

/// An application whose organization is the demonstration. Only look: the tests share it.
pub struct Demo {
    pub app: TestApp,
    pub members: Members,
}

impl Demo {
    pub async fn new() -> Self {
        let file = FILE.get_or_init(write).await;
        let app = open(file, Box::new(())).await;
        let members = service::members(&app.app).await.unwrap().unwrap();
        Self { app, members }
    }

    /// A copy of its own, for a test that does more than look.
    pub async fn to_change() -> Self {
        let file = FILE.get_or_init(write).await;
        let files = tempfile::tempdir().unwrap();
        let copy = files.path().join("demo.db");
        let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
        sqlx::query("VACUUM INTO ?").bind(copy.to_str().unwrap()).execute(&mut connection).await.unwrap();
        let app = open(&copy, Box::new(files)).await;
        let members = service::members(&app.app).await.unwrap().unwrap();
        Self { app, members }
    }

    /// Over a database that the demonstration is or will be in.
    pub fn over(app: TestApp, members: Members) -> Self {
        app.clock.set(NOW);
        Self { app, members }
    }

    /// The organization.
    pub fn organization(&self) -> OrganizationId {
        self.members[&Role::Admin].organization_id
    }

    /// The member with a role.
    pub fn member(&self, role: Role) -> Caller<'_> {
        let member = self.members[&role].clone();
        TestOrganization { app: &self.app, id: member.organization_id }.caller(member)
    }
}

async fn write() -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    Db::migrate_up(&format!("sqlite:{}", file.display())).await.unwrap();
    service::write(&open(&file, Box::new(())).await.app).await.unwrap();
    file
}

async fn open(file: &Path, kept: Kept) -> TestApp {
    let app = TestApp::over(Engine::Sqlite, format!("sqlite:{}", file.display()), kept).await;
    app.clock.set(NOW);
    app
}
