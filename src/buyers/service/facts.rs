//! Accounts and who buys for them, as the metrics want to know them; within a transaction of another area.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, PersonId};
use entity::time::Timestamp;

use super::identity::{BuyerKind, Canonical, canonical};
use crate::buyers::store;
use crate::db::TenantTx;
use crate::error::Result;

/// Which accounts there were at an instant, and who bought for them: whoever was said to be the same by then is one.
#[derive(Clone, Debug, Default)]
pub struct Affiliations {
    accounts: Canonical,
    people: Canonical,
    of_person: HashMap<PersonId, AccountId>,
}

impl Affiliations {
    /// Loads what was recorded until an instant.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load(tx: &TenantTx, as_of: Timestamp) -> Result<Self> {
        Ok(Self {
            accounts: canonical(tx, BuyerKind::Account, as_of).await?,
            people: canonical(tx, BuyerKind::Person, as_of).await?,
            of_person: store::affiliations(tx, None, as_of).await?,
        })
    }

    /// Which accounts were the same.
    #[must_use]
    pub const fn accounts(&self) -> &Canonical {
        &self.accounts
    }

    /// Which account an account was.
    #[must_use]
    pub fn account(&self, id: AccountId) -> AccountId {
        self.accounts.of(id)
    }

    /// For whom somebody bought: they themselves, or else whoever was the same.
    #[must_use]
    pub fn buying_for(&self, person: PersonId) -> Option<AccountId> {
        let own = self.of_person.get(&person).copied();
        let of_the_same = || self.people.all_of(person).iter().find_map(|same| self.of_person.get(same).copied());
        own.or_else(of_the_same).map(|account| self.account(account))
    }

    /// The account behind a row that names an account, a person, or both.
    #[must_use]
    pub fn behind(&self, account: Option<AccountId>, person: Option<PersonId>) -> Option<AccountId> {
        account.map(|account| self.account(account)).or_else(|| self.buying_for(person?))
    }
}

/// The accounts that were recorded by an instant, in the order of their ids, seen by the caller or not; those that were the
/// same once.
///
/// # Errors
/// What the database says.
pub async fn accounts_as_of(tx: &TenantTx, same: &Canonical, as_of: Timestamp) -> Result<Vec<AccountId>> {
    let mut accounts = store::accounts_as_of(tx, as_of).await?;
    accounts.retain(|account| same.of(*account) == *account);
    Ok(accounts)
}

/// The accounts for which somebody bought who was known by an instant.
///
/// # Errors
/// What the database says.
pub async fn accounts_with_known_people(tx: &TenantTx, affiliations: &Affiliations, as_of: Timestamp) -> Result<HashSet<AccountId>> {
    let known = store::people_known(tx, as_of).await?;
    Ok(known.into_iter().filter_map(|person| affiliations.buying_for(person)).collect())
}
