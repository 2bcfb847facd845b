//! Months are locked and opened again, and whoever writes to a locked one leaves a restatement. A batch tells from when on it
//! was asked to count where that lay in a locked month.

use sea_orm_migration::prelude::*;

use crate::m0047_proposals::Words;
use crate::tenant::{Changes, TenantTable, Type, drop_tables, execute};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0048_period_lock"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there are more.
const OF_BATCH: Words = Words { table: "credit_batch", columns: &[("reason", "''")], close: "{row}.close_id" };

const OF_RESTATEMENT: Words = Words { table: "restatement", columns: &[("reason", "''")], close: "{row}.close_id" };

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
        OF_RESTATEMENT.allow(manager).await?;
        OF_BATCH.refuse(manager).await?;
        execute(manager, &["ALTER TABLE credit_batch ADD COLUMN asked_effective_at bigint".to_owned()]).await?;
        OF_BATCH.allow(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        OF_BATCH.refuse(manager).await?;
        execute(manager, &["ALTER TABLE credit_batch DROP COLUMN asked_effective_at".to_owned()]).await?;
        OF_BATCH.allow(manager).await?;
        OF_RESTATEMENT.refuse(manager).await?;
        drop_tables(manager, &["restatement", "period_lock"]).await
    }
}
