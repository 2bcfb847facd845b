//! Buyers who were erased: what says who they were leaves even the tables that only grow, and does not come back.
//!
//! A name that was erased is kept as HMAC-SHA-256 by a key of the organization: 256 random bits, made with its first erasure.
//! The installation has no key that would do. The one it signs with is rotated, and these hashes have to mean the same for as
//! long as files may be imported again, to every process and after the return of a backup; so the key stays beside them. Then
//! the hashes of two organizations have nothing in common, and a table of the hashes of likely addresses is of no use; but
//! who holds the whole database, and guesses an address, can see whether it was erased.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use entity::ids::{ErasedNameId, ErasureId, ErasureKeyId, TypedId};
use entity::tenant::TenantEntity;
use entity::time::Timestamp;
use entity::{
    activity, activity_event, blocker, blocker_resolution, clock_event, close, close_movement, consent, credit_batch, credit_dispute,
    credit_dispute_end, credit_proposal_decision, credit_transfer, credit_transfer_decision, erased_name, erasure_key, feedback,
    feedback_acknowledgement, handoff, handoff_event, identity_pointer, identity_pointer_end, opportunity_event, restatement, stage_event,
    touch,
};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Value};
use sha2::Sha256;

use super::constraint::from_database;
use super::external::{Named, one_of};
use super::tenant::{TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::input::ExternalId;

/// Most hashes of one statement.
const CHUNK: usize = 500;

/// Parts a kind of name from the name, and its parts from each other. No text that is stored holds it.
const BETWEEN: &[u8] = &[0];

/// A table that only grows, but for what says who an erased buyer was. The database lets nothing else be changed.
pub trait Redacted: TenantEntity {
    /// The columns that say so, each with what it is left with.
    fn personal() -> Vec<(Self::Column, SimpleExpr)>;
}

macro_rules! redacted {
    ($($entity:ident: $($column:ident = $left:expr),+;)+) => {$(
        impl Redacted for $entity::Entity {
            fn personal() -> Vec<(Self::Column, SimpleExpr)> {
                vec![$(($entity::Column::$column, Expr::value($left))),+]
            }
        }
    )+};
}

const NOTHING: Value = Value::String(None);

redacted! {
    touch: Source = NOTHING, ExternalId = NOTHING;
    stage_event: Source = NOTHING, ExternalId = NOTHING, Reason = NOTHING;
    close: Source = NOTHING, ExternalId = NOTHING;
    consent: Evidence = NOTHING;
    close_movement: Reason = "";
    credit_batch: Reason = "";
    credit_transfer: Reason = "";
    credit_transfer_decision: Reason = NOTHING;
    credit_dispute: Reason = "";
    credit_dispute_end: Reason = NOTHING;
    credit_proposal_decision: Reason = NOTHING;
    restatement: Reason = "";
    identity_pointer: Reason = NOTHING;
    identity_pointer_end: Reason = NOTHING;
    opportunity_event: Reason = NOTHING;
    blocker: Note = NOTHING;
    blocker_resolution: Resolution = "";
    activity: Subject = "", Source = NOTHING, ExternalId = NOTHING;
    activity_event: Note = NOTHING, Reason = NOTHING;
    handoff: Source = NOTHING, ExternalId = NOTHING;
    handoff_event: Note = NOTHING;
    clock_event: Reason = NOTHING;
    feedback: Body = "";
    feedback_acknowledgement: Note = NOTHING;
}

/// Hashes the names of an organization.
struct Hasher(Hmac<Sha256>);

impl Hasher {
    fn new(key: &erasure_key::Model) -> Result<Self> {
        Hmac::new_from_slice(key.secret.as_bytes()).map(Self).map_err(Error::internal)
    }

    fn hash(&self, kind: &str, parts: &[&str]) -> String {
        let mut keyed = self.0.clone();
        keyed.update(kind.as_bytes());
        for part in parts {
            keyed.update(BETWEEN);
            keyed.update(part.as_bytes());
        }
        hex(&keyed.finalize().into_bytes())
    }

    fn name(&self, table: &str, name: &ExternalId) -> String {
        self.hash(table, &[&name.source, &name.id])
    }

    fn email(&self, email: &str) -> String {
        self.hash("email", &[email])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TenantTx {
    /// Those of some names that were erased.
    ///
    /// # Errors
    /// What the database says.
    pub async fn erased_names<E: Named>(&self, names: Vec<ExternalId>) -> Result<HashSet<ExternalId>> {
        if !E::ERASABLE || names.is_empty() {
            return Ok(HashSet::new());
        }
        let Some(hasher) = self.hasher().await? else { return Ok(HashSet::new()) };
        self.erased(names.into_iter().map(|name| (hasher.name(E::default().table_name(), &name), name)).collect()).await
    }

    /// Those of some addresses, in lower case, that were erased.
    ///
    /// # Errors
    /// What the database says.
    pub async fn erased_emails(&self, emails: Vec<String>) -> Result<HashSet<String>> {
        if emails.is_empty() {
            return Ok(HashSet::new());
        }
        let Some(hasher) = self.hasher().await? else { return Ok(HashSet::new()) };
        self.erased(emails.into_iter().map(|email| (hasher.email(&email), email)).collect()).await
    }

    /// Where nobody was ever erased there is nothing to hash.
    async fn hasher(&self) -> Result<Option<Hasher>> {
        self.everything::<erasure_key::Entity>().one().await?.as_ref().map(Hasher::new).transpose()
    }

    async fn erased<T: Eq + Hash + Send>(&self, mut by_hash: HashMap<String, T>) -> Result<HashSet<T>> {
        let mut hashes = Vec::new();
        let wanted: Vec<&str> = by_hash.keys().map(String::as_str).collect();
        for some in wanted.chunks(CHUNK) {
            let rows = self.everything::<erased_name::Entity>().filter(one_of(self.engine(), erased_name::Column::Hash, some)?);
            rows.rows([erased_name::Column::Hash], |row| row.try_get_by_index::<String>(0).map(|hash| hashes.push(hash))).await?;
        }
        Ok(hashes.iter().filter_map(|hash| by_hash.remove(hash)).collect())
    }
}

/// Names that are erased with somebody.
#[derive(Debug, Default)]
pub struct LastNames {
    emails: Vec<String>,
    external: Vec<(String, ExternalId)>,
}

impl LastNames {
    /// Adds an address, in lower case.
    pub fn email(&mut self, email: Option<String>) {
        self.emails.extend(email);
    }

    /// Adds what other systems call rows of a table.
    pub fn external<E: Named>(&mut self, names: impl IntoIterator<Item = ExternalId>) {
        self.external.extend(names.into_iter().map(|name| (E::default().table_name().to_owned(), name)));
    }
}

impl TenantWrite {
    /// Keeps the hashes of names, so that none of them is recorded again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where this is the organization's first erasure and another first one happens at the same time.
    pub async fn keep_out(
        &self,
        erasure: ErasureId,
        names: &LastNames,
        now: Timestamp,
        mut next_id: impl FnMut() -> ErasedNameId,
    ) -> Result<()> {
        let hasher = match self.hasher().await? {
            Some(hasher) => hasher,
            None => Hasher::new(&self.insert::<erasure_key::Entity>(new_key(self, now)?).await?)?,
        };
        let emails = names.emails.iter().map(|email| hasher.email(email));
        let external = names.external.iter().map(|(table, name)| hasher.name(table, name));
        let rows: Vec<erased_name::Model> = emails
            .chain(external)
            .map(|hash| erased_name::Model { organization_id: self.organization_id(), id: next_id(), erasure_id: erasure, hash })
            .collect();
        self.insert_many::<erased_name::Entity>(&rows).await
    }

    /// Takes what says who an erased buyer was out of some rows.
    ///
    /// # Errors
    /// What the database says: it refuses rows of a buyer who was not erased before.
    #[expect(clippy::disallowed_methods, reason = "the one place that redacts, and it filters")]
    pub async fn redact<E: Redacted>(&self, rows: Condition) -> Result<()> {
        let mut update = E::update_many().filter(E::organization_column().eq(self.organization_id())).filter(rows);
        let mut says = Condition::any();
        for (column, left) in E::personal() {
            says = says.add(column.ne(""));
            update = update.col_expr(column, left);
        }
        self.count_statement();
        let result = update.filter(says).exec(&self.transaction).await.map_err(from_database)?;
        self.note(|changes| changes.erased_rows::<E>(result.rows_affected));
        Ok(())
    }
}

fn new_key(tx: &TenantTx, now: Timestamp) -> Result<erasure_key::Model> {
    let mut secret = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(Error::internal)?;
    let organization_id = tx.organization_id();
    Ok(erasure_key::Model { organization_id, id: ErasureKeyId::from_uuid(organization_id.uuid()), secret: hex(&secret), recorded_at: now })
}

#[cfg(test)]
mod tests {
    use entity::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;

    fn hasher(secret: &str) -> Hasher {
        let (organization_id, id) = (OrganizationId::from_uuid(Uuid::nil()), ErasureKeyId::from_uuid(Uuid::nil()));
        Hasher::new(&erasure_key::Model { organization_id, id, secret: secret.to_owned(), recorded_at: Timestamp::EPOCH }).unwrap()
    }

    #[test]
    fn a_name_has_one_hash_and_no_other_name_has_it() {
        let names = [
            ("email", vec!["a@b.c"]),
            ("person", vec!["a@b.c"]),
            ("person", vec!["crm", "1"]),
            ("person", vec!["crm1", ""]),
            ("touch", vec!["crm", "1"]),
        ];
        let hashes: Vec<String> = names.iter().map(|(kind, parts)| hasher("k").hash(kind, parts)).collect();
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), names.len());
        for ((kind, parts), hash) in names.iter().zip(&hashes) {
            assert_eq!((hash.len(), hash), (64, &hasher("k").hash(kind, parts)));
            assert_ne!(hash, &hasher("l").hash(kind, parts), "each organization has hashes of its own");
        }
    }

    #[test]
    fn a_log_does_not_show_the_key() {
        let (organization_id, id) = (OrganizationId::from_uuid(Uuid::nil()), ErasureKeyId::from_uuid(Uuid::nil()));
        let key = erasure_key::Model { organization_id, id, secret: "marker".to_owned(), recorded_at: Timestamp::EPOCH };
        assert!(!format!("{key:?}").contains("marker"));
    }
}
