//! Organizations, their teams and members.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::tenant::{APPLICATION_ROLE, Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_organization"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            // Roles belong to the whole server, so another database, or another process just now, may have made it.
            let role = format!(
                "DO $$ BEGIN CREATE ROLE {APPLICATION_ROLE} NOLOGIN NOBYPASSRLS; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            manager.get_connection().execute_unprepared(&role).await?;
            let grant = format!("GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}");
            manager.get_connection().execute_unprepared(&grant).await?;
        }
        TenantTable::organizations("organization")
            .column("name", Type::Text)
            .column("base_currency", Type::Text)
            .column("timezone", Type::Text)
            .column("week_start", Type::Text)
            .column("fiscal_year_start_month", Type::SmallInt)
            .column("refund_window_days", Type::SmallInt)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .check("fiscal_year_start_month", "fiscal_year_start_month BETWEEN 1 AND 12")
            .check("refund_window_days", "refund_window_days BETWEEN 0 AND 366")
            .create(manager)
            .await?;
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            // Before somebody has signed in there is no organization to be in: the directory may be read, not written.
            let directory = "CREATE POLICY directory ON organization FOR SELECT USING (current_setting('app.directory', true) = 'on')";
            manager.get_connection().execute_unprepared(directory).await?;
        }
        TenantTable::new("team", Changes::Update)
            .column("name", Type::Text)
            .may_reference("parent_id", "team")
            .column("resources", Type::Text)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_team_name", "name")
            .create(manager)
            .await?;
        TenantTable::new("member", Changes::Update)
            .column("email", Type::Text)
            .column("name", Type::Text)
            .column("role", Type::Text)
            .optional("resource", Type::Text)
            .may_reference("team_id", "team")
            .column("active", Type::Bool)
            .column("recorded_at", Type::BigInt)
            .column("version", Type::BigInt)
            .unique("uq_member_email", "email")
            .create(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["organization", "team", "member"]).await
    }
}
