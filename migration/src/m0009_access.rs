//! Who owns what, roles of an organization's own, and who acts for whom.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, add_reference, drop_reference, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_access"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("custom_role", Changes::Update)
            .column("name", Type::Text)
            .column("grants", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_custom_role_name", "name")
            .create(manager)
            .await?;
        TenantTable::new("delegation", Changes::Update)
            .references("assistant_id", "member")
            .references("principal_id", "member")
            .column("begins_at", Type::BigInt)
            .optional("ends_at", Type::BigInt)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .check("others", "assistant_id <> principal_id")
            .check("ends", "ends_at >= begins_at")
            .index("ix_delegation_assistant", "assistant_id")
            .create(manager)
            .await?;
        for (table, column, target) in REFERENCES {
            add_reference(manager, table, column, target).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in REFERENCES.iter().rev() {
            drop_reference(manager, table, column).await?;
        }
        drop_tables(manager, &["custom_role", "delegation"]).await
    }
}

const REFERENCES: &[(&str, &str, &str)] = &[
    ("account", "owner_id", "member"),
    ("person", "owner_id", "member"),
    ("tactic", "owner_id", "member"),
    ("member", "custom_role_id", "custom_role"),
];
