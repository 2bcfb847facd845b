//! The database keeps the ledger sound, whatever code writes: every batch is whole, and no resource ever holds less than
//! nothing or more than all of a close.
//!
//! Entries are written before their batch, which their key allows until the end of the transaction; so when a batch is
//! written it can be looked at as a whole, and nothing is added to it afterwards. The batches of a close follow each other
//! without a gap: of two writers at the same time one does not see the batch before its own, or takes the same place, and
//! is refused; so nobody's check misses what somebody else is writing, and nothing needs to be held for that.
//!
//! Here PostgreSQL has triggers, which distributed tables cannot have: whoever distributes these tables drops them, and is
//! left with what the services check.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::tenant::{Changes, TenantTable, Type, execute};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0040_ledger_walls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let schema = schema(manager).await?;
            let mut statements = vec![format!("ALTER TABLE credit_entry ALTER CONSTRAINT {KEY} DEFERRABLE INITIALLY DEFERRED")];
            for (name, body) in [("credit_batch_stands", of_batches()), ("credit_entry_stands", of_entry())] {
                // Nobody's temporary table takes the place of the ledger.
                statements.push(format!(
                    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$ {body} $$"
                ));
            }
            statements.push(
                "CREATE TRIGGER credit_batch_stands AFTER INSERT ON credit_batch REFERENCING NEW TABLE AS posted \
                 FOR EACH STATEMENT EXECUTE FUNCTION credit_batch_stands()"
                    .to_owned(),
            );
            statements.push(
                "CREATE CONSTRAINT TRIGGER credit_entry_stands AFTER INSERT ON credit_entry DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION credit_entry_stands()"
                    .to_owned(),
            );
            return execute(manager, &statements).await;
        }
        remake(manager, |entries| entries.references_in_the_end("batch_id", "credit_batch")).await?;
        execute(manager, &sqlite()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let statements = [
                "DROP TRIGGER credit_entry_stands ON credit_entry".to_owned(),
                "DROP TRIGGER credit_batch_stands ON credit_batch".to_owned(),
                "DROP FUNCTION credit_entry_stands()".to_owned(),
                "DROP FUNCTION credit_batch_stands()".to_owned(),
                format!("ALTER TABLE credit_entry ALTER CONSTRAINT {KEY} NOT DEFERRABLE"),
            ];
            return execute(manager, &statements).await;
        }
        execute(manager, &["DROP TRIGGER credit_batch_stands".to_owned()]).await?;
        remake(manager, |entries| entries.references("batch_id", "credit_batch")).await
    }
}

/// That entries are of a batch.
const KEY: &str = "fk_credit_entry_batch_id";

async fn schema(manager: &SchemaManager<'_>) -> Result<String, DbErr> {
    let statement = Statement::from_string(DatabaseBackend::Postgres, "SELECT quote_ident(current_schema()::text)".to_owned());
    let row = manager.get_connection().query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::Custom("there is no schema".to_owned()))?.try_get_by_index(0)
}

/// What the entries of a batch sum to.
const WHOLE: &str = "CASE b.kind WHEN 'OPENING' THEN 10000 ELSE 0 END";

fn refuse(constraint: &str) -> String {
    format!("RAISE EXCEPTION '{constraint}' USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';")
}

/// Every batch of a statement, all of them together.
fn of_batches() -> String {
    let (sequence, reversal) = (refuse("ck_credit_batch_sequence"), refuse("ck_credit_batch_reversal"));
    let (whole, balance) = (refuse("ck_credit_batch_whole"), refuse("ck_credit_batch_balance"));
    format!(
        "BEGIN
        IF EXISTS (SELECT 1 FROM posted AS b CROSS JOIN LATERAL (SELECT count(*) AS entries, sum(e.delta_bp) AS total, min(e.delta_bp) AS least
            FROM credit_entry AS e WHERE e.organization_id = b.organization_id AND e.batch_id = b.id) AS s
            WHERE s.entries = 0 OR s.total <> {WHOLE} OR (b.kind = 'OPENING' AND s.least < 0)) THEN {whole} END IF;
        IF EXISTS (SELECT 1 FROM posted AS b WHERE (b.kind = 'REVERSAL') <> (b.reverses_id IS NOT NULL)) THEN {reversal} END IF;
        IF EXISTS (SELECT 1 FROM posted AS b WHERE b.sequence <> 0) THEN
            IF EXISTS (SELECT 1 FROM posted AS b WHERE b.sequence <> 0 AND NOT EXISTS (SELECT 1 FROM credit_batch AS o
                WHERE o.organization_id = b.organization_id AND o.close_id = b.close_id AND o.sequence = b.sequence - 1)) THEN {sequence} END IF;
            IF EXISTS (SELECT 1 FROM posted AS b WHERE b.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM credit_batch AS o
                WHERE o.organization_id = b.organization_id AND o.id = b.reverses_id AND o.close_id = b.close_id AND o.kind = 'TRANSFER'))
                THEN {reversal} END IF;
            IF EXISTS (SELECT 1 FROM (SELECT DISTINCT organization_id, close_id FROM posted WHERE sequence <> 0) AS c
                CROSS JOIN LATERAL (SELECT sum(e.delta_bp) OVER (PARTITION BY e.resource ORDER BY b.effective_at) AS held
                    FROM credit_batch AS b JOIN credit_entry AS e ON e.organization_id = b.organization_id AND e.batch_id = b.id
                    WHERE b.organization_id = c.organization_id AND b.close_id = c.close_id) AS s
                WHERE s.held NOT BETWEEN 0 AND 10000) THEN {balance} END IF;
        END IF;
        RETURN NULL;
        END"
    )
}

/// An entry, when its transaction ends: somebody else may have written its batch meanwhile.
fn of_entry() -> String {
    let whole = refuse("ck_credit_batch_whole");
    format!(
        "BEGIN
        IF NOT EXISTS (SELECT 1 FROM credit_batch AS b CROSS JOIN LATERAL (SELECT sum(e.delta_bp) AS total, min(e.delta_bp) AS least
            FROM credit_entry AS e WHERE e.organization_id = b.organization_id AND e.batch_id = b.id) AS s
            WHERE b.organization_id = NEW.organization_id AND b.id = NEW.batch_id AND s.total = {WHOLE} AND (b.kind <> 'OPENING' OR s.least > 0))
            THEN {whole} END IF;
        RETURN NULL;
        END"
    )
}

/// SQLite has one writer at a time, and looks at every batch as it is written.
fn sqlite() -> [String; 2] {
    let of_batch = "organization_id = NEW.organization_id AND batch_id = NEW.id";
    let of_close = "o.organization_id = NEW.organization_id AND o.close_id = NEW.close_id";
    let refuse = |constraint: &str, condition: &str| format!("SELECT RAISE(ABORT, '{constraint}') WHERE {condition};");
    let whole = format!(
        "(SELECT sum(delta_bp) FROM credit_entry WHERE {of_batch}) IS NOT CASE NEW.kind WHEN 'OPENING' THEN 10000 ELSE 0 END \
         OR (NEW.kind = 'OPENING' AND EXISTS (SELECT 1 FROM credit_entry WHERE {of_batch} AND delta_bp < 0))"
    );
    let reversal = format!(
        "(NEW.kind = 'REVERSAL') <> (NEW.reverses_id IS NOT NULL) OR (NEW.reverses_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM credit_batch AS o WHERE {of_close} AND o.id = NEW.reverses_id AND o.kind = 'TRANSFER'))"
    );
    let sequence =
        format!("NEW.sequence <> 0 AND NOT EXISTS (SELECT 1 FROM credit_batch AS o WHERE {of_close} AND o.sequence = NEW.sequence - 1)");
    let balance = format!(
        "NEW.sequence <> 0 AND EXISTS (SELECT 1 FROM (SELECT sum(e.delta_bp) OVER (PARTITION BY e.resource ORDER BY o.effective_at) AS held \
         FROM credit_batch AS o JOIN credit_entry AS e ON e.organization_id = o.organization_id AND e.batch_id = o.id WHERE {of_close}) \
         WHERE held NOT BETWEEN 0 AND 10000)"
    );
    let checks = [
        refuse("ck_credit_batch_whole", &whole),
        refuse("ck_credit_batch_reversal", &reversal),
        refuse("ck_credit_batch_sequence", &sequence),
        refuse("ck_credit_batch_balance", &balance),
    ];
    [
        format!("CREATE TRIGGER credit_batch_stands AFTER INSERT ON credit_batch BEGIN {} END", checks.join(" ")),
        "CREATE TRIGGER credit_entry_stands BEFORE INSERT ON credit_entry WHEN EXISTS \
         (SELECT 1 FROM credit_batch WHERE organization_id = NEW.organization_id AND id = NEW.batch_id) \
         BEGIN SELECT RAISE(ABORT, 'ck_credit_batch_whole'); END"
            .to_owned(),
    ]
}

/// Makes the table of entries anew with another key to its batches: SQLite cannot change a key.
async fn remake(manager: &SchemaManager<'_>, key: impl FnOnce(TenantTable) -> TenantTable) -> Result<(), DbErr> {
    let columns = "organization_id, id, batch_id, resource, delta_bp";
    execute(
        manager,
        &[format!("CREATE TABLE credit_entry_kept AS SELECT {columns} FROM credit_entry"), "DROP TABLE credit_entry".to_owned()],
    )
    .await?;
    key(TenantTable::new("credit_entry", Changes::AppendOnly))
        .column("resource", Type::Text)
        .column("delta_bp", Type::Int)
        .unique("uq_credit_entry_resource", "batch_id, resource")
        .check("delta", "delta_bp BETWEEN -10000 AND 10000 AND delta_bp <> 0")
        .create(manager)
        .await?;
    execute(
        manager,
        &[
            format!("INSERT INTO credit_entry ({columns}) SELECT {columns} FROM credit_entry_kept"),
            "DROP TABLE credit_entry_kept".to_owned(),
        ],
    )
    .await
}
