//! Credit moves when those concerned agree: transfers that are asked for and the decisions about them, what a batch carries
//! out or undoes, and policies that say whose approval is needed and in which order their rules are asked.

use sea_orm_migration::prelude::*;

use crate::tenant::{
    Changes, Redaction, TenantTable, Type, add_reference, allow_redaction, drop_reference, drop_tables, execute, refuse_redaction,
};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0039_ledger"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there are more.
const OF_BATCH: Redaction<'_> = Redaction { table: "credit_batch", columns: &[("reason", "''")], erased: OF_CLOSE };

const OF_TRANSFER: Redaction<'_> = Redaction { table: "credit_transfer", columns: &[("reason", "''")], erased: OF_CLOSE };

const OF_DECISION: Redaction<'_> = Redaction {
    table: "credit_transfer_decision",
    columns: &[("reason", "NULL")],
    erased: "EXISTS (SELECT 1 FROM credit_transfer AS t JOIN close AS c ON c.organization_id = t.organization_id AND c.id = t.close_id \
        JOIN person AS p ON p.organization_id = c.organization_id AND (p.id = c.person_id OR p.id = c.referrer_id) \
        WHERE t.organization_id = {row}.organization_id AND t.id = {row}.transfer_id AND p.erased_at IS NOT NULL)",
};

/// The row names a close of the buyer, or one they referred.
const OF_CLOSE: &str = "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
     AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
     AND c.id = {row}.close_id AND p.erased_at IS NOT NULL)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whoever had a policy goes on as before: in the order there was, and without asking anybody.
        let columns = [
            "rules text NOT NULL DEFAULT 'REFERRAL_CLAIM,SIGNED_SPLIT,SELF_SERVE,EVIDENCE,SOURCE_RESOURCE'",
            "transfer_approval text NOT NULL DEFAULT 'NONE'",
        ];
        execute(manager, &columns.map(|column| format!("ALTER TABLE credit_policy ADD COLUMN {column}"))).await?;
        add_reference(manager, "credit_policy", "recorded_by", "member").await?;
        TenantTable::new("credit_transfer", Changes::AppendOnly)
            .references("close_id", "close")
            .column("from_resource", Type::Text)
            .column("to_resource", Type::Text)
            .column("basis_points", Type::Int)
            .column("effective_at", Type::BigInt)
            .column("reason", Type::Text)
            .references("policy_id", "credit_policy")
            .may_reference("requested_by", "member")
            .may_reference("requested_for", "member")
            .column("recorded_at", Type::BigInt)
            .check("sides", "from_resource <> to_resource")
            .check("basis_points", "basis_points BETWEEN 1 AND 10000")
            .index("ix_credit_transfer_close", "close_id, recorded_at")
            .index("ix_credit_transfer_recorded", "recorded_at, id")
            .create(manager)
            .await?;
        TenantTable::new("credit_transfer_decision", Changes::AppendOnly)
            .references("transfer_id", "credit_transfer")
            .column("kind", Type::Text)
            .optional("side", Type::Text)
            .references("decided_by", "member")
            .optional("reason", Type::Text)
            .column("recorded_at", Type::BigInt)
            .unique("uq_credit_transfer_decision_member", "transfer_id, decided_by")
            .create(manager)
            .await?;
        allow_redaction(manager, OF_TRANSFER).await?;
        allow_redaction(manager, OF_DECISION).await?;
        refuse_redaction(manager, OF_BATCH).await?;
        add_reference(manager, "credit_batch", "transfer_id", "credit_transfer").await?;
        add_reference(manager, "credit_batch", "reverses_id", "credit_batch").await?;
        execute(manager, &ONCE.map(|(name, column)| once(name, column))).await?;
        allow_redaction(manager, OF_BATCH).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_BATCH).await?;
        execute(manager, &ONCE.map(|(name, _)| format!("DROP INDEX {name}"))).await?;
        drop_reference(manager, "credit_batch", "reverses_id").await?;
        drop_reference(manager, "credit_batch", "transfer_id").await?;
        allow_redaction(manager, OF_BATCH).await?;
        refuse_redaction(manager, OF_DECISION).await?;
        refuse_redaction(manager, OF_TRANSFER).await?;
        drop_tables(manager, &["credit_transfer", "credit_transfer_decision"]).await?;
        drop_reference(manager, "credit_policy", "recorded_by").await?;
        execute(manager, &["transfer_approval", "rules"].map(|column| format!("ALTER TABLE credit_policy DROP COLUMN {column}"))).await
    }
}

/// A transfer is carried out once, and a batch undone once.
const ONCE: [(&str, &str); 2] = [("uq_credit_batch_transfer", "transfer_id"), ("uq_credit_batch_reverses", "reverses_id")];

fn once(name: &str, column: &str) -> String {
    format!("CREATE UNIQUE INDEX {name} ON credit_batch (organization_id, {column}) WHERE {column} IS NOT NULL")
}
