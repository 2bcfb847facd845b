//! What sellers plan to do with buyers, and what becomes of it.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0037_activities"
    }
}

/// Somebody whom the activity `{of}` is about was erased: whom it names; who buys or bought for its account, where it names
/// nobody; who
/// plays a part in its opportunity, or whose close won that.
const OF_SOMEBODY: &str = "(EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {of}.organization_id AND p.erased_at IS NOT NULL \
    AND (p.id = {of}.person_id OR ({of}.person_id IS NULL AND EXISTS (SELECT 1 FROM affiliation AS f \
    WHERE f.organization_id = p.organization_id AND f.person_id = p.id AND f.account_id = {of}.account_id)))) \
    OR EXISTS (SELECT 1 FROM buying_role AS b JOIN person AS p ON p.organization_id = b.organization_id AND p.id = b.person_id \
    WHERE b.organization_id = {of}.organization_id AND b.opportunity_id = {of}.opportunity_id AND p.erased_at IS NOT NULL) \
    OR EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id AND p.id = c.person_id \
    WHERE c.organization_id = {of}.organization_id AND c.opportunity_id = {of}.opportunity_id AND p.erased_at IS NOT NULL))";

/// The same of the activity an event is of.
const OF_ITS_ACTIVITY: &str =
    "EXISTS (SELECT 1 FROM activity AS a WHERE a.organization_id = {row}.organization_id AND a.id = {row}.activity_id AND {somebody})";

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
}

fn words() -> [Words; 2] {
    [
        Words {
            table: "activity",
            columns: &[("subject", "''"), ("source", "NULL"), ("external_id", "NULL")],
            erased: OF_SOMEBODY.replace("{of}", "{row}"),
        },
        Words {
            table: "activity_event",
            columns: &[("note", "NULL"), ("reason", "NULL")],
            erased: OF_ITS_ACTIVITY.replace("{somebody}", &OF_SOMEBODY.replace("{of}", "a")),
        },
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("activity", Changes::AppendOnly)
            .column("kind", Type::Text)
            .column("subject", Type::Text)
            .may_reference("person_id", "person")
            .may_reference("account_id", "account")
            .may_reference("opportunity_id", "opportunity")
            .column("direction", Type::Text)
            .may_reference("follows_id", "activity")
            .external_id()
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("buyer", "person_id IS NOT NULL OR account_id IS NOT NULL")
            .index("ix_activity_recorded", "recorded_at, id")
            .index_where_present("ix_activity_person", "person_id", "recorded_at")
            .index_where_present("ix_activity_account", "account_id", "recorded_at")
            .index_where_present("ix_activity_opportunity", "opportunity_id", "recorded_at")
            .index_where_present("ix_activity_follows", "follows_id", "id")
            .create(manager)
            .await?;
        TenantTable::new("activity_event", Changes::AppendOnly)
            .references("activity_id", "activity")
            .column("sequence", Type::Int)
            .column("kind", Type::Text)
            .references("owner_id", "member")
            .optional("due_at", Type::BigInt)
            .optional("outcome", Type::Text)
            .optional("note", Type::Text)
            .optional("reason", Type::Text)
            .may_reference("touch_id", "touch")
            .column("occurred_at", Type::BigInt)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("planned", "(kind = 'PLANNED') = (sequence = 0)")
            .check("outcome", "(kind = 'COMPLETED') = (outcome IS NOT NULL)")
            .check("touch", "touch_id IS NULL OR outcome = 'REACHED'")
            .unique("uq_activity_event_sequence", "activity_id, sequence")
            .index("ix_activity_event_owner", "owner_id, activity_id")
            .index_where_present("ix_activity_event_due", "due_at", "activity_id")
            .index_where_present("ix_activity_event_touch", "touch_id", "id")
            .create(manager)
            .await?;
        for words in words() {
            allow_redaction(manager, words.redaction()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for words in words().iter().rev() {
            refuse_redaction(manager, words.redaction()).await?;
        }
        drop_tables(manager, &["activity", "activity_event"]).await
    }
}
