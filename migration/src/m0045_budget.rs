//! What the resources may spend.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0045_budget"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("budget", Changes::AppendOnly)
            .column("owner", Type::Text)
            .may_reference("tactic_id", "tactic")
            .column("first_on", Type::Date)
            .column("last_on", Type::Date)
            .column("amount_minor", Type::BigInt)
            .column("currency", Type::Text)
            .optional("note", Type::Text)
            .may_reference("recorded_by", "member")
            .supersedes()
            .column("recorded_at", Type::BigInt)
            .check("amount", "amount_minor >= 0")
            .check("days", "last_on >= first_on")
            .index("ix_budget_first", "first_on, id")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["budget"]).await
    }
}
