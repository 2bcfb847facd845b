//! What entries into a stage have to meet, and the content that helps buyers along.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, add_reference, allow_redaction, drop_reference, drop_tables, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0036_catalogue"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there is one more.
const OF_TOUCH: Redaction<'_> = Redaction {
    table: "touch",
    columns: &[("source", "NULL"), ("external_id", "NULL")],
    erased: "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {row}.organization_id \
        AND p.id = {row}.person_id AND p.erased_at IS NOT NULL)",
};

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
            .await?;
        TenantTable::new("content", Changes::Update)
            .column("name", Type::Text)
            .column("kind", Type::Text)
            .column("resource", Type::Text)
            .optional("url", Type::Text)
            .optional("audience", Type::Text)
            .may_reference("owner_id", "member")
            .optional("retired_at", Type::BigInt)
            .external_id()
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .create(manager)
            .await?;
        TenantTable::new("content_coverage", Changes::AppendOnly)
            .references("content_id", "content")
            .column("aspect", Type::Text)
            .column("covered", Type::Text)
            .column("added", Type::Bool)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_content_coverage_content", "content_id, aspect, covered, recorded_at")
            .index("ix_content_coverage_covered", "aspect, covered")
            .create(manager)
            .await?;
        refuse_redaction(manager, OF_TOUCH).await?;
        add_reference(manager, "touch", "content_id", "content").await?;
        allow_redaction(manager, OF_TOUCH).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_TOUCH).await?;
        drop_reference(manager, "touch", "content_id").await?;
        allow_redaction(manager, OF_TOUCH).await?;
        drop_tables(manager, &["stage_rule", "content", "content_coverage"]).await
    }
}
