//! Buying companies and buyers.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_buyers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("account", Changes::Update)
            .column("name", Type::Text)
            .optional("domain", Type::Text)
            .optional("generated_at", Type::BigInt)
            .external_id()
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .create(manager)
            .await?;
        TenantTable::new("person", Changes::Update)
            .column("kind", Type::Text)
            .optional("name", Type::Text)
            .optional("email", Type::Text)
            .may_reference("account_id", "account")
            .optional("known_at", Type::BigInt)
            .external_id()
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .check("known", "(kind = 'KNOWN') = (known_at IS NOT NULL)")
            .index_where_present("ix_person_account", "account_id", "id")
            .index_where_present("ix_person_email", "email", "id")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["account", "person"]).await
    }
}
