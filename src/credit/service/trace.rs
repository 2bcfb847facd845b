//! Everything that was ever known of the time before a close, and of whom.

use std::collections::HashMap;

use entity::ids::TypedId;
use uuid::Uuid;

use crate::buyers::service::EverSame;
use crate::credit::store::{Recorded, VersionRow};
use crate::error::{Error, Result};
use crate::metrics::identity::Pointer;
use crate::metrics::late_evidence::{TouchVersion, Trail};

/// Some buyers and whoever was ever said to be the same.
pub(super) fn everybody<I: TypedId + Ord>(ids: impl Iterator<Item = I>, same: &EverSame) -> Vec<I> {
    let mut all: Vec<I> = ids.flat_map(|id| same.group(id.uuid())).map(I::from_uuid).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The rows of touches by whose they are.
pub(super) struct Touched<'a> {
    by_person: HashMap<Uuid, Vec<&'a VersionRow>>,
    by_account: HashMap<Uuid, Vec<&'a VersionRow>>,
    people: &'a EverSame,
    accounts: &'a EverSame,
}

/// What was ever known of one close. People and accounts are numbered by their place among those who were ever the same.
pub(super) struct Trace<'a> {
    /// The rows of its touches, in the order of their ids.
    pub(super) rows: Vec<&'a VersionRow>,
    touches: Vec<TouchVersion>,
    pub(super) people: Vec<Uuid>,
    pub(super) accounts: Vec<Uuid>,
    of_people: Vec<Pointer>,
    of_accounts: Vec<Pointer>,
    person: Option<u32>,
    account: u32,
}

/// The number of somebody among those who are ever the same.
pub(super) fn number(ids: &[Uuid], id: Uuid) -> Option<u32> {
    ids.binary_search(&id).ok().and_then(|index| u32::try_from(index).ok())
}

impl<'a> Touched<'a> {
    pub(super) fn new(rows: &'a [VersionRow], people: &'a EverSame, accounts: &'a EverSame) -> Self {
        let mut touched = Self { by_person: HashMap::new(), by_account: HashMap::new(), people, accounts };
        for row in rows {
            if let Some(person) = row.person {
                touched.by_person.entry(person.uuid()).or_default().push(row);
            }
            if let Some(account) = row.account {
                touched.by_account.entry(account.uuid()).or_default().push(row);
            }
        }
        touched
    }

    /// What was ever known of a close.
    pub(super) fn trace(&self, close: &Recorded) -> Result<Trace<'a>> {
        let people = close.person.map(|person| self.people.group(person.uuid())).unwrap_or_default();
        let accounts = self.accounts.group(close.account.uuid());
        let of = |rows: &HashMap<Uuid, Vec<&'a VersionRow>>, ids: &[Uuid]| -> Vec<&'a VersionRow> {
            ids.iter().filter_map(|id| rows.get(id)).flatten().copied().collect()
        };
        let mut rows = of(&self.by_person, &people);
        rows.extend(of(&self.by_account, &accounts));
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        let numbered = |row: &&VersionRow| TouchVersion {
            person: row.person.and_then(|id| number(&people, id.uuid())),
            account: row.account.and_then(|id| number(&accounts, id.uuid())),
            ..row.version
        };
        Ok(Trace {
            touches: rows.iter().map(numbered).collect(),
            of_people: self.people.pointers(&people),
            of_accounts: self.accounts.pointers(&accounts),
            person: close.person.and_then(|id| number(&people, id.uuid())),
            account: number(&accounts, close.account.uuid()).ok_or(Error::broken("an account is of its own group"))?,
            rows,
            people,
            accounts,
        })
    }
}

impl Trace<'_> {
    /// The same, for the metrics.
    pub(super) fn trail(&self) -> Trail<'_> {
        let count = |ids: &[Uuid]| u32::try_from(ids.len()).unwrap_or(u32::MAX);
        Trail {
            touches: &self.touches,
            people: (count(&self.people), &self.of_people),
            accounts: (count(&self.accounts), &self.of_accounts),
            person: self.person,
            account: self.account,
        }
    }
}
