//! Closes, their movements and the credit ledger.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_credit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("credit_policy", Changes::AppendOnly)
            .column("policy_version", Type::Int)
            .column("lookback_days", Type::SmallInt)
            .column("rounding_bp", Type::SmallInt)
            .column("recorded_at", Type::BigInt)
            .unique("uq_credit_policy_version", "policy_version")
            .check("lookback_days", "lookback_days BETWEEN 1 AND 3660")
            .check("rounding_bp", "rounding_bp BETWEEN 1 AND 10000")
            .create(manager)
            .await?;
        TenantTable::new("close", Changes::AppendOnly)
            .references("account_id", "account")
            .may_reference("person_id", "person")
            .column("closed_at", Type::BigInt)
            .column("amount_minor", Type::BigInt)
            .column("currency", Type::Text)
            .column("path", Type::Text)
            .references("policy_id", "credit_policy")
            .may_reference("referrer_id", "person")
            .may_reference("recorded_by", "member")
            .external_id()
            .column("recorded_at", Type::BigInt)
            .check("amount", "amount_minor >= 0")
            .index("ix_close_closed", "closed_at, id")
            .index("ix_close_account", "account_id")
            .create(manager)
            .await?;
        TenantTable::new("close_movement", Changes::AppendOnly)
            .references("close_id", "close")
            .column("kind", Type::Text)
            .column("amount_minor", Type::BigInt)
            .column("occurred_at", Type::BigInt)
            .column("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("amount", "CASE WHEN kind IN ('REFUND', 'CHARGEBACK') THEN amount_minor > 0 ELSE amount_minor = 0 END")
            .index("ix_close_movement_close", "close_id, occurred_at")
            .create(manager)
            .await?;
        TenantTable::new("credit_batch", Changes::AppendOnly)
            .references("close_id", "close")
            .column("sequence", Type::Int)
            .column("kind", Type::Text)
            .optional("rule", Type::Text)
            .column("reason", Type::Text)
            .may_reference("requested_by", "member")
            .column("effective_at", Type::BigInt)
            .column("recorded_at", Type::BigInt)
            .unique("uq_credit_batch_sequence", "close_id, sequence")
            .check("opening", "(kind = 'OPENING') = (sequence = 0) AND (kind = 'OPENING') = (rule IS NOT NULL)")
            .index("ix_credit_batch_effective", "effective_at, id")
            .create(manager)
            .await?;
        TenantTable::new("credit_entry", Changes::AppendOnly)
            .references("batch_id", "credit_batch")
            .column("resource", Type::Text)
            .column("delta_bp", Type::Int)
            .unique("uq_credit_entry_resource", "batch_id, resource")
            .check("delta", "delta_bp BETWEEN -10000 AND 10000 AND delta_bp <> 0")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["credit_policy", "close", "close_movement", "credit_batch", "credit_entry"]).await
    }
}
