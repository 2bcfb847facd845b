//! Whoever was erased stays so: the mark on their row is not taken away again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::tenant::execute;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0032_erased_for_good"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement = if is_postgres(manager) {
            // A policy sees the new row alone: that they were erased is told by the row of the erasure, which nobody deletes.
            "CREATE POLICY person_erased_for_good ON person AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (erased_at IS NOT NULL OR \
             NOT EXISTS (SELECT 1 FROM erasure AS e WHERE e.organization_id = person.organization_id AND e.person_id = person.id))"
        } else {
            "CREATE TRIGGER person_erased_for_good BEFORE UPDATE OF erased_at ON person \
             WHEN OLD.erased_at IS NOT NULL AND NEW.erased_at IS NULL \
             BEGIN SELECT RAISE(ABORT, 'person was erased'); END"
        };
        execute(manager, &[statement.to_owned()]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement =
            if is_postgres(manager) { "DROP POLICY person_erased_for_good ON person" } else { "DROP TRIGGER person_erased_for_good" };
        execute(manager, &[statement.to_owned()]).await
    }
}

fn is_postgres(manager: &SchemaManager) -> bool {
    manager.get_database_backend() == DatabaseBackend::Postgres
}
