//! How members sign in: passwords, sign-ins with their refresh tokens, tickets, and what was tried in vain.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0020_access"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("password", Changes::Update)
            .references("member_id", "member")
            .column("phc", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_password_member", "member_id")
            .create(manager)
            .await?;
        TenantTable::new("sign_in", Changes::Update)
            .references("member_id", "member")
            .column("recorded_at", Type::BigInt)
            .column("expires_at", Type::BigInt)
            .optional("revoked_at", Type::BigInt)
            .optional("revoked_because", Type::Text)
            .column("version", Type::BigInt)
            .check("revoked", "(revoked_at IS NULL) = (revoked_because IS NULL)")
            .index("ix_sign_in_member", "member_id, expires_at")
            .create(manager)
            .await?;
        TenantTable::new("refresh_token", Changes::Update)
            .references("sign_in_id", "sign_in")
            .column("hash", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("expires_at", Type::BigInt)
            .optional("used_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_refresh_token_hash", "hash")
            .create(manager)
            .await?;
        TenantTable::new("access_ticket", Changes::Update)
            .references("member_id", "member")
            .column("kind", Type::Text)
            .column("hash", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("expires_at", Type::BigInt)
            .optional("closed_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_access_ticket_hash", "hash")
            .index("ix_access_ticket_member", "member_id, expires_at")
            .create(manager)
            .await?;
        TenantTable::new("throttle", Changes::Update)
            .column("kind", Type::Text)
            .column("hash", Type::Text)
            .column("failures", Type::BigInt)
            .column("counted_at", Type::BigInt)
            .column("blocked_until", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_throttle_hash", "kind, hash")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["password", "sign_in", "refresh_token", "access_ticket", "throttle"]).await
    }
}
