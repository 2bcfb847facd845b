//! What was won on what terms: new business or more of it, what it brings each month, and which voided close it takes the
//! place of.

use sea_orm_migration::prelude::*;

use crate::tenant::{Redaction, add_reference, allow_redaction, drop_reference, execute, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0044_terms"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there is one more.
const OF_CLOSE: Redaction<'_> = Redaction {
    table: "close",
    columns: &[("source", "NULL"), ("external_id", "NULL")],
    erased: "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {row}.organization_id \
        AND p.id = {row}.person_id AND p.erased_at IS NOT NULL)",
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_CLOSE).await?;
        let columns = [
            "ALTER TABLE close ADD COLUMN kind TEXT NOT NULL DEFAULT 'NEW'",
            "ALTER TABLE close ADD COLUMN recurring_minor BIGINT CONSTRAINT ck_close_recurring CHECK (recurring_minor > 0)",
        ];
        execute(manager, &columns.map(str::to_owned)).await?;
        add_reference(manager, "close", "reopens_id", "close").await?;
        // A close is taken the place of once.
        let once = "CREATE UNIQUE INDEX uq_close_reopens ON close (organization_id, reopens_id) WHERE reopens_id IS NOT NULL";
        execute(manager, &[once.to_owned()]).await?;
        allow_redaction(manager, OF_CLOSE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_CLOSE).await?;
        execute(manager, &["DROP INDEX uq_close_reopens".to_owned()]).await?;
        drop_reference(manager, "close", "reopens_id").await?;
        let columns = ["ALTER TABLE close DROP COLUMN recurring_minor", "ALTER TABLE close DROP COLUMN kind"];
        execute(manager, &columns.map(str::to_owned)).await?;
        allow_redaction(manager, OF_CLOSE).await
    }
}
