//! Goals: what is to be reached, by version, and what is said of how they go. What they have come to is told by their metrics.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0052_goals"
    }
}

const TABLES: [&str; 5] = ["goal", "goal_team", "goal_target", "goal_check_in", "goal_end"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("goal", Changes::AppendOnly)
            .column("name", Type::Text)
            .optional("description", Type::Text)
            .column("metric_key", Type::Text)
            .column("metric_version", Type::Int)
            .column("metric_args", Type::Text)
            .column("owners", Type::Text)
            .column("from_on", Type::Date)
            .column("to_on", Type::Date)
            .column("time_zone", Type::Text)
            .column("direction", Type::Text)
            .column("curve", Type::Text)
            .may_reference("calendar_version_id", "calendar_version")
            .optional("weights", Type::Text)
            .may_reference("parent_id", "goal")
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("period", "to_on > from_on")
            .check("calendar", "calendar_version_id IS NULL OR curve = 'BUSINESS_DAYS'")
            .check("weights", "(curve = 'SEASONAL') = (weights IS NOT NULL)")
            .index("ix_goal_from", "from_on, id")
            .index_where_present("ix_goal_parent", "parent_id", "id")
            .create(manager)
            .await?;
        TenantTable::new("goal_team", Changes::AppendOnly)
            .references("goal_id", "goal")
            .references("team_id", "team")
            .unique("uq_goal_team_team", "goal_id, team_id")
            .create(manager)
            .await?;
        TenantTable::new("goal_target", Changes::AppendOnly)
            .references("goal_id", "goal")
            .column("target_version", Type::Int)
            .column("amount", Type::Text)
            .optional("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("version", "target_version > 0")
            .unique("uq_goal_target_version", "goal_id, target_version")
            .create(manager)
            .await?;
        TenantTable::new("goal_check_in", Changes::AppendOnly)
            .references("goal_id", "goal")
            .column("confidence", Type::Text)
            .column("comment", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_goal_check_in_goal", "goal_id, recorded_at")
            .create(manager)
            .await?;
        TenantTable::new("goal_end", Changes::AppendOnly)
            .references("goal_id", "goal")
            .column("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .unique("uq_goal_end_goal", "goal_id")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &TABLES).await
    }
}
