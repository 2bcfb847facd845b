//! Schema changes, run by the owner of the database.

use migration::tenant::expect_many_rows;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};

use super::connect::{Db, Engine, engine_of, owner_options, sqlite_options};
use super::constraint::from_database;
use crate::error::Result;

/// Names the lock that keeps two processes from changing the schema at once. Any constant does.
const MIGRATION_LOCK: i64 = 0x7461_6e64_656d;

/// One schema change and whether it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// What to do with the schema.
#[derive(Clone, Copy, Debug)]
enum Step {
    Up,
    Down(u32),
}

impl Db {
    /// Makes every schema change that is missing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn migrate_up(url: &str) -> Result<()> {
        migrate(url, Step::Up).await
    }

    /// Takes the last schema changes back, with the data they hold.
    ///
    /// # Errors
    /// What the database says.
    pub async fn migrate_down(url: &str, steps: u32) -> Result<()> {
        migrate(url, Step::Down(steps)).await
    }

    /// All schema changes in order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn migration_status(url: &str) -> Result<Vec<Change>> {
        let owner = owner(url).await?;
        let found = Migrator::get_migration_with_status(&owner).await.map_err(from_database)?;
        Ok(found
            .iter()
            .map(|change| Change { name: change.name().to_owned(), applied: change.status() == migration::MigrationStatus::Applied })
            .collect())
    }

    /// Whether this program's schema is in the database.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_migrated(&self) -> Result<bool> {
        Ok(Self::migration_status(&self.url).await?.iter().all(|change| change.applied))
    }
}

#[expect(clippy::disallowed_types, reason = "the owner's connection lives for the length of one task")]
pub(super) async fn owner(url: &str) -> Result<sea_orm::DatabaseConnection> {
    let options = match engine_of(url)? {
        Engine::Sqlite => sqlite_options(url, 1, false),
        Engine::Postgres => owner_options(url, 2),
    };
    Database::connect(options).await.map_err(from_database)
}

#[expect(clippy::disallowed_methods, reason = "a lock is held by a transaction of its own")]
async fn migrate(url: &str, step: Step) -> Result<()> {
    let owner = owner(url).await?;
    let lock = if engine_of(url)? == Engine::Postgres {
        let transaction = owner.begin().await.map_err(from_database)?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.map_err(from_database)?;
        Some(transaction)
    } else {
        None
    };
    match step {
        Step::Up => Migrator::up(&owner, None).await,
        Step::Down(steps) => Migrator::down(&owner, Some(steps)).await,
    }
    .map_err(from_database)?;
    if lock.is_none() {
        expect_many_rows(&owner).await.map_err(from_database)?;
    }
    if let Some(transaction) = lock {
        transaction.commit().await.map_err(from_database)?;
    }
    owner.close().await.map_err(from_database)
}
