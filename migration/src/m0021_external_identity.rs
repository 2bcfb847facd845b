//! Which member an identity provider means.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0021_external_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("external_identity", Changes::AppendOnly)
            .references("member_id", "member")
            .column("issuer", Type::Text)
            .column("subject", Type::Text)
            .column("recorded_at", Type::BigInt)
            .unique("uq_external_identity_subject", "issuer, subject")
            .index("ix_external_identity_member", "member_id")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["external_identity"]).await
    }
}
