//! What buyers consent to, and that they were erased: what says who somebody is may leave the tables that only grow, once it
//! has left the buyer's own row.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, Redaction, TenantTable, Type, allow_redaction, drop_tables, execute, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0030_privacy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whoever is erased stays so, however the row is written.
        let erased = "ALTER TABLE person ADD COLUMN erased_at bigint CONSTRAINT ck_person_erased \
             CHECK (erased_at IS NULL OR (name IS NULL AND email IS NULL AND external_id IS NULL AND search_key = ''))";
        execute(manager, &[erased.to_owned()]).await?;
        TenantTable::new("consent", Changes::AppendOnly)
            .references("person_id", "person")
            .column("purpose", Type::Text)
            .column("decision", Type::Text)
            .column("occurred_at", Type::BigInt)
            .optional("evidence", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .index("ix_consent_person", "person_id, purpose, occurred_at")
            .index("ix_consent_purpose", "purpose, decision, person_id")
            .create(manager)
            .await?;
        TenantTable::new("erasure", Changes::AppendOnly)
            .references("person_id", "person")
            .optional("reason", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .unique("uq_erasure_person", "person_id")
            .create(manager)
            .await?;
        TenantTable::new("erased_name", Changes::AppendOnly)
            .references("erasure_id", "erasure")
            .column("hash", Type::Text)
            .index("ix_erased_name_hash", "hash")
            .create(manager)
            .await?;
        TenantTable::new("erasure_key", Changes::AppendOnly)
            .column("secret", Type::Text)
            .column("recorded_at", Type::BigInt)
            .create(manager)
            .await?;
        for redaction in REDACTIONS {
            allow_redaction(manager, *redaction).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for redaction in REDACTIONS.iter().rev() {
            refuse_redaction(manager, *redaction).await?;
        }
        drop_tables(manager, &["consent", "erasure", "erased_name", "erasure_key"]).await?;
        execute(manager, &["ALTER TABLE person DROP COLUMN erased_at".to_owned()]).await
    }
}

/// The row names the buyer.
const OF_PERSON: &str = "EXISTS (SELECT 1 FROM person AS p WHERE p.organization_id = {row}.organization_id \
     AND p.id = {row}.person_id AND p.erased_at IS NOT NULL)";

/// The row names a close of the buyer, or one they referred.
const OF_CLOSE: &str = "EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id \
     AND (p.id = c.person_id OR p.id = c.referrer_id) WHERE c.organization_id = {row}.organization_id \
     AND c.id = {row}.close_id AND p.erased_at IS NOT NULL)";

const NAME: &[(&str, &str)] = &[("source", "NULL"), ("external_id", "NULL")];

const REDACTIONS: &[Redaction] = &[
    Redaction { table: "touch", columns: NAME, erased: OF_PERSON },
    Redaction { table: "stage_event", columns: &[("source", "NULL"), ("external_id", "NULL"), ("reason", "NULL")], erased: OF_PERSON },
    Redaction { table: "close", columns: NAME, erased: OF_PERSON },
    Redaction { table: "consent", columns: &[("evidence", "NULL")], erased: OF_PERSON },
    Redaction { table: "close_movement", columns: &[("reason", "''")], erased: OF_CLOSE },
    Redaction { table: "credit_batch", columns: &[("reason", "''")], erased: OF_CLOSE },
];
