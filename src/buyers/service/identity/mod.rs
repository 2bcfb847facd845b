//! Who is whom, as of an instant. See [`crate::metrics::identity`] for the rules.

mod identify;
mod merge;
mod suggest;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use entity::ids::{AccountId, PersonId, TypedId};
use entity::time::Timestamp;
use uuid::Uuid;

pub use identify::{Identified, IdentifyPerson, identify_person};
pub use merge::{Merge, MergeIdentities, UnmergeIdentities, identity_pointers, merge_identities, merges_by_id, unmerge_identities};
pub use suggest::{Duplicate, DuplicateReason, duplicates};

use crate::auth::Scope;
use crate::auth::permission::grant::BuyerRead;
use crate::buyers::store::{self, Ever, Held};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::identity::{Identities, Pointer};

/// What a buyer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuyerKind {
    /// A person.
    Person,
    /// A company.
    Account,
}

/// A buyer, by whatever id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Identity {
    /// A person.
    Person(PersonId),
    /// An account.
    Account(AccountId),
}

impl Identity {
    /// What it is.
    #[must_use]
    pub const fn kind(self) -> BuyerKind {
        match self {
            Self::Person(_) => BuyerKind::Person,
            Self::Account(_) => BuyerKind::Account,
        }
    }

    /// Its bare id.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Person(id) => id.uuid(),
            Self::Account(id) => id.uuid(),
        }
    }
}

/// Everybody who is joined with somebody, by who they are. Whoever is not among them is themselves.
#[derive(Clone, Debug, Default)]
pub struct Canonical {
    of: HashMap<Uuid, Uuid>,
    groups: HashMap<Uuid, Vec<Uuid>>,
}

impl Canonical {
    fn new(held: &[Held], as_of: Timestamp) -> Result<Self> {
        // Ids rise with the time they were made at, so the oldest has the lowest number.
        let mut ids: Vec<Uuid> = held.iter().flat_map(|pointer| [pointer.from, pointer.to]).collect();
        ids.sort_unstable();
        ids.dedup();
        let number = |id: &Uuid| ids.binary_search(id).ok().and_then(|index| u32::try_from(index).ok());
        let pointer =
            |held: &Held| Some(Pointer { from: number(&held.from)?, to: number(&held.to)?, begins_at: held.since, ends_at: None });
        let pointers: Vec<Pointer> = held.iter().filter_map(pointer).collect();
        let count = u32::try_from(ids.len()).map_err(Error::internal)?;
        let identities = Identities::at(count, &pointers, as_of).map_err(Error::internal)?;
        let mut canonical = Self::default();
        for (id, number) in ids.iter().zip(0..) {
            let name = ids.get(identities.of(number) as usize).copied().unwrap_or(*id);
            canonical.of.insert(*id, name);
            canonical.groups.entry(name).or_default().push(*id);
        }
        Ok(canonical)
    }

    /// Who somebody is.
    #[must_use]
    pub fn of<I: TypedId>(&self, id: I) -> I {
        I::from_uuid(self.uuid(id.uuid()))
    }

    /// Who somebody is, by their bare id.
    #[must_use]
    pub fn uuid(&self, id: Uuid) -> Uuid {
        self.of.get(&id).copied().unwrap_or(id)
    }

    /// Everybody who is joined with somebody, by their bare ids.
    pub fn joined(&self) -> impl Iterator<Item = Uuid> {
        self.of.keys().copied()
    }

    /// Everybody who is the same as somebody, themselves included, oldest first.
    #[must_use]
    pub fn all_of<I: TypedId>(&self, id: I) -> Vec<I> {
        match self.groups.get(&self.uuid(id.uuid())) {
            Some(group) => group.iter().copied().map(I::from_uuid).collect(),
            None => vec![id],
        }
    }

    /// Whether nobody is anybody else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Everybody who is the same as one of some and not among them, in the order of their ids.
    #[must_use]
    pub fn others_than<I: TypedId + Ord + Hash>(&self, ids: &[I]) -> Vec<I> {
        let known: HashSet<I> = ids.iter().copied().collect();
        let joined = ids.iter().copied().filter(|id| self.of.contains_key(&id.uuid()));
        let mut others: Vec<I> = joined.flat_map(|id| self.all_of(id)).filter(|id| !known.contains(id)).collect();
        others.sort_unstable();
        others.dedup();
        others
    }
}

/// Who everybody of a kind was at an instant, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn canonical(tx: &TenantTx, kind: BuyerKind, as_of: Timestamp) -> Result<Canonical> {
    Canonical::new(&store::pointers(tx, kind, as_of).await?, as_of)
}

/// Who some buyers of a kind were at an instant, and who else they were, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn canonical_of(tx: &TenantTx, kind: BuyerKind, ids: impl IntoIterator<Item = Uuid>, as_of: Timestamp) -> Result<Canonical> {
    Canonical::new(&joined(tx, kind, ids.into_iter().collect(), as_of).await?, as_of)
}

/// The pointers that join some buyers with others, however far off.
async fn joined(tx: &TenantTx, kind: BuyerKind, mut frontier: Vec<Uuid>, as_of: Timestamp) -> Result<Vec<Held>> {
    let mut known: HashMap<(Uuid, Uuid), Held> = HashMap::new();
    let mut reached: HashSet<Uuid> = frontier.iter().copied().collect();
    while !frontier.is_empty() {
        let found = store::pointers_about(tx, kind, &frontier, as_of).await?;
        frontier = found.iter().flat_map(|held| [held.from, held.to]).filter(|id| reached.insert(*id)).collect();
        known.extend(found.into_iter().map(|held| ((held.from, held.to), held)));
    }
    Ok(known.into_values().collect())
}

/// Everybody of a kind who was said to be the same as somebody at any time until an instant.
#[derive(Clone, Debug, Default)]
pub struct EverSame {
    of: HashMap<Uuid, usize>,
    groups: Vec<(Vec<Uuid>, Vec<Ever>)>,
}

impl EverSame {
    fn new(ever: Vec<Ever>) -> Result<Self> {
        let held: Vec<Held> = ever.iter().map(|it| Held { from: it.from, to: it.to, since: it.since }).collect();
        let joined = Canonical::new(&held, ever.iter().map(|it| it.since).max().unwrap_or(Timestamp::EPOCH))?;
        let mut same = Self::default();
        for members in joined.groups.into_values() {
            let place = same.groups.len();
            same.of.extend(members.iter().map(|id| (*id, place)));
            same.groups.push((members, Vec::new()));
        }
        for it in ever {
            if let Some((_, pointers)) = same.of.get(&it.from).and_then(|place| same.groups.get_mut(*place)) {
                pointers.push(it);
            }
        }
        Ok(same)
    }

    /// Everybody who was ever said to be the same as somebody, themselves included, in the order of their ids.
    #[must_use]
    pub fn group(&self, id: Uuid) -> Vec<Uuid> {
        self.of.get(&id).and_then(|place| self.groups.get(*place)).map_or_else(|| vec![id], |(members, _)| members.clone())
    }

    /// What was said of the members of a group, by their place in it.
    #[must_use]
    pub fn pointers(&self, group: &[Uuid]) -> Vec<Pointer> {
        let said = group.first().and_then(|id| self.groups.get(*self.of.get(id)?));
        let number = |id: &Uuid| group.binary_search(id).ok().and_then(|place| u32::try_from(place).ok());
        let pointer = |it: &Ever| Some(Pointer { from: number(&it.from)?, to: number(&it.to)?, begins_at: it.since, ends_at: it.until });
        said.map(|(_, pointers)| pointers.iter().filter_map(pointer).collect()).unwrap_or_default()
    }
}

/// Who was ever said to be the same until an instant, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn ever_same(tx: &TenantTx, kind: BuyerKind, as_of: Timestamp) -> Result<EverSame> {
    EverSame::new(store::pointers_ever(tx, kind, as_of).await?)
}

/// Who some buyers of a kind are now, and who else they are.
///
/// # Errors
/// What the database says.
pub async fn identities_of(scope: &Scope<BuyerRead>, kind: BuyerKind, ids: &[Uuid]) -> Result<Canonical> {
    canonical_of(&scope.read().await?, kind, ids.iter().copied(), scope.now()).await
}

/// Who bought for one of some companies at an instant, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn people_affiliated(tx: &TenantTx, accounts: &[AccountId], as_of: Timestamp) -> Result<Vec<PersonId>> {
    let ever = store::people_ever_of(tx, accounts, as_of).await?;
    let now = store::affiliations(tx, Some(&ever), as_of).await?;
    Ok(ever.into_iter().filter(|person| now.get(person).is_some_and(|account| accounts.contains(account))).collect())
}
