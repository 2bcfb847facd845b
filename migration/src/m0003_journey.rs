//! Tactics, touches, pipelines, stages and stage events.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_journey"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("tactic", Changes::Update)
            .column("name", Type::Text)
            .column("resource", Type::Text)
            .column("channel", Type::Text)
            .may_reference("team_id", "team")
            .optional("starts_on", Type::Date)
            .optional("ends_on", Type::Date)
            .external_id()
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_tactic_name", "name")
            .check("days", "ends_on >= starts_on")
            .create(manager)
            .await?;
        TenantTable::new("touch", Changes::AppendOnly)
            .column("occurred_at", Type::BigInt)
            .column("kind", Type::Text)
            .column("channel", Type::Text)
            .column("actor_kind", Type::Text)
            .column("resource", Type::Text)
            .optional("direction", Type::Text)
            .may_reference("tactic_id", "tactic")
            .may_reference("person_id", "person")
            .may_reference("account_id", "account")
            .supersedes()
            .external_id()
            .column("recorded_at", Type::BigInt)
            .check("subject", "person_id IS NOT NULL OR account_id IS NOT NULL")
            .index("ix_touch_occurred", "occurred_at, id")
            .index_where_present("ix_touch_person", "person_id", "occurred_at")
            .index_where_present("ix_touch_account", "account_id", "occurred_at")
            .create(manager)
            .await?;
        TenantTable::new("pipeline", Changes::AppendOnly)
            .column("key", Type::Text)
            .column("pipeline_version", Type::Int)
            .column("name", Type::Text)
            .column("recorded_at", Type::BigInt)
            .unique("uq_pipeline_version", "key, pipeline_version")
            .create(manager)
            .await?;
        TenantTable::new("stage", Changes::AppendOnly)
            .references("pipeline_id", "pipeline")
            .column("key", Type::Text)
            .column("position", Type::SmallInt)
            .column("kind", Type::Text)
            .column("owner_resource", Type::Text)
            .unique("uq_stage_key", "pipeline_id, key")
            .unique("uq_stage_position", "pipeline_id, position")
            .create(manager)
            .await?;
        TenantTable::new("stage_event", Changes::AppendOnly)
            .references("pipeline_id", "pipeline")
            .references("stage_id", "stage")
            .may_reference("from_stage_id", "stage")
            .may_reference("person_id", "person")
            .may_reference("account_id", "account")
            .column("occurred_at", Type::BigInt)
            .column("backdated", Type::Bool)
            .optional("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .supersedes()
            .external_id()
            .column("recorded_at", Type::BigInt)
            .check("subject", "(person_id IS NULL) <> (account_id IS NULL)")
            .index("ix_stage_event_occurred", "occurred_at, id")
            .index_where_present("ix_stage_event_person", "person_id", "occurred_at")
            .index_where_present("ix_stage_event_account", "account_id", "occurred_at")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["tactic", "touch", "pipeline", "stage", "stage_event"]).await
    }
}
