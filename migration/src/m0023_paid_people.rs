//! How many people a cost pays.

use sea_orm_migration::prelude::*;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0023_paid_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = "ALTER TABLE cost_entry ADD COLUMN people INTEGER CONSTRAINT ck_cost_entry_people CHECK (people > 0)";
        manager.get_connection().execute_unprepared(add).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite gives no column up that a check names, but of one that is its own.
        manager.get_connection().execute_unprepared("ALTER TABLE cost_entry DROP COLUMN people").await.map(|_| ())
    }
}
