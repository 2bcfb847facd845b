//! Who is whom: pointers between people and between accounts, when people became known, and which company they buy for, each
//! with the moment it was recorded, so that every question can be answered as of an instant.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, execute, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0033_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("identity_pointer", Changes::AppendOnly)
            .may_reference("from_person_id", "person")
            .may_reference("to_person_id", "person")
            .may_reference("from_account_id", "account")
            .may_reference("to_account_id", "account")
            .optional("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check(
                "kind",
                "(from_person_id IS NULL) = (to_person_id IS NULL) AND (from_account_id IS NULL) = (to_account_id IS NULL) \
                 AND (from_person_id IS NULL) <> (from_account_id IS NULL)",
            )
            .check("other", "COALESCE(from_person_id <> to_person_id, from_account_id <> to_account_id)")
            .index_where_present("ix_identity_pointer_from_person", "from_person_id", "to_person_id")
            .index_where_present("ix_identity_pointer_to_person", "to_person_id", "from_person_id")
            .index_where_present("ix_identity_pointer_from_account", "from_account_id", "to_account_id")
            .index_where_present("ix_identity_pointer_to_account", "to_account_id", "from_account_id")
            .create(manager)
            .await?;
        TenantTable::new("identity_pointer_end", Changes::AppendOnly)
            .references("pointer_id", "identity_pointer")
            .optional("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .unique("uq_identity_pointer_end", "pointer_id")
            .create(manager)
            .await?;
        TenantTable::new("identification", Changes::AppendOnly)
            .references("person_id", "person")
            .column("how", Type::Text)
            .column("occurred_at", Type::BigInt)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_identification_person", "person_id, recorded_at")
            .create(manager)
            .await?;
        TenantTable::new("affiliation", Changes::AppendOnly)
            .references("person_id", "person")
            .may_reference("account_id", "account")
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_affiliation_person", "person_id, recorded_at")
            .index_where_present("ix_affiliation_account", "account_id", "person_id")
            .create(manager)
            .await?;
        for redaction in REDACTIONS {
            allow_redaction(manager, *redaction).await?;
        }
        tell_the_past(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for redaction in REDACTIONS.iter().rev() {
            refuse_redaction(manager, *redaction).await?;
        }
        drop_tables(manager, TABLES).await
    }
}

const TABLES: &[&str] = &["identity_pointer", "identity_pointer_end", "identification", "affiliation"];

const REDACTIONS: &[Redaction<'_>] = &[
    Redaction {
        table: "identity_pointer",
        columns: &[("reason", "NULL")],
        erased: "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {row}.organization_id \
             AND (p.id = {row}.from_person_id OR p.id = {row}.to_person_id) AND p.erased_at IS NOT NULL)",
    },
    Redaction {
        table: "identity_pointer_end",
        columns: &[("reason", "NULL")],
        erased: "EXISTS (SELECT 1 FROM identity_pointer AS i JOIN person AS p ON p.organization_id = i.organization_id \
             AND (p.id = i.from_person_id OR p.id = i.to_person_id) WHERE i.organization_id = {row}.organization_id \
             AND i.id = {row}.pointer_id AND p.erased_at IS NOT NULL)",
    },
];

/// What people's own rows say of the past. Earlier changes of them are not known, so they count as known from the beginning.
async fn tell_the_past(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
    // The owner is bound by row-level security as everybody is.
    let forced = |force: &str| {
        let tables = ["person", "identification", "affiliation"].into_iter().filter(|_| postgres);
        tables.map(|table| format!("ALTER TABLE {table} {force}FORCE ROW LEVEL SECURITY")).collect::<Vec<_>>()
    };
    execute(manager, &forced("NO ")).await?;
    let told = [
        "INSERT INTO identification (organization_id, id, person_id, how, occurred_at, recorded_at) \
         SELECT organization_id, id, id, 'RECORDED', known_at, recorded_at FROM person WHERE known_at IS NOT NULL",
        "INSERT INTO affiliation (organization_id, id, person_id, account_id, recorded_at) \
         SELECT organization_id, id, id, account_id, recorded_at FROM person WHERE account_id IS NOT NULL",
    ];
    execute(manager, &told.map(str::to_owned)).await?;
    execute(manager, &forced("")).await
}
