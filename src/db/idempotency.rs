//! A repeated mutation gives the first result.
//!
//! The key, a fingerprint of the input and the result are written in the same transaction as the effect, so
//! either all of it happened or none. A rejected input writes nothing and leaves the key free.
//!
//! What is kept tells nothing to who does not know the key: the key is kept as its hash, and the fingerprint is keyed with it.
//! Inputs hold names and addresses, and callers name keys after them; so nothing of either is here to be erased.

use entity::idempotency;
use entity::ids::IdempotencyId;
use entity::time::Timestamp;
use hmac::{Hmac, Mac};
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
pub struct Idempotent {
    key: Option<Key>,
    operation: &'static str,
}

/// What is kept of a key and of the input it was used with.
#[derive(Debug)]
struct Key {
    /// SHA-256 of the key.
    hash: String,
    /// HMAC-SHA-256 by the key, begun with the SHA-256 of the input.
    input: Hmac<Sha256>,
}

impl Idempotent {
    /// Names the mutation by the caller's key and what it is asked to do.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the key is empty or longer than 255 bytes.
    pub fn new(key: Option<&str>, operation: &'static str, input: &impl Serialize) -> Result<Self> {
        Ok(Self { key: key.map(|key| Key::new(key, input)).transpose()?, operation })
    }

    /// The result of the first time, if there was one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the key was used with other input, or by somebody else.
    pub async fn recall<R: DeserializeOwned>(&self, tx: &TenantWrite) -> Result<Option<R>> {
        let Some(key) = &self.key else { return Ok(None) };
        let found = tx
            .find::<idempotency::Entity>()
            .filter(idempotency::Column::Operation.eq(self.operation))
            .filter(idempotency::Column::Key.eq(&key.hash))
            .one()
            .await?;
        match found {
            None => Ok(None),
            Some(row) if row.fingerprint == key.fingerprint(tx) => serde_json::from_str(&row.result).map(Some).map_err(Error::internal),
            Some(_) => Err(Error::invalid(
                "idempotencyKey",
                ProblemCode::IdempotencyMismatch,
                "this key was used with other input, or by somebody else",
            )),
        }
    }
}

impl Key {
    fn new(key: &str, input: &impl Serialize) -> Result<Self> {
        if key.is_empty() || key.len() > MAX_KEY || key.contains('\0') {
            return Err(Error::invalid("idempotencyKey", ProblemCode::Invalid, "must have 1 to 255 bytes and no NUL"));
        }
        let input = hex(&Sha256::digest(serde_json::to_vec(input).map_err(Error::internal)?));
        let mut keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::internal)?;
        keyed.update(input.as_bytes());
        Ok(Self { hash: hex(&Sha256::digest(key)), input: keyed })
    }

    /// The input and who sent it: a result is given again to whom it was given.
    fn fingerprint(&self, tx: &TenantWrite) -> String {
        let mut keyed = self.input.clone();
        keyed.update(tx.caller().as_bytes());
        hex(&keyed.finalize().into_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the result for the next time.
///
/// # Errors
/// [`Error::Conflict`] where the same key is being used at the same time.
pub async fn remember(tx: &TenantWrite, what: &Idempotent, id: IdempotencyId, now: Timestamp, result: &impl Serialize) -> Result<()> {
    let Some(key) = &what.key else { return Ok(()) };
    tx.insert::<idempotency::Entity>(idempotency::Model {
        organization_id: tx.organization_id(),
        id,
        operation: what.operation.to_owned(),
        key: key.hash.clone(),
        fingerprint: key.fingerprint(tx),
        result: serde_json::to_string(result).map_err(Error::internal)?,
        recorded_at: now,
    })
    .await
    .map(|_| ())
}
