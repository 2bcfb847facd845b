//! Months are locked and opened again, and whoever writes to a locked one leaves a restatement. A batch tells from when on it
//! was asked to count where that lay in a locked month.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, execute, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0048_period_lock"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there are more.
const OF_BATCH: Redaction<'_> = Redaction { table: "credit_batch", columns: &[("reason", "''")], erased: OF_CLOSE };

const OF_RESTATEMENT: Redaction<'_> = Redaction { table: "restatement", columns: &[("reason", "''")], erased: OF_CLOSE };

/// The row names a close of the buyer, or one they referred.
const OF_CLOSE: &str = "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
     AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
     AND c.id = {row}.close_id AND p.erased_at IS NOT NULL)";

/// What was restated is one thing; what happened to a close and its credit is told with the close.
const ONE_OBJECT: &str = "CASE WHEN close_id IS NULL THEN 0 ELSE 1 END + CASE WHEN cost_entry_id IS NULL THEN 0 ELSE 1 END \
     + CASE WHEN rate_id IS NULL THEN 0 ELSE 1 END + CASE WHEN rule_id IS NULL THEN 0 ELSE 1 END = 1 \
     AND (close_id IS NOT NULL OR (movement_id IS NULL AND batch_id IS NULL)) AND (movement_id IS NULL OR batch_id IS NULL)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("period_lock", Changes::AppendOnly)
            .column("month", Type::Date)
            .column("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .supersedes()
            .column("recorded_at", Type::BigInt)
            .index("ix_period_lock_month", "month, id")
            .create(manager)
            .await?;
        TenantTable::new("restatement", Changes::AppendOnly)
            .column("month", Type::Date)
            .may_reference("close_id", "close")
            .may_reference("movement_id", "close_movement")
            .may_reference("batch_id", "credit_batch")
            .may_reference("cost_entry_id", "cost_entry")
            .may_reference("rate_id", "fx_rate")
            .may_reference("rule_id", "allocation_rule")
            .column("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("object", ONE_OBJECT)
            .index("ix_restatement_recorded", "recorded_at, id")
            .index_where_present("ix_restatement_close", "close_id", "recorded_at")
            .create(manager)
            .await?;
        allow_redaction(manager, OF_RESTATEMENT).await?;
        refuse_redaction(manager, OF_BATCH).await?;
        execute(manager, &["ALTER TABLE credit_batch ADD COLUMN asked_effective_at bigint".to_owned()]).await?;
        allow_redaction(manager, OF_BATCH).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_BATCH).await?;
        execute(manager, &["ALTER TABLE credit_batch DROP COLUMN asked_effective_at".to_owned()]).await?;
        allow_redaction(manager, OF_BATCH).await?;
        refuse_redaction(manager, OF_RESTATEMENT).await?;
        drop_tables(manager, &["restatement", "period_lock"]).await
    }
}
