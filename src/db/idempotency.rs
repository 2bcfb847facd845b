//! A repeated mutation gives the first result.
//!
//! The key, a fingerprint of the input and the result are written in the same transaction as the effect, so
//! either all of it happened or none. A rejected input writes nothing and leaves the key free.

use entity::idempotency;
use entity::ids::IdempotencyId;
use entity::time::Timestamp;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::tenant::TenantWrite;
use crate::error::{Error, ProblemCode, Result};

/// Longest key.
const MAX_KEY: usize = 255;

/// A mutation that may be repeated.
#[derive(Debug)]
pub struct Idempotent<'a> {
    key: Option<&'a str>,
    operation: &'static str,
    fingerprint: String,
}

impl<'a> Idempotent<'a> {
    /// Names the mutation by the caller's key and what it is asked to do.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the key is empty or longer than 255 bytes.
    pub fn new(key: Option<&'a str>, operation: &'static str, input: &impl Serialize) -> Result<Self> {
        if let Some(key) = key
            && (key.is_empty() || key.len() > MAX_KEY || key.contains('\0'))
        {
            return Err(Error::invalid("idempotencyKey", ProblemCode::Invalid, "must have 1 to 255 bytes and no NUL"));
        }
        let text = serde_json::to_vec(input).map_err(Error::internal)?;
        let fingerprint = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { key, operation, fingerprint })
    }

    /// The result of the first time, if there was one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the key was used with other input.
    pub async fn recall<R: DeserializeOwned>(&self, tx: &TenantWrite) -> Result<Option<R>> {
        let Some(key) = self.key else { return Ok(None) };
        let found = tx
            .find::<idempotency::Entity>()
            .filter(idempotency::Column::Operation.eq(self.operation))
            .filter(idempotency::Column::Key.eq(key))
            .one()
            .await?;
        match found {
            None => Ok(None),
            Some(row) if row.fingerprint == self.fingerprint => serde_json::from_str(&row.result).map(Some).map_err(Error::internal),
            Some(_) => Err(Error::invalid("idempotencyKey", ProblemCode::IdempotencyMismatch, "this key was used with other input")),
        }
    }
}

/// Keeps the result for the next time.
///
/// # Errors
/// [`Error::Conflict`] where the same key is being used at the same time.
pub async fn remember(tx: &TenantWrite, what: &Idempotent<'_>, id: IdempotencyId, now: Timestamp, result: &impl Serialize) -> Result<()> {
    let Some(key) = what.key else { return Ok(()) };
    tx.insert::<idempotency::Entity>(idempotency::Model {
        organization_id: tx.organization_id(),
        id,
        operation: what.operation.to_owned(),
        key: key.to_owned(),
        fingerprint: what.fingerprint.clone(),
        result: serde_json::to_string(result).map_err(Error::internal)?,
        recorded_at: now,
    })
    .await
    .map(|_| ())
}
