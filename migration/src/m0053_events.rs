//! What was recorded and changed, in order, for those who wait for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::tenant::{APPLICATION_ROLE, Changes, TenantTable, Type, drop_tables, execute};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0053_events"
    }
}

/// Only what the organization has said it keeps no longer may go.
const PRUNED: &str = "{row}.sequence <= (SELECT pruned_sequence FROM audit_head AS h WHERE h.organization_id = {row}.organization_id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let head = ["event_sequence", "pruned_sequence"]
            .map(|column| format!("ALTER TABLE audit_head ADD COLUMN {column} bigint NOT NULL DEFAULT 0"));
        execute(manager, &head).await?;
        TenantTable::new("event", Changes::AppendOnly)
            .column("sequence", Type::BigInt)
            .column("topic", Type::Text)
            .optional("object_id", Type::Uuid)
            .column("row_count", Type::BigInt)
            .column("recorded_at", Type::BigInt)
            .check("row_count", "row_count > 0")
            .unique("uq_event_sequence", "sequence")
            .index("ix_event_recorded", "recorded_at, sequence")
            .create(manager)
            .await?;
        let pruning = if manager.get_database_backend() == DatabaseBackend::Postgres {
            vec![
                format!("GRANT DELETE ON event TO {APPLICATION_ROLE}"),
                format!("CREATE POLICY pruned ON event AS RESTRICTIVE FOR DELETE USING ({})", PRUNED.replace("{row}", "event")),
                // How far events have come is asked for all organizations that somebody listens to at once, and tells nothing of them.
                "CREATE POLICY outbox ON audit_head FOR SELECT USING (current_setting('app.outbox', true) = 'on')".to_owned(),
            ]
        } else {
            vec![
                "DROP TRIGGER event_refuses_delete".to_owned(),
                format!(
                    "CREATE TRIGGER event_refuses_delete BEFORE DELETE ON event WHEN NOT ({}) \
                     BEGIN SELECT RAISE(ABORT, 'event refuses DELETE'); END",
                    PRUNED.replace("{row}", "OLD")
                ),
            ]
        };
        execute(manager, &pruning).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP POLICY outbox ON audit_head").await?;
        }
        drop_tables(manager, &["event"]).await?;
        let head = ["event_sequence", "pruned_sequence"].map(|column| format!("ALTER TABLE audit_head DROP COLUMN {column}"));
        execute(manager, &head).await
    }
}
