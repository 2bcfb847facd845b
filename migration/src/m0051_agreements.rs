//! What two resources owe each other: hours, agreements, handoffs, clocks, and what they tell each other.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0051_agreements"
    }
}

/// Somebody whom the handoff `{of}` is about was erased: whom it names; who buys or bought for its account, where it names nobody.
const OF_SOMEBODY: &str = "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {of}.organization_id AND p.erased_at IS NOT NULL \
    AND (p.id = {of}.person_id OR ({of}.person_id IS NULL AND EXISTS (SELECT 1 FROM affiliation AS f \
    WHERE f.organization_id = p.organization_id AND f.person_id = p.id AND f.account_id = {of}.account_id))))";

/// What may be taken out of a table.
struct Words {
    table: &'static str,
    columns: &'static [(&'static str, &'static str)],
    /// Of which rows.
    erased: String,
}

impl Words {
    fn redaction(&self) -> Redaction<'_> {
        Redaction { table: self.table, columns: self.columns, erased: &self.erased }
    }

    /// Of the rows that lead to a handoff by some tables.
    fn of_handoff(table: &'static str, columns: &'static [(&'static str, &'static str)], from: &str) -> Self {
        let somebody = OF_SOMEBODY.replace("{of}", "h");
        Self { table, columns, erased: format!("EXISTS (SELECT 1 FROM {from} AND {somebody})") }
    }
}

fn words() -> [Words; 5] {
    [
        Words { table: "handoff", columns: &[("source", "NULL"), ("external_id", "NULL")], erased: OF_SOMEBODY.replace("{of}", "{row}") },
        Words::of_handoff(
            "handoff_event",
            &[("note", "NULL")],
            "handoff AS h WHERE h.organization_id = {row}.organization_id AND h.id = {row}.handoff_id",
        ),
        Words::of_handoff(
            "clock_event",
            &[("reason", "NULL")],
            "sla_clock AS c JOIN handoff AS h ON h.organization_id = c.organization_id AND h.id = c.handoff_id \
             WHERE c.organization_id = {row}.organization_id AND c.id = {row}.clock_id",
        ),
        Words::of_handoff(
            "feedback",
            &[("body", "''")],
            "handoff AS h WHERE h.organization_id = {row}.organization_id AND h.id = {row}.handoff_id",
        ),
        Words::of_handoff(
            "feedback_acknowledgement",
            &[("note", "NULL")],
            "feedback AS b JOIN handoff AS h ON h.organization_id = b.organization_id AND h.id = b.handoff_id \
             WHERE b.organization_id = {row}.organization_id AND b.id = {row}.feedback_id",
        ),
    ]
}

const TABLES: [&str; 14] = [
    "business_calendar",
    "calendar_version",
    "service_agreement",
    "agreement_version",
    "agreement_clause",
    "agreement_signature",
    "agreement_end",
    "handoff",
    "handoff_event",
    "sla_clock",
    "clock_event",
    "sla_step",
    "feedback",
    "feedback_acknowledgement",
];

async fn hours(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("business_calendar", Changes::AppendOnly)
        .column("name", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_business_calendar_name", "name")
        .create(manager)
        .await?;
    TenantTable::new("calendar_version", Changes::AppendOnly)
        .references("calendar_id", "business_calendar")
        .column("calendar_version", Type::Int)
        .column("time_zone", Type::Text)
        .column("week", Type::Text)
        .column("special_days", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("version", "calendar_version > 0")
        .unique("uq_calendar_version_version", "calendar_id, calendar_version")
        .create(manager)
        .await
}

async fn agreements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Who offers holds the agreement, so that what is above what was agreed is counted one after the other.
    TenantTable::new("service_agreement", Changes::Update)
        .column("name", Type::Text)
        .column("from_resource", Type::Text)
        .column("to_resource", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .column("version", Type::BigInt)
        .check("sides", "from_resource <> to_resource")
        .unique("uq_service_agreement_name", "name")
        .create(manager)
        .await?;
    TenantTable::new("agreement_version", Changes::AppendOnly)
        .references("agreement_id", "service_agreement")
        .column("agreement_version", Type::Int)
        .references("calendar_id", "business_calendar")
        .column("starts_on", Type::Date)
        .optional("ends_on", Type::Date)
        .column("capacity_bp", Type::Int)
        .column("counts_over_delivery", Type::Bool)
        .optional("answer_minutes", Type::Int)
        .optional("answer_days", Type::Int)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("version", "agreement_version > 0")
        .check("days", "ends_on IS NULL OR ends_on > starts_on")
        .check("capacity", "capacity_bp >= 10000")
        .check("answer", "(answer_minutes IS NULL) <> (answer_days IS NULL)")
        .unique("uq_agreement_version_version", "agreement_id, agreement_version")
        .create(manager)
        .await?;
    TenantTable::new("agreement_clause", Changes::AppendOnly)
        .references("version_id", "agreement_version")
        .column("ordinal", Type::SmallInt)
        .column("kind", Type::Text)
        .optional("quantity", Type::Int)
        .optional("per", Type::Text)
        .optional("minimum_bp", Type::Int)
        .optional("within_minutes", Type::Int)
        .optional("within_days", Type::Int)
        .optional("warn_percent", Type::SmallInt)
        .optional("escalate_percent", Type::SmallInt)
        .optional("reassign_percent", Type::SmallInt)
        .may_reference("calendar_id", "business_calendar")
        .check("quantity", "(kind IN ('VOLUME', 'DEPTH')) = (quantity IS NOT NULL) AND (quantity IS NULL OR quantity > 0)")
        .check("per", "(kind = 'VOLUME') = (per IS NOT NULL)")
        .check("minimum", "(kind = 'QUALITY') = (minimum_bp IS NOT NULL) AND (minimum_bp IS NULL OR minimum_bp BETWEEN 1 AND 10000)")
        .check(
            "within",
            "(kind IN ('SPEED', 'DEPTH', 'ACKNOWLEDGEMENT')) = ((within_minutes IS NULL) <> (within_days IS NULL)) \
             AND NOT (within_minutes IS NOT NULL AND within_days IS NOT NULL)",
        )
        .unique("uq_agreement_clause_ordinal", "version_id, ordinal")
        .create(manager)
        .await?;
    TenantTable::new("agreement_signature", Changes::AppendOnly)
        .references("version_id", "agreement_version")
        .column("side", Type::Text)
        .references("signed_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_agreement_signature_side", "version_id, side")
        .unique("uq_agreement_signature_member", "version_id, signed_by")
        .create(manager)
        .await?;
    TenantTable::new("agreement_end", Changes::AppendOnly)
        .references("agreement_id", "service_agreement")
        .column("ends_on", Type::Date)
        .column("reason", Type::Text)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .index("ix_agreement_end_agreement", "agreement_id")
        .create(manager)
        .await
}

async fn handoffs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("handoff", Changes::AppendOnly)
        .references("version_id", "agreement_version")
        .column("from_resource", Type::Text)
        .column("to_resource", Type::Text)
        .may_reference("person_id", "person")
        .may_reference("account_id", "account")
        .may_reference("tactic_id", "tactic")
        .column("over_delivery", Type::Bool)
        .column("offered_at", Type::BigInt)
        .optional("answer_due_at", Type::BigInt)
        .external_id()
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("sides", "from_resource <> to_resource")
        .check("buyer", "person_id IS NOT NULL OR account_id IS NOT NULL")
        .index("ix_handoff_offered", "offered_at, id")
        .index("ix_handoff_version", "version_id, offered_at, id")
        .index_where_present("ix_handoff_person", "person_id", "offered_at")
        .index_where_present("ix_handoff_account", "account_id", "offered_at")
        .index_where_present("ix_handoff_tactic", "tactic_id", "offered_at")
        .create(manager)
        .await?;
    TenantTable::new("handoff_event", Changes::AppendOnly)
        .references("handoff_id", "handoff")
        .column("sequence", Type::Int)
        .column("kind", Type::Text)
        .may_reference("owner_id", "member")
        .optional("reason", Type::Text)
        .optional("note", Type::Text)
        .column("occurred_at", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("offered", "(kind = 'OFFERED') = (sequence = 0)")
        .check("reason", "(kind = 'REJECTED') = (reason IS NOT NULL)")
        .unique("uq_handoff_event_sequence", "handoff_id, sequence")
        .index_where_present("ix_handoff_event_owner", "owner_id", "handoff_id")
        .create(manager)
        .await
}

async fn clocks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("sla_clock", Changes::Update)
        .references("handoff_id", "handoff")
        .references("clause_id", "agreement_clause")
        .column("resource", Type::Text)
        .column("wanted", Type::SmallInt)
        .references("calendar_version_id", "calendar_version")
        .column("started_at", Type::BigInt)
        .column("target_micros", Type::BigInt)
        .optional("due_at", Type::BigInt)
        .optional("met_at", Type::BigInt)
        .optional("paused_at", Type::BigInt)
        .optional("cancelled_at", Type::BigInt)
        .column("recorded_at", Type::BigInt)
        .column("version", Type::BigInt)
        .check("target", "target_micros >= 0")
        .check("wanted", "wanted > 0")
        // A rejection that did not stand starts the clocks again.
        .unique("uq_sla_clock_start", "handoff_id, clause_id, started_at")
        .index("ix_sla_clock_started", "started_at, id")
        .index("ix_sla_clock_clause", "clause_id, started_at")
        .index_where_present("ix_sla_clock_due", "due_at", "id")
        .create(manager)
        .await?;
    TenantTable::new("clock_event", Changes::AppendOnly)
        .references("clock_id", "sla_clock")
        .column("sequence", Type::Int)
        .column("kind", Type::Text)
        .may_reference("activity_id", "activity")
        .may_reference("calendar_version_id", "calendar_version")
        .optional("reason", Type::Text)
        .column("occurred_at", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("activity", "activity_id IS NULL OR kind = 'ATTEMPTED'")
        .check("hours", "(kind = 'REPINNED') = (calendar_version_id IS NOT NULL)")
        .unique("uq_clock_event_sequence", "clock_id, sequence")
        .unique_where_present("uq_clock_event_activity", "clock_id, activity_id", "activity_id")
        .create(manager)
        .await?;
    TenantTable::new("sla_step", Changes::Update)
        .references("handoff_id", "handoff")
        .may_reference("clock_id", "sla_clock")
        .column("kind", Type::Text)
        .optional("due_at", Type::BigInt)
        .optional("fired_at", Type::BigInt)
        .may_reference("member_id", "member")
        .column("version", Type::BigInt)
        .check("clock", "(kind = 'ANSWER') = (clock_id IS NULL)")
        // What was carried out was due before, and is not due again.
        .check("fired", "fired_at IS NULL OR (due_at IS NOT NULL AND fired_at >= due_at)")
        .unique_where_present("uq_sla_step_clock", "clock_id, kind", "clock_id")
        .index("ix_sla_step_handoff", "handoff_id, kind")
        .create(manager)
        .await?;
    // Only what is still to be carried out, in the order in which it falls due.
    let due = "CREATE INDEX ix_sla_step_due ON sla_step (organization_id, due_at, id) WHERE fired_at IS NULL AND due_at IS NOT NULL";
    let answers = "CREATE UNIQUE INDEX uq_sla_step_answer ON sla_step (organization_id, handoff_id) WHERE clock_id IS NULL";
    for statement in [due, answers] {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

async fn feedback(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("feedback", Changes::AppendOnly)
        .column("from_resource", Type::Text)
        .column("to_resource", Type::Text)
        .column("kind", Type::Text)
        .may_reference("handoff_id", "handoff")
        .may_reference("clock_id", "sla_clock")
        .may_reference("tactic_id", "tactic")
        .may_reference("content_id", "content")
        .column("body", Type::Text)
        .optional("acknowledge_by", Type::BigInt)
        .may_reference("recorded_by", "member")
        .column("recorded_at", Type::BigInt)
        .check("sides", "from_resource <> to_resource")
        .check("breach", "(kind = 'BREACH') = (clock_id IS NOT NULL)")
        .unique_where_present("uq_feedback_clock", "clock_id", "clock_id")
        .index("ix_feedback_recorded", "recorded_at, id")
        .index_where_present("ix_feedback_handoff", "handoff_id", "recorded_at")
        .create(manager)
        .await?;
    TenantTable::new("feedback_acknowledgement", Changes::AppendOnly)
        .references("feedback_id", "feedback")
        .column("outcome", Type::Text)
        .optional("note", Type::Text)
        .references("acknowledged_by", "member")
        .column("recorded_at", Type::BigInt)
        .unique("uq_feedback_acknowledgement_feedback", "feedback_id")
        .create(manager)
        .await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        hours(manager).await?;
        agreements(manager).await?;
        handoffs(manager).await?;
        clocks(manager).await?;
        feedback(manager).await?;
        for words in words() {
            allow_redaction(manager, words.redaction()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for words in words().iter().rev() {
            refuse_redaction(manager, words.redaction()).await?;
        }
        drop_tables(manager, &TABLES).await
    }
}
