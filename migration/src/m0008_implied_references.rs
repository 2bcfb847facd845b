//! Rows that must refer to another row of their organization need not refer to the organization as well: looking it up
//! again for each of very many rows is what an import waits for. SQLite cannot drop a constraint, and looks it up fast.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_implied_references"
    }
}

/// Tables each row of which refers to another row of the organization.
const TABLES: [&str; 6] = ["touch", "stage_event", "close", "close_movement", "credit_batch", "credit_entry"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            for table in TABLES {
                let statement = format!("ALTER TABLE {table} DROP CONSTRAINT fk_{table}_organization");
                manager.get_connection().execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            for table in TABLES {
                let statement = format!(
                    "ALTER TABLE {table} ADD CONSTRAINT fk_{table}_organization FOREIGN KEY (organization_id) REFERENCES organization (organization_id)"
                );
                manager.get_connection().execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}
