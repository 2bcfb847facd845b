//! For which resource each member works, and whether they do, from a moment on.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::tenant::{Changes, TenantTable, Type, drop_tables, execute};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0049_member_state"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("member_state", Changes::AppendOnly)
            .references("member_id", "member")
            .optional("resource", Type::Text)
            .column("active", Type::Bool)
            .column("recorded_at", Type::BigInt)
            .index("ix_member_state_recorded", "recorded_at, id")
            .create(manager)
            .await?;
        tell_the_past(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["member_state"]).await
    }
}

/// What members were before is not known, so what they are counts from when they were added.
async fn tell_the_past(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
    // The owner is bound by row-level security as everybody is.
    let forced = |force: &str| {
        let tables = ["member", "member_state"].into_iter().filter(|_| postgres);
        tables.map(|table| format!("ALTER TABLE {table} {force}FORCE ROW LEVEL SECURITY")).collect::<Vec<_>>()
    };
    execute(manager, &forced("NO ")).await?;
    let told = "INSERT INTO member_state (organization_id, id, member_id, resource, active, recorded_at) \
         SELECT organization_id, id, id, resource, active, recorded_at FROM member";
    execute(manager, &[told.to_owned()]).await?;
    execute(manager, &forced("")).await
}
