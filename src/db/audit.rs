//! Who did what: an entry for every transaction that changes something, written in that transaction.
//!
//! The entries of an organization are numbered without a gap and each carries the hash of the one before, so that an entry
//! that was changed or taken out shows. What was recorded is named, for the rows themselves say what they were; of what
//! was changed the entry keeps what was there before and after, but never a secret or what a person is called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use entity::ids::{ApiClientId, AuditEntryId, AuditHeadId, AuditObjectId, MemberId, OrganizationId, TypedId};
use entity::kinds::AuditOutcome;
use entity::tenant::{Mutable, TenantEntity};
use entity::time::Timestamp;
use entity::{audit_entry, audit_head, audit_object};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter, Value,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::constraint::from_database;
use super::outbox::Events;
use super::tenant::{TenantTx, TenantWrite};
use crate::clock::IdSource;
use crate::error::{Error, Result};

/// Most objects an entry names one by one. Of more it tells how many there were and the hash of their ids.
const NAMED: usize = 1_000;

/// Who changes something, and by what.
#[derive(Clone, Debug)]
pub struct Author {
    /// The member; none for API clients and background work.
    pub member_id: Option<MemberId>,
    /// The API client.
    pub client_id: Option<ApiClientId>,
    /// The member they act for.
    pub on_behalf_of: Option<MemberId>,
    /// Background work and the operator's command line, by name.
    pub system: Option<&'static str>,
    /// What is done: the mutation, or the command.
    pub action: Arc<str>,
    /// The request it came with.
    pub request_id: Option<Arc<str>>,
    /// When.
    pub now: Timestamp,
    /// Makes the ids of entries.
    pub ids: Arc<IdSource>,
}

/// What happened to one object, or to many of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditChange {
    /// It was recorded.
    Recorded {
        /// What it is.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Many were recorded at once.
    RecordedMany {
        /// What they are.
        kind: String,
        /// How many.
        count: usize,
        /// SHA-256 of their ids, in the order in which they were written.
        digest: String,
        /// The lowest and the highest of their ids. Entries of earlier versions do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ids: Option<[String; 2]>,
    },
    /// Some of what it says was changed.
    Changed {
        /// What it is.
        kind: String,
        /// Its id.
        id: String,
        /// What it said before, by field; null where nothing, or where that is kept to itself.
        before: BTreeMap<String, serde_json::Value>,
        /// What it says now.
        after: BTreeMap<String, serde_json::Value>,
    },
    /// All that is held on it was given out.
    Exported {
        /// What it is.
        kind: String,
        /// Its id.
        id: String,
    },
    /// What says who an erased buyer was left many rows.
    ErasedMany {
        /// What they are.
        kind: String,
        /// How many.
        count: u64,
    },
    /// It was asked for without the right to.
    Denied {
        /// The permission that was missing, or did not reach so far; none where somebody was not let in, and where an API client
        /// may not use the field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permission: Option<String>,
        /// Where in the request, or in its input.
        field: String,
    },
}

/// The changes of a transaction until it ends.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changes: Vec<AuditChange>,
    objects: BTreeSet<Uuid>,
    /// What those who wait for it are told.
    events: Events,
}

impl Changes {
    /// Notes rows that were written.
    pub(super) fn recorded<E: TenantEntity>(&mut self, rows: &[E::Model]) {
        if !E::AUDITED {
            return;
        }
        self.events.recorded::<E>(rows.iter().map(|row| row.get(E::id_column())));
        let kind = E::default().table_name();
        let ids = rows.iter().filter_map(|row| match row.get(E::id_column()) {
            Value::Uuid(Some(id)) => Some(id),
            _ => None,
        });
        if rows.len() <= NAMED && self.objects.len() + rows.len() <= NAMED {
            for id in ids {
                self.objects.insert(id);
                self.changes.push(AuditChange::Recorded { kind: kind.to_owned(), id: E::Id::from_uuid(id).to_string() });
            }
        } else {
            let (mut digest, mut ends) = (Sha256::new(), None);
            for id in ids {
                digest.update(id.as_bytes());
                let (lowest, highest) = ends.unwrap_or((id, id));
                ends = Some((id.min(lowest), id.max(highest)));
            }
            let ids = ends.map(|(lowest, highest)| [lowest, highest].map(|id| E::Id::from_uuid(id).to_string()));
            self.changes.push(AuditChange::RecordedMany { kind: kind.to_owned(), count: rows.len(), digest: hex(&digest.finalize()), ids });
        }
    }

    /// Notes what became of a row.
    pub(super) fn changed<E: Mutable>(&mut self, id: E::Id, before: &E::Model, changes: &E::ActiveModel) {
        let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
        for column in E::Column::iter() {
            let (ActiveValue::Set(after) | ActiveValue::Unchanged(after)) = changes.get(column) else { continue };
            let before = before.get(column);
            if before == after || E::incidental(column) {
                continue;
            }
            was.insert(column.as_str().to_owned(), kept::<E>(column, &before));
            is.insert(column.as_str().to_owned(), kept::<E>(column, &after));
        }
        if E::AUDITED && !is.is_empty() {
            self.events.changed::<E>(id);
            self.objects.insert(id.uuid());
            let kind = E::default().table_name().to_owned();
            self.changes.push(AuditChange::Changed { kind, id: id.to_string(), before: was, after: is });
        }
    }

    /// Notes that one column of a row was given a value.
    pub(super) fn given<E: Mutable>(&mut self, id: E::Id, column: E::Column, value: &Value) {
        if !E::AUDITED {
            return;
        }
        self.events.changed::<E>(id);
        self.objects.insert(id.uuid());
        let after = BTreeMap::from([(column.as_str().to_owned(), kept::<E>(column, value))]);
        let kind = E::default().table_name().to_owned();
        self.changes.push(AuditChange::Changed { kind, id: id.to_string(), before: BTreeMap::new(), after });
    }

    /// Notes that an object stands otherwise than before, though its row is as it was.
    pub(super) fn stands_otherwise<E: TenantEntity>(&mut self, id: E::Id) {
        self.events.changed::<E>(id);
    }

    /// Notes an object that nothing happened to.
    pub(super) fn concerns(&mut self, id: Uuid) {
        self.objects.insert(id);
    }

    /// Notes that all that is held on an object was given out.
    pub(super) fn exported<E: TenantEntity>(&mut self, id: E::Id) {
        self.objects.insert(id.uuid());
        self.changes.push(AuditChange::Exported { kind: E::default().table_name().to_owned(), id: id.to_string() });
    }

    /// Notes that rows no longer say who a buyer was.
    pub(super) fn erased_rows<E: TenantEntity>(&mut self, count: u64) {
        if count > 0 {
            self.changes.push(AuditChange::ErasedMany { kind: E::default().table_name().to_owned(), count });
        }
    }

    /// Notes what was denied.
    pub(super) fn denied(&mut self, permission: Option<String>, field: String) {
        self.changes.push(AuditChange::Denied { permission, field });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Writes the entry of a transaction and its link in the chain, and what those who wait for it are told; gives the number of the
/// last event, where there is something to tell.
pub(super) async fn write(tx: &TenantTx, author: &Author, outcome: AuditOutcome, changes: Changes) -> Result<Option<i64>> {
    let head = head(tx).await?;
    let mut entry = audit_entry::Model {
        organization_id: tx.organization_id(),
        id: author.ids.next::<AuditEntryId>(),
        sequence: head.sequence + 1,
        member_id: author.member_id,
        on_behalf_of: author.on_behalf_of,
        system: author.system.map(str::to_owned),
        action: author.action.to_string(),
        outcome,
        request_id: author.request_id.as_deref().map(str::to_owned),
        detail: serde_json::to_string(&changes.changes).map_err(Error::internal)?,
        previous_hash: head.hash,
        hash: String::new(),
        recorded_at: author.now,
        client_id: author.client_id,
    };
    entry.hash = digest(&entry)?;
    let objects: Vec<audit_object::Model> = changes
        .objects
        .into_iter()
        .map(|object_id| audit_object::Model {
            organization_id: tx.organization_id(),
            id: author.ids.next::<AuditObjectId>(),
            entry_id: entry.id,
            object_id,
        })
        .collect();
    let (sequence, hash) = (entry.sequence, entry.hash.clone());
    super::insert::insert::<audit_entry::Entity>(tx, std::slice::from_ref(&entry)).await?;
    super::insert::insert::<audit_object::Entity>(tx, &objects).await?;
    let told = match changes.events.is_empty() {
        true => None,
        false => Some(changes.events.write(tx, head.event_sequence, author.now, &author.ids).await?),
    };
    let event_sequence = told.map_or(ActiveValue::NotSet, ActiveValue::Set);
    let end = audit_head::ActiveModel {
        sequence: ActiveValue::Set(sequence),
        hash: ActiveValue::Set(hash),
        event_sequence,
        ..Default::default()
    };
    move_head(tx, end).await?;
    Ok(told)
}

/// Says that the events up to a number are kept no longer.
pub(super) async fn keep_events_after(tx: &TenantTx, sequence: i64) -> Result<()> {
    move_head(tx, audit_head::ActiveModel { pruned_sequence: ActiveValue::Set(sequence), ..Default::default() }).await
}

impl TenantWrite {
    /// Waits until no other change of the organization is about to end, and keeps others from ending until this one has: what
    /// is read from here on misses none of them. Whoever holds rows holds them before, or two would wait for each other.
    ///
    /// # Errors
    /// What the database says.
    pub async fn one_at_a_time(&self) -> Result<()> {
        head(self).await.map(|_| ())
    }
}

/// The end of the chain, held until the transaction ends.
#[expect(clippy::disallowed_methods, reason = "the head is made once, by whoever comes first")]
pub(super) async fn head(tx: &TenantTx) -> Result<audit_head::Model> {
    let held = || tx.everything::<audit_head::Entity>().locked().one();
    if let Some(head) = held().await? {
        return Ok(head);
    }
    let id = AuditHeadId::from_uuid(tx.organization_id().uuid());
    let first = audit_head::Model {
        organization_id: tx.organization_id(),
        id,
        sequence: 0,
        hash: String::new(),
        event_sequence: 0,
        pruned_sequence: 0,
    };
    let key = [audit_head::Column::OrganizationId, audit_head::Column::Id];
    let insert =
        audit_head::Entity::insert(first.into_active_model().reset_all()).on_conflict(OnConflict::columns(key).do_nothing().to_owned());
    insert.exec_without_returning(&tx.transaction).await.map_err(from_database)?;
    held().await?.ok_or(Error::broken("the chain of an organization has a head"))
}

#[expect(clippy::disallowed_methods, reason = "the chain's end is moved by the chain alone")]
async fn move_head(tx: &TenantTx, changes: audit_head::ActiveModel) -> Result<()> {
    let update = audit_head::Entity::update_many().filter(audit_head::Column::OrganizationId.eq(tx.organization_id())).set(changes);
    tx.count_statement();
    update.exec(&tx.transaction).await.map(|_| ()).map_err(from_database)
}

/// What is hashed, in this order. A field that is added later comes last and is left out where it is empty, so that older
/// hashes stay what they are.
#[derive(Serialize)]
struct Hashed<'a> {
    organization: OrganizationId,
    id: AuditEntryId,
    sequence: i64,
    member: Option<MemberId>,
    on_behalf_of: Option<MemberId>,
    system: Option<&'a str>,
    action: &'a str,
    outcome: AuditOutcome,
    request: Option<&'a str>,
    detail: &'a str,
    at: Timestamp,
    previous: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<ApiClientId>,
}

/// The hash an entry has to have: SHA-256 of all it says, the hash of the entry before included.
///
/// # Errors
/// [`Error::Internal`] where it cannot be written as JSON.
pub fn digest(entry: &audit_entry::Model) -> Result<String> {
    let hashed = Hashed {
        organization: entry.organization_id,
        id: entry.id,
        sequence: entry.sequence,
        member: entry.member_id,
        on_behalf_of: entry.on_behalf_of,
        system: entry.system.as_deref(),
        action: &entry.action,
        outcome: entry.outcome,
        request: entry.request_id.as_deref(),
        detail: &entry.detail,
        at: entry.recorded_at,
        previous: &entry.previous_hash,
        client: entry.client_id,
    };
    Ok(hex(&Sha256::digest(serde_json::to_vec(&hashed).map_err(Error::internal)?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value as an entry keeps it: nothing of what is confidential.
fn kept<E: Mutable>(column: E::Column, value: &Value) -> serde_json::Value {
    if E::confidential(column) { serde_json::Value::Null } else { told(value) }
}

/// A value as an entry tells it.
fn told(value: &Value) -> serde_json::Value {
    match value {
        Value::Uuid(Some(id)) => id.to_string().into(),
        Value::String(Some(text)) => text.clone().into(),
        Value::BigInt(Some(number)) => (*number).into(),
        Value::Int(Some(number)) => (*number).into(),
        Value::SmallInt(Some(number)) => (*number).into(),
        Value::Bool(Some(truth)) => (*truth).into(),
        Value::ChronoDate(Some(day)) => day.to_string().into(),
        _ => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::{AccountId, PersonId, ThrottleId};
    use entity::{account, person, throttle};

    use super::*;

    fn given<E: Mutable>(id: E::Id, column: E::Column, value: &str) -> Changes {
        let mut changes = Changes::default();
        changes.given::<E>(id, column, &Value::from(value));
        changes
    }

    #[test]
    fn what_a_column_is_given_is_told_as_other_changes_are() {
        let one = Uuid::from_u128(1);
        let after = |changes: Changes| match changes.changes.as_slice() {
            [AuditChange::Changed { after, .. }] => after.values().cloned().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let account = given::<account::Entity>(AccountId::from_uuid(one), account::Column::Domain, "acme.example");
        assert_eq!(account.objects, BTreeSet::from([one]));
        assert_eq!(after(account), ["acme.example"]);
        // What a person is called is not told, only that it changed.
        let person = given::<person::Entity>(PersonId::from_uuid(one), person::Column::Name, "Ada Byron");
        assert_eq!(after(person), [serde_json::Value::Null]);
        let throttle = given::<throttle::Entity>(ThrottleId::from_uuid(one), throttle::Column::Hash, "0");
        assert!(throttle.is_empty() && throttle.objects.is_empty());
    }

    #[test]
    fn denials_of_older_entries_are_read() {
        let permission = |text| match serde_json::from_str(text).unwrap() {
            AuditChange::Denied { permission, .. } => permission,
            other => panic!("{other:?}"),
        };
        let named = r#"{"change":"DENIED","permission":"BUYER_WRITE","field":"recordPerson"}"#;
        assert_eq!(permission(named).as_deref(), Some("BUYER_WRITE"));
        assert_eq!(permission(r#"{"change":"DENIED","field":"password"}"#), None);
    }
}
