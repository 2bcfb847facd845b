//! Feedback on what a metric means.

use sea_orm_migration::prelude::*;

use crate::tenant::{Redaction, allow_redaction, execute, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0055_feedback_on_metrics"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there is one more.
/// Somebody whom the handoff is about was erased: whom it names; who buys or bought for its account, where it names nobody.
const OF_FEEDBACK: Redaction<'_> = Redaction {
    table: "feedback",
    columns: &[("body", "''")],
    erased: "EXISTS (SELECT 1 FROM handoff AS h JOIN person AS p ON p.organization_id = h.organization_id \
        WHERE h.organization_id = {row}.organization_id AND h.id = {row}.handoff_id AND p.erased_at IS NOT NULL \
        AND (p.id = h.person_id OR (h.person_id IS NULL AND EXISTS (SELECT 1 FROM affiliation AS f \
        WHERE f.organization_id = p.organization_id AND f.person_id = p.id AND f.account_id = h.account_id))))",
};

async fn with_column(manager: &SchemaManager<'_>, change: &str) -> Result<(), DbErr> {
    refuse_redaction(manager, OF_FEEDBACK).await?;
    execute(manager, &[format!("ALTER TABLE feedback {change}")]).await?;
    allow_redaction(manager, OF_FEEDBACK).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        with_column(manager, "ADD COLUMN metric_key text").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        with_column(manager, "DROP COLUMN metric_key").await
    }
}
