//! What is known of accounts, segments of them, and what the ideal customer is like.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0035_segment"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("account_attribute", Changes::AppendOnly)
            .references("account_id", "account")
            .column("key", Type::Text)
            .optional("value", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_account_attribute_account", "account_id, key, recorded_at")
            .index("ix_account_attribute_key", "key, recorded_at")
            .create(manager)
            .await?;
        TenantTable::new("demand_signal", Changes::AppendOnly)
            .references("account_id", "account")
            .column("state", Type::Text)
            .column("occurred_at", Type::BigInt)
            .optional("evidence", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_demand_signal_account", "account_id, occurred_at")
            .create(manager)
            .await?;
        TenantTable::new("segment", Changes::Update)
            .column("name", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_segment_name", "name")
            .create(manager)
            .await?;
        TenantTable::new("segment_version", Changes::AppendOnly)
            .references("segment_id", "segment")
            .column("number", Type::Int)
            .column("kind", Type::Text)
            .optional("filter", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("filter", "(kind = 'FILTER') = (filter IS NOT NULL)")
            .unique("uq_segment_version_number", "segment_id, number")
            .create(manager)
            .await?;
        TenantTable::new("target_list_entry", Changes::AppendOnly)
            .references("segment_id", "segment")
            .references("account_id", "account")
            .column("added", Type::Bool)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_target_list_entry_segment", "segment_id, account_id, recorded_at")
            .index("ix_target_list_entry_account", "account_id")
            .create(manager)
            .await?;
        TenantTable::new("icp_profile", Changes::AppendOnly)
            .column("key", Type::Text)
            .column("profile_version", Type::Int)
            .column("threshold", Type::Int)
            .column("criteria", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("threshold", "threshold BETWEEN 0 AND 100")
            .unique("uq_icp_profile_version", "key, profile_version")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["account_attribute", "demand_signal", "segment", "segment_version", "target_list_entry", "icp_profile"];
        drop_tables(manager, &tables).await
    }
}
