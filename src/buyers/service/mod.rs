//! Use cases of accounts and people.

mod accounts;
mod facts;
mod identity;
mod people;

use std::collections::HashSet;

use entity::account;
use entity::ids::{AccountId, PersonId, TypedId};
use entity::time::Timestamp;

pub use accounts::{
    AccountFilter, NewAccount, ReviseAccount, account_by_external_id, accounts, accounts_by_id, accounts_named, draft_account,
    make_customers, record_account, record_accounts, record_accounts_in, revise_account,
};
pub use facts::{Affiliations, accounts_as_of, accounts_with_known_people};
pub use identity::{
    BuyerKind, Canonical, Duplicate, DuplicateReason, EverSame, Identified, IdentifyPerson, Identity, Merge, MergeIdentities,
    UnmergeIdentities, canonical, canonical_of, duplicates, ever_same, identify_person, identities_of, identity_pointers, merge_identities,
    merges_by_id, people_affiliated, unmerge_identities,
};
pub use people::{
    NewPerson, PersonFilter, RevisePerson, people, people_by_id, people_named, people_of, people_within, person_by_external_id,
    record_people, record_people_in, record_person, revise_person,
};

use super::store::{self, Hold};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};

/// Buyers who exist.
#[derive(Clone, Debug, Default)]
pub struct Buyers {
    /// People, those who were erased included.
    pub people: HashSet<PersonId>,
    /// Those of the people who were erased.
    pub erased: HashSet<PersonId>,
    /// Accounts.
    pub accounts: HashSet<AccountId>,
}

impl Buyers {
    /// Goes on where more may be recorded of a person.
    ///
    /// # Errors
    /// A problem with the field where there is no such person, or where they were erased.
    pub fn person(&self, id: PersonId, field: &str) -> Result<()> {
        if self.erased.contains(&id) {
            Err(is_erased(field))
        } else if self.people.contains(&id) {
            Ok(())
        } else {
            Err(Error::unknown(field))
        }
    }
}

/// Nothing more is recorded of a person who was erased.
#[must_use]
pub fn is_erased(field: &str) -> Error {
    Error::invalid(field, ProblemCode::Erased, "they were erased: nothing more is recorded of them")
}

/// Those of some people and accounts who exist. No person is erased until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn known_buyers(
    tx: &TenantTx,
    people: impl IntoIterator<Item = PersonId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Buyers> {
    let (people, erased) = store::people_held(tx, &in_order(people), Hold::Together).await?;
    Ok(Buyers { people, erased, accounts: tx.existing::<account::Entity>(accounts).await? })
}

/// The buyers that a row names, whether the caller sees them or not. The person is not erased until the transaction ends.
///
/// # Errors
/// What the database says.
pub async fn buyers_of_row(tx: &TenantTx, person: Option<PersonId>, account: Option<AccountId>) -> Result<Buyers> {
    let mut buyers = Buyers { accounts: account.into_iter().collect(), ..Buyers::default() };
    if let Some(id) = person {
        buyers.people.insert(id);
        if store::is_erased(tx, id).await? {
            buyers.erased.insert(id);
        }
    }
    Ok(buyers)
}

/// Those of some people and accounts who exist, held until the transaction ends: nobody else records their stages
/// meanwhile.
///
/// # Errors
/// What the database says.
pub async fn hold_buyers(
    tx: &TenantTx,
    people: impl IntoIterator<Item = PersonId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Buyers> {
    let (people, accounts) = (in_order(people), in_order(accounts));
    let (people, erased) = store::people_held(tx, &people, Hold::Alone).await?;
    Ok(Buyers { people, erased, accounts: store::accounts_locked(tx, &accounts).await? })
}

/// As [`hold_buyers`], and holds the accounts of something else that the call is about too, whether the caller sees them or not.
/// All in one order, so that two who hold the same never wait for each other. Of those not seen nothing is told.
///
/// # Errors
/// What the database says.
pub async fn hold_buyers_and(
    tx: &TenantTx,
    people: impl IntoIterator<Item = PersonId>,
    accounts: impl IntoIterator<Item = AccountId>,
    behind: &[AccountId],
) -> Result<Buyers> {
    if behind.is_empty() {
        return hold_buyers(tx, people, accounts).await;
    }
    let (people, erased) = store::people_held(tx, &in_order(people), Hold::Alone).await?;
    let seen = tx.existing::<account::Entity>(accounts).await?;
    keep(tx, &in_order(seen.iter().chain(behind).copied())).await?;
    Ok(Buyers { people, erased, accounts: seen })
}

/// Some people and accounts, and who else they are.
#[derive(Clone, Debug)]
pub struct Together {
    /// Those of them who exist.
    pub buyers: Buyers,
    /// Which people are the same.
    pub people: Canonical,
    /// Which accounts are the same.
    pub accounts: Canonical,
}

/// As [`hold_buyers`], and holds everybody who is said to be the same as one of them, whether the caller sees those or not: what may
/// be once for a buyer is once for all they are. Of those not seen nothing is told.
///
/// # Errors
/// [`Error::Conflict`] where somebody else said meanwhile who is whom.
pub async fn hold_together(
    tx: &TenantTx,
    people: impl IntoIterator<Item = PersonId>,
    accounts: impl IntoIterator<Item = AccountId>,
    now: Timestamp,
) -> Result<Together> {
    let (people, accounts) = (in_order(people), in_order(accounts));
    let (same_people, same_accounts) = same(tx, &people, &accounts, now).await?;
    let (other_people, other_accounts) = (same_people.others_than(&people), same_accounts.others_than(&accounts));
    store::people_kept(tx, &in_order(people.iter().chain(&other_people).copied())).await?;
    store::accounts_kept(tx, &in_order(accounts.iter().chain(&other_accounts).copied())).await?;
    let (now_people, now_accounts) = same(tx, &people, &accounts, now).await?;
    if now_people.others_than(&people) != other_people || now_accounts.others_than(&accounts) != other_accounts {
        return Err(Error::Conflict("somebody else said meanwhile who is whom; try again"));
    }
    let (known, erased) = store::people_held(tx, &people, Hold::Alone).await?;
    let buyers = Buyers { people: known, erased, accounts: tx.existing::<account::Entity>(accounts).await? };
    Ok(Together { buyers, people: now_people, accounts: now_accounts })
}

async fn same(tx: &TenantTx, people: &[PersonId], accounts: &[AccountId], now: Timestamp) -> Result<(Canonical, Canonical)> {
    let people = canonical_of(tx, BuyerKind::Person, people.iter().map(|id| id.uuid()), now).await?;
    Ok((people, canonical_of(tx, BuyerKind::Account, accounts.iter().map(|id| id.uuid()), now).await?))
}

/// Holds the account of something that the caller sees, whether they see the account too or not, until the transaction ends:
/// whoever changes what belongs to it comes one after the other.
///
/// # Errors
/// What the database says.
pub async fn hold_account(tx: &TenantTx, id: AccountId) -> Result<()> {
    keep(tx, &[id]).await
}

/// Nobody would be kept waiting by what is not there.
async fn keep(tx: &TenantTx, accounts: &[AccountId]) -> Result<()> {
    if store::accounts_kept(tx, accounts).await? == accounts.len() {
        Ok(())
    } else {
        Err(Error::broken("an account that something belongs to is there"))
    }
}

/// Those of some buyers who told us who they are: people, and accounts that have such a person.
///
/// # Errors
/// What the database says.
pub async fn identified(tx: &TenantTx, buyers: &Buyers) -> Result<(HashSet<PersonId>, HashSet<AccountId>)> {
    store::identified(tx, &in_order(buyers.people.iter().copied()), &in_order(buyers.accounts.iter().copied())).await
}

fn in_order<I: Ord>(ids: impl IntoIterator<Item = I>) -> Vec<I> {
    let mut ids: Vec<I> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What a search looks through.
fn search_key(parts: [Option<&str>; 2]) -> String {
    let mut key = String::new();
    for part in parts.into_iter().flatten() {
        if !key.is_empty() {
            // So that a search does not run from one part into the next.
            key.push('\n');
        }
        key.extend(part.chars().flat_map(char::to_lowercase));
    }
    key
}

/// A text to search for, as the search keys are written.
fn search_text(text: &str) -> String {
    search_key([Some(text), None])
}
