//! The remembered results of mutations.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_idempotency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("idempotency", Changes::AppendOnly)
            .column("operation", Type::Text)
            .column("key", Type::Text)
            .column("fingerprint", Type::Text)
            .column("result", Type::Text)
            .column("recorded_at", Type::BigInt)
            .unique("uq_idempotency_key", "operation, key")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency"]).await
    }
}
