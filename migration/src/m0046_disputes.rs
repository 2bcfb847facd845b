//! Disputes about credit: what is claimed, and how it was settled.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0046_disputes"
    }
}

/// The close is of the buyer, or they referred it.
const OF_DISPUTE: Redaction<'_> = Redaction {
    table: "credit_dispute",
    columns: &[("reason", "''")],
    erased: "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
        AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
        AND c.id = {row}.close_id AND p.erased_at IS NOT NULL)",
};

const OF_END: Redaction<'_> = Redaction {
    table: "credit_dispute_end",
    columns: &[("reason", "NULL")],
    erased: "EXISTS (SELECT 1 FROM credit_dispute AS d JOIN close AS c ON c.organization_id = d.organization_id AND c.id = d.close_id \
        JOIN person AS p ON p.organization_id = c.organization_id AND (p.id = c.person_id OR p.id = c.referrer_id) \
        WHERE d.organization_id = {row}.organization_id AND d.id = {row}.dispute_id AND p.erased_at IS NOT NULL)",
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("credit_dispute", Changes::AppendOnly)
            .references("close_id", "close")
            .column("resource", Type::Text)
            .column("reason", Type::Text)
            .column("sales_bp", Type::Int)
            .column("marketing_bp", Type::Int)
            .column("product_bp", Type::Int)
            .may_reference("opened_by", "member")
            .may_reference("opened_for", "member")
            .column("recorded_at", Type::BigInt)
            .check("shares", "sales_bp >= 0 AND marketing_bp >= 0 AND product_bp >= 0 AND sales_bp + marketing_bp + product_bp = 10000")
            .index("ix_credit_dispute_close", "close_id, recorded_at")
            .index("ix_credit_dispute_recorded", "recorded_at, id")
            .create(manager)
            .await?;
        TenantTable::new("credit_dispute_end", Changes::AppendOnly)
            .references("dispute_id", "credit_dispute")
            .column("kind", Type::Text)
            .may_reference("batch_id", "credit_batch")
            .references("decided_by", "member")
            .optional("reason", Type::Text)
            .column("recorded_at", Type::BigInt)
            .check("batch", "(kind = 'UPHELD') = (batch_id IS NOT NULL)")
            .unique("uq_credit_dispute_end_dispute", "dispute_id")
            .create(manager)
            .await?;
        allow_redaction(manager, OF_DISPUTE).await?;
        allow_redaction(manager, OF_END).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_END).await?;
        refuse_redaction(manager, OF_DISPUTE).await?;
        drop_tables(manager, &["credit_dispute", "credit_dispute_end"]).await
    }
}
