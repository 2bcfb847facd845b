//! A column to search buyers by: the engines lower letters outside ASCII differently, so the program does it.

use sea_orm_migration::prelude::*;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_search_key"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["account", "person"] {
            let statement = format!("ALTER TABLE {table} ADD COLUMN search_key text NOT NULL DEFAULT ''");
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["person", "account"] {
            manager.get_connection().execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN search_key")).await?;
        }
        Ok(())
    }
}
