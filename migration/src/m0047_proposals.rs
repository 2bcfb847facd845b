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

/// Words about a close. They go with its buyer, with whoever referred it, and with whoever claimed in vain that they did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// The id of the close, of the row.
    pub(crate) close: &'static str,
}

impl Words {
    pub(crate) async fn allow(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let erased = format!("({OF_CLOSE} OR {OF_CLAIM})").replace("{close}", self.close);
        allow_redaction(manager, Redaction { table: self.table, columns: self.columns, erased: &erased }).await
    }

    pub(crate) async fn refuse(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        refuse_redaction(manager, Redaction { table: self.table, columns: self.columns, erased: "" }).await
    }

    /// As it was before claims were kept.
    async fn allow_without_claims(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let erased = OF_CLOSE.replace("{close}", self.close);
        allow_redaction(manager, Redaction { table: self.table, columns: self.columns, erased: &erased }).await
    }
}

const OF_CLOSE: &str = "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
     AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
     AND c.id = {close} AND p.erased_at IS NOT NULL)";

const OF_CLAIM: &str = "EXISTS (SELECT 1 FROM credit_opening AS o JOIN person AS p ON p.organization_id = o.organization_id \
     AND p.id = o.claimant_id WHERE o.organization_id = {row}.organization_id AND o.close_id = {close} AND p.erased_at IS NOT NULL)";

const OF_DECISION: Words = Words { table: "credit_proposal_decision", columns: &[("reason", "NULL")], close: "{row}.close_id" };

/// What was written of closes before it was kept who claimed them.
const OF_BEFORE: [Words; 6] = [
    Words { table: "close_movement", columns: &[("reason", "''")], close: "{row}.close_id" },
    Words { table: "credit_batch", columns: &[("reason", "''")], close: "{row}.close_id" },
    Words { table: "credit_transfer", columns: &[("reason", "''")], close: "{row}.close_id" },
    Words {
        table: "credit_transfer_decision",
        columns: &[("reason", "NULL")],
        close: "(SELECT t.close_id FROM credit_transfer AS t WHERE t.organization_id = {row}.organization_id AND t.id = {row}.transfer_id)",
    },
    Words { table: "credit_dispute", columns: &[("reason", "''")], close: "{row}.close_id" },
    Words {
        table: "credit_dispute_end",
        columns: &[("reason", "NULL")],
        close: "(SELECT d.close_id FROM credit_dispute AS d WHERE d.organization_id = {row}.organization_id AND d.id = {row}.dispute_id)",
    },
];

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
        for words in OF_BEFORE {
            words.refuse(manager).await?;
            words.allow(manager).await?;
        }
        OF_DECISION.allow(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        OF_DECISION.refuse(manager).await?;
        for words in OF_BEFORE {
            words.refuse(manager).await?;
            words.allow_without_claims(manager).await?;
        }
        drop_tables(manager, &["credit_opening", "credit_proposal_decision"]).await
    }
}
