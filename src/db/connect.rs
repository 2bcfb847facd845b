//! Connecting, with the settings that make each engine keep what it acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use entity::ids::OrganizationId;
use migration::tenant::APPLICATION_ROLE;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::announce::Board;
use super::audit::Author;
use super::constraint::from_database;
use super::memory::Memory;
use super::sight::Sight;
use super::tenant::{TenantTx, TenantWrite};
use crate::error::{Error, Problem, ProblemCode, Result};

/// How long to wait for a free connection before answering TIMEOUT.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long SQLite waits for a writer of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without use a connection to PostgreSQL is tried before it is used: until then it is taken to be there, and a round
/// trip is saved.
const UNTRIED: Duration = Duration::from_secs(5);

/// Readers of SQLite: they do not block the writer, nor each other.
const SQLITE_READERS: u32 = 4;

/// Which database is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For production.
    Postgres,
}

/// The connections.
#[derive(Clone, Debug)]
#[expect(clippy::disallowed_types, reason = "the one place that keeps connections")]
pub struct Db {
    pub(super) engine: Engine,
    pub(super) url: String,
    pub(super) writer: sea_orm::DatabaseConnection,
    pub(super) reader: sea_orm::DatabaseConnection,
    statements: Arc<AtomicU64>,
    access_changes: Arc<AtomicU64>,
    pub(super) board: Board,
    pub(super) memory: Memory,
}

impl Db {
    /// Connects to an existing database, or makes a new SQLite file.
    ///
    /// # Errors
    /// An invalid problem with `database_url`, or what the database says.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        let engine = engine_of(url)?;
        let (writer, reader) = match engine {
            Engine::Sqlite => {
                // One writer: SQLite has one write lock, and a pool of one waits in order instead of failing.
                let writer = open(sqlite_options(url, 1, false)).await?;
                let reader = open(sqlite_options(url, SQLITE_READERS, true)).await?;
                (writer, reader)
            }
            Engine::Postgres => {
                let pool = open(postgres_options(url, max_connections)).await?;
                (pool.clone(), pool)
            }
        };
        let (statements, access_changes) = (Arc::default(), Arc::default());
        Ok(Self {
            engine,
            url: url.to_owned(),
            writer,
            reader,
            statements,
            access_changes,
            board: Board::default(),
            memory: Memory::default(),
        })
    }

    /// How often what sessions are made from has changed, as far as this process knows.
    pub(crate) fn access_changes(&self) -> u64 {
        self.access_changes.load(Ordering::Acquire)
    }

    /// What sessions are made from has changed: none that was read before is used any more.
    pub(crate) fn access_changed(&self) {
        self.access_changes.fetch_add(1, Ordering::Release);
    }

    /// Which database this is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Statements sent since the start; tests compare it before and after.
    #[must_use]
    pub fn statement_count(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ping(&self) -> Result<()> {
        self.reader.execute_unprepared("SELECT 1").await.map(|_| ()).map_err(from_database)
    }

    /// A transaction that reads one organization.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn read(&self, organization_id: OrganizationId, sight: Arc<Sight>) -> Result<TenantTx> {
        self.begin(organization_id, sight, AccessMode::ReadOnly).await
    }

    /// A transaction that changes one organization. Dropped without a commit, it changes nothing.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn write(&self, organization_id: OrganizationId, sight: Arc<Sight>, author: Author) -> Result<TenantWrite> {
        self.begin(organization_id, sight, AccessMode::ReadWrite).await.map(|tx| TenantWrite::new(tx, author, self.clone()))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that begins transactions")]
    async fn begin(&self, organization_id: OrganizationId, sight: Arc<Sight>, access: AccessMode) -> Result<TenantTx> {
        let (connection, mode) = match access {
            AccessMode::ReadOnly => (&self.reader, None),
            // A transaction that begins as a reader and then writes fails at once on SQLite when another wrote meanwhile.
            AccessMode::ReadWrite => (&self.writer, (self.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate)),
        };
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        let transaction = connection.begin_with_options(options).await.map_err(from_database)?;
        // What was kept of earlier transactions knows nothing of what this one writes.
        let memory = (access == AccessMode::ReadOnly).then(|| self.memory.clone());
        TenantTx::enter(transaction, self.engine, organization_id, sight, memory, Arc::clone(&self.statements)).await
    }
}

#[expect(clippy::disallowed_types, reason = "the one place that opens connections")]
async fn open(options: ConnectOptions) -> Result<sea_orm::DatabaseConnection> {
    Database::connect(options).await.map_err(from_database)
}

pub(super) fn engine_of(url: &str) -> Result<Engine> {
    if url.starts_with("sqlite:") {
        Ok(Engine::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Engine::Postgres)
    } else {
        let message = "must begin with sqlite: or postgres://".to_owned();
        Err(Error::Invalid(vec![Problem { field: "database_url".to_owned(), code: ProblemCode::Invalid, message }]))
    }
}

pub(super) fn sqlite_options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // A file does not go away: its connections are not tried before they are used.
    options.test_before_acquire(false);
    options.min_connections(0).max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false).map_sqlx_sqlite_opts(
        move |options| {
            options
                .create_if_missing(!read_only)
                .read_only(read_only)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                // NORMAL may lose acknowledged commits when the power fails.
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                // Rows come from a thread of their own: fewer, larger hand-overs where a metric reads very many.
                .row_buffer_size(1_024)
                // The writer comes back to the same parts of its indexes again and again until a transaction ends.
                .pragma("cache_size", if read_only { "-16384" } else { "-24576" })
                // The writer's map would grow with every page it touches; readers share theirs with the page cache.
                .pragma("mmap_size", if read_only { "268435456" } else { "0" })
                .pragma("temp_store", "memory")
                // What is erased does not stay in the file, in space that is free.
                .pragma("secure_delete", "on")
        },
    );
    options
}

fn postgres_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = owner_options(url, connections);
    // Requests are served by a role that owns nothing, so row-level security and missing privileges bind them.
    options.map_sqlx_postgres_opts(|options| options.options([("role", APPLICATION_ROLE)]));
    options
}

pub(super) fn owner_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.min_connections(0).max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options.test_before_acquire_if_idle_for(UNTRIED);
    options
}

/// The backend of sea-orm for an engine.
impl From<Engine> for DbBackend {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => Self::Postgres,
        }
    }
}
