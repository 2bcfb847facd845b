//! Possible deals: what happened to them, who buys, and what keeps them from deciding; and the close that wins one.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, add_reference, allow_redaction, drop_reference, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0034_opportunity"
    }
}

/// The tables, each after those it refers to.
const TABLES: &[&str] =
    &["opportunity", "opportunity_revision", "opportunity_event", "buying_role", "buying_role_end", "blocker", "blocker_resolution"];

/// What may leave the closes of an erased buyer. On SQLite the trigger names every column of the table.
const OF_CLOSE: Redaction<'_> = Redaction {
    table: "close",
    columns: &[("source", "NULL"), ("external_id", "NULL")],
    erased: "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {row}.organization_id \
        AND p.id = {row}.person_id AND p.erased_at IS NOT NULL)",
};

/// Somebody who plays a part in the deal `{deal}`, or whose close won it, was erased.
const OF_DEAL: &str = "(EXISTS (SELECT 1 FROM buying_role AS b JOIN person AS p ON p.organization_id = b.organization_id \
    AND p.id = b.person_id WHERE b.organization_id = {row}.organization_id AND b.opportunity_id = {deal} AND p.erased_at IS NOT NULL) \
    OR EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id AND p.id = c.person_id \
    WHERE c.organization_id = {row}.organization_id AND c.opportunity_id = {deal} AND p.erased_at IS NOT NULL))";

/// The deal of a resolved blocker.
const OF_BLOCKER: &str =
    "(SELECT k.opportunity_id FROM blocker AS k WHERE k.organization_id = {row}.organization_id AND k.id = {row}.blocker_id)";

/// A table with words about deals.
struct Words {
    table: &'static str,
    /// What may be taken out.
    columns: &'static [(&'static str, &'static str)],
    /// How a row names its deal.
    deal: &'static str,
}

const WORDS: [Words; 3] = [
    Words { table: "opportunity_event", columns: &[("reason", "NULL")], deal: "{row}.opportunity_id" },
    Words { table: "blocker", columns: &[("note", "NULL")], deal: "{row}.opportunity_id" },
    Words { table: "blocker_resolution", columns: &[("resolution", "''")], deal: OF_BLOCKER },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        opportunities(manager).await?;
        refuse_redaction(manager, OF_CLOSE).await?;
        add_reference(manager, "close", "opportunity_id", "opportunity").await?;
        allow_redaction(manager, OF_CLOSE).await?;
        happenings(manager).await?;
        buying_group(manager).await?;
        blockers(manager).await?;
        for Words { table, columns, deal } in WORDS {
            allow_redaction(manager, Redaction { table, columns, erased: &OF_DEAL.replace("{deal}", deal) }).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for Words { table, columns, deal } in WORDS.into_iter().rev() {
            refuse_redaction(manager, Redaction { table, columns, erased: &OF_DEAL.replace("{deal}", deal) }).await?;
        }
        refuse_redaction(manager, OF_CLOSE).await?;
        drop_reference(manager, "close", "opportunity_id").await?;
        allow_redaction(manager, OF_CLOSE).await?;
        drop_tables(manager, TABLES).await
    }
}

async fn opportunities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("opportunity", Changes::Update)
        .references("account_id", "account")
        .column("name", Type::Text)
        .optional("amount_minor", Type::BigInt)
        .optional("currency", Type::Text)
        .optional("expected_close_on", Type::Date)
        .optional("source_resource", Type::Text)
        .may_reference("owner_id", "member")
        .references("pipeline_id", "pipeline")
        .column("opened_at", Type::BigInt)
        .external_id()
        .column("recorded_at", Type::BigInt)
        .column("version", Type::BigInt)
        .check("amount", "(amount_minor IS NULL) = (currency IS NULL) AND (amount_minor IS NULL OR amount_minor >= 0)")
        .index("ix_opportunity_opened", "opened_at, id")
        .index("ix_opportunity_account", "account_id, opened_at")
        .index_where_present("ix_opportunity_owner", "owner_id", "opened_at")
        .create(manager)
        .await?;
    TenantTable::new("opportunity_revision", Changes::AppendOnly)
        .references("opportunity_id", "opportunity")
        .column("opportunity_version", Type::BigInt)
        .optional("amount_minor", Type::BigInt)
        .optional("currency", Type::Text)
        .optional("expected_close_on", Type::Date)
        .optional("source_resource", Type::Text)
        .may_reference("owner_id", "member")
        .may_reference("team_id", "team")
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_opportunity_revision_version", "opportunity_id, opportunity_version")
        .create(manager)
        .await
}

async fn happenings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("opportunity_event", Changes::AppendOnly)
        .references("opportunity_id", "opportunity")
        .column("sequence", Type::Int)
        .column("kind", Type::Text)
        .optional("outcome", Type::Text)
        .optional("reason", Type::Text)
        .optional("competitor", Type::Text)
        .optional("resumes_on", Type::Date)
        .may_reference("close_id", "close")
        .column("occurred_at", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("outcome", "(kind = 'CLOSED') = (outcome IS NOT NULL)")
        .check("won", "(outcome IS NOT NULL AND outcome = 'WON') = (close_id IS NOT NULL)")
        .check("stalled", "(kind = 'STALLED') = (resumes_on IS NOT NULL)")
        .unique("uq_opportunity_event_sequence", "opportunity_id, sequence")
        .index_where_present("ix_opportunity_event_close", "close_id", "id")
        .create(manager)
        .await
}

async fn buying_group(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("buying_role", Changes::AppendOnly)
        .references("opportunity_id", "opportunity")
        .references("person_id", "person")
        .column("role", Type::Text)
        .column("stance", Type::Text)
        .column("since", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .index("ix_buying_role_opportunity", "opportunity_id, since")
        .index("ix_buying_role_person", "person_id, since")
        .create(manager)
        .await?;
    TenantTable::new("buying_role_end", Changes::AppendOnly)
        .references("buying_role_id", "buying_role")
        .column("until", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_buying_role_end_role", "buying_role_id")
        .create(manager)
        .await
}

async fn blockers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("blocker", Changes::AppendOnly)
        .references("opportunity_id", "opportunity")
        .column("kind", Type::Text)
        .column("side", Type::Text)
        .column("raised_at", Type::BigInt)
        .optional("note", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .index("ix_blocker_raised", "raised_at, id")
        .index("ix_blocker_opportunity", "opportunity_id, raised_at")
        .create(manager)
        .await?;
    TenantTable::new("blocker_resolution", Changes::AppendOnly)
        .references("blocker_id", "blocker")
        .column("resolved_at", Type::BigInt)
        .column("resolution", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_blocker_resolution_blocker", "blocker_id")
        .create(manager)
        .await
}
