//! Idempotency keys and fingerprints that tell nothing to who does not know the key: callers name keys after addresses, and
//! the bare hash of an input confirms a guess at it.

use hmac::{Hmac, Mac};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::tenant::execute;

/// Rows rewritten at once.
const STRIDE: usize = 1_000;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0031_idempotency_hashes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
        // The owner is bound by row-level security and by the triggers as everybody is.
        let (open, close) = if postgres {
            ("ALTER TABLE idempotency NO FORCE ROW LEVEL SECURITY", "ALTER TABLE idempotency FORCE ROW LEVEL SECURITY")
        } else {
            (
                "DROP TRIGGER idempotency_refuses_update",
                "CREATE TRIGGER idempotency_refuses_update BEFORE UPDATE ON idempotency \
                 BEGIN SELECT RAISE(ABORT, 'idempotency refuses UPDATE'); END",
            )
        };
        execute(manager, &[open.to_owned()]).await?;
        rewrite(manager).await?;
        execute(manager, &[close.to_owned()]).await
    }

    /// What was hashed stays hashed: repeated after this, a mutation is done again.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

async fn rewrite(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
    let update = "UPDATE idempotency SET key = $1, fingerprint = $2 WHERE organization_id = $3 AND id = $4";
    let mut last: Option<[Value; 2]> = None;
    loop {
        let after = if last.is_some() { "WHERE (organization_id, id) > ($1, $2)" } else { "" };
        let select =
            format!("SELECT organization_id, id, key, fingerprint FROM idempotency {after} ORDER BY organization_id, id LIMIT {STRIDE}");
        let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, select, last.take().into_iter().flatten())).await?;
        for row in &rows {
            let place: [Value; 2] = [row.try_get_by_index::<Uuid>(0)?.into(), row.try_get_by_index::<Uuid>(1)?.into()];
            let (key, fingerprint): (String, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let mut keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|cause| DbErr::Custom(cause.to_string()))?;
            keyed.update(fingerprint.as_bytes());
            let hashed: [Value; 2] = [hex(&Sha256::digest(&key)).into(), hex(&keyed.finalize().into_bytes()).into()];
            connection.execute_raw(Statement::from_sql_and_values(backend, update, hashed.into_iter().chain(place.clone()))).await?;
            last = Some(place);
        }
        if rows.len() < STRIDE {
            return Ok(());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
