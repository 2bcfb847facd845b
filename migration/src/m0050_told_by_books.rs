//! Which corrections of a cost are what its system told, and which were made by hand.

use sea_orm_migration::prelude::*;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0050_told_by_books"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = "ALTER TABLE cost_entry ADD COLUMN told_by_books boolean NOT NULL DEFAULT FALSE";
        manager.get_connection().execute_unprepared(add).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("ALTER TABLE cost_entry DROP COLUMN told_by_books").await.map(|_| ())
    }
}
