//! What the figures tell by themselves, and that somebody took note of it.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0054_insights"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("insight", Changes::AppendOnly)
            .column("kind", Type::Text)
            .column("severity", Type::Text)
            .column("key", Type::Text)
            .column("subject", Type::Text)
            .column("addressed_to", Type::Text)
            .column("figures", Type::Text)
            .column("currency", Type::Text)
            .column("period_from", Type::Date)
            .column("period_to", Type::Date)
            .column("time_zone", Type::Text)
            .column("as_of", Type::BigInt)
            .column("source", Type::Text)
            .column("evidence", Type::Text)
            .may_reference("replaces_id", "insight")
            .column("recorded_at", Type::BigInt)
            .check("days", "period_to > period_from")
            .check("known", "as_of <= recorded_at")
            // Whoever finds it a second time raises it only where it is worse.
            .unique("uq_insight_key", "key, severity")
            .unique_where_present("uq_insight_replaces", "replaces_id", "replaces_id")
            .index("ix_insight_recorded", "recorded_at, id")
            .create(manager)
            .await?;
        TenantTable::new("insight_acknowledgement", Changes::AppendOnly)
            .references("insight_id", "insight")
            .column("action", Type::Text)
            .references("acknowledged_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("action", "action <> ''")
            .unique("uq_insight_acknowledgement_insight", "insight_id")
            .create(manager)
            .await?;
        TenantTable::new("insight_search", Changes::Update)
            .optional("started_at", Type::BigInt)
            .optional("finished_at", Type::BigInt)
            .column("version", Type::BigInt)
            .create(manager)
            .await?;
        let one = "CREATE UNIQUE INDEX uq_insight_search_organization ON insight_search (organization_id)";
        manager.get_connection().execute_unprepared(one).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["insight", "insight_acknowledgement", "insight_search"]).await
    }
}
