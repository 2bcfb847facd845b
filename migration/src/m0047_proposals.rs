//! Proposals about credit: what was said when it was opened, so that it can be asked again what the policy would give, and what was
//! decided where that is something else by now.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0047_proposals"
    }
}

/// The close is of the buyer, or they referred it.
const OF_DECISION: Redaction<'_> = Redaction {
    table: "credit_proposal_decision",
    columns: &[("reason", "NULL")],
    erased: "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
        AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
        AND c.id = {row}.close_id AND p.erased_at IS NOT NULL)",
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("credit_opening", Changes::AppendOnly)
            .references("close_id", "close")
            .optional("source_resource", Type::Text)
            .may_reference("claimant_id", "person")
            .may_reference("claimant_account_id", "account")
            .optional("claimed_at", Type::BigInt)
            .optional("signed_at", Type::BigInt)
            .optional("sales_bp", Type::Int)
            .optional("marketing_bp", Type::Int)
            .optional("product_bp", Type::Int)
            .column("recorded_at", Type::BigInt)
            .check("claim", "(claimant_id IS NULL) = (claimed_at IS NULL)")
            .check("split", "signed_at IS NULL OR sales_bp + marketing_bp + product_bp = 10000")
            .unique("uq_credit_opening_close", "close_id")
            .create(manager)
            .await?;
        TenantTable::new("credit_proposal_decision", Changes::AppendOnly)
            .references("close_id", "close")
            .column("kind", Type::Text)
            .column("sales_bp", Type::Int)
            .column("marketing_bp", Type::Int)
            .column("product_bp", Type::Int)
            .may_reference("batch_id", "credit_batch")
            .references("decided_by", "member")
            .optional("reason", Type::Text)
            .column("recorded_at", Type::BigInt)
            .check("shares", "sales_bp >= 0 AND marketing_bp >= 0 AND product_bp >= 0 AND sales_bp + marketing_bp + product_bp = 10000")
            .check("batch", "(kind = 'ACCEPTED') = (batch_id IS NOT NULL)")
            .index("ix_credit_proposal_decision_close", "close_id, recorded_at")
            .create(manager)
            .await?;
        allow_redaction(manager, OF_DECISION).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_DECISION).await?;
        drop_tables(manager, &["credit_opening", "credit_proposal_decision"]).await
    }
}
