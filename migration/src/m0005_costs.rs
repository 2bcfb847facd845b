//! Cost entries and the rules that split shared cost.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_costs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("cost_entry", Changes::AppendOnly)
            .column("owner", Type::Text)
            .column("category", Type::Text)
            .column("amount_minor", Type::BigInt)
            .column("currency", Type::Text)
            .column("first_on", Type::Date)
            .column("last_on", Type::Date)
            .may_reference("tactic_id", "tactic")
            .may_reference("team_id", "team")
            .optional("channel", Type::Text)
            .optional("note", Type::Text)
            .may_reference("recorded_by", "member")
            .supersedes()
            .external_id()
            .column("recorded_at", Type::BigInt)
            .check("amount", "amount_minor >= 0")
            .check("days", "last_on >= first_on")
            .index("ix_cost_entry_first", "first_on, id")
            .create(manager)
            .await?;
        TenantTable::new("allocation_rule", Changes::AppendOnly)
            .column("first_on", Type::Date)
            .optional("last_on", Type::Date)
            .column("method", Type::Text)
            .column("sales_bp", Type::Int)
            .column("marketing_bp", Type::Int)
            .column("product_bp", Type::Int)
            .column("recorded_at", Type::BigInt)
            .check("shares", "sales_bp >= 0 AND marketing_bp >= 0 AND product_bp >= 0 AND sales_bp + marketing_bp + product_bp = 10000")
            .check("days", "last_on >= first_on")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["cost_entry", "allocation_rule"]).await
    }
}
