//! What entries into a stage have to meet.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0036_catalogue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("stage_rule", Changes::AppendOnly)
            .references("stage_id", "stage")
            .column("kind", Type::Text)
            .may_reference("from_stage_id", "stage")
            .check("from_stage", "(kind = 'FROM_STAGES') = (from_stage_id IS NOT NULL)")
            .index("ix_stage_rule_stage", "stage_id")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["stage_rule"]).await
    }
}
