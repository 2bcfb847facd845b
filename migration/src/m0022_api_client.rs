//! Integrations that call as themselves, and their secrets.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, add_reference, drop_reference, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0022_api_client"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("api_client", Changes::Update)
            .column("name", Type::Text)
            .references("member_id", "member")
            .column("grants", Type::Text)
            .optional("fields", Type::Text)
            .optional("source", Type::Text)
            .optional("expires_at", Type::BigInt)
            .optional("revoked_at", Type::BigInt)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_api_client_name", "name")
            .index("ix_api_client_member", "member_id")
            .create(manager)
            .await?;
        TenantTable::new("client_secret", Changes::Update)
            .references("client_id", "api_client")
            .column("hash", Type::Text)
            .column("hint", Type::Text)
            .column("recorded_at", Type::BigInt)
            .optional("expires_at", Type::BigInt)
            .optional("revoked_at", Type::BigInt)
            .optional("last_used_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_client_secret_hash", "hash")
            .index("ix_client_secret_client", "client_id")
            .create(manager)
            .await?;
        add_reference(manager, "audit_entry", "client_id", "api_client").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_reference(manager, "audit_entry", "client_id").await?;
        drop_tables(manager, &["api_client", "client_secret"]).await
    }
}
