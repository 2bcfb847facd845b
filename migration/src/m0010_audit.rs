//! Who did what: entries that only grow, each with the hash of the one before.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("audit_entry", Changes::AppendOnly)
            .column("sequence", Type::BigInt)
            .may_reference("member_id", "member")
            .may_reference("on_behalf_of", "member")
            .optional("system", Type::Text)
            .column("action", Type::Text)
            .column("outcome", Type::Text)
            .optional("request_id", Type::Text)
            .column("detail", Type::Text)
            .column("previous_hash", Type::Text)
            .column("hash", Type::Text)
            .column("recorded_at", Type::BigInt)
            .unique("uq_audit_entry_sequence", "sequence")
            .index_where_present("ix_audit_entry_member", "member_id", "sequence")
            .create(manager)
            .await?;
        TenantTable::new("audit_object", Changes::AppendOnly)
            .references("entry_id", "audit_entry")
            .column("object_id", Type::Uuid)
            .index("ix_audit_object_object", "object_id, entry_id")
            .create(manager)
            .await?;
        TenantTable::new("audit_head", Changes::Update).column("sequence", Type::BigInt).column("hash", Type::Text).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_entry", "audit_object", "audit_head"]).await
    }
}
