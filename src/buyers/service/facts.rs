//! Accounts and who buys for them, as the metrics want to know them; within a transaction of another area.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, PersonId};
use entity::time::Timestamp;

use crate::buyers::store;
use crate::db::TenantTx;
use crate::error::Result;

/// The accounts that were recorded by an instant, in the order of their ids, seen by the caller or not.
///
/// # Errors
/// What the database says.
pub async fn accounts_as_of(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<AccountId>> {
    store::accounts_as_of(tx, as_of).await
}

/// For whom everybody buys today.
///
/// # Errors
/// What the database says.
pub async fn account_by_person(tx: &TenantTx) -> Result<HashMap<PersonId, AccountId>> {
    store::account_by_person(tx).await
}

/// The accounts for which somebody buys who was recorded and known by an instant.
///
/// # Errors
/// What the database says.
pub async fn accounts_with_known_people(tx: &TenantTx, as_of: Timestamp) -> Result<HashSet<AccountId>> {
    store::accounts_with_known_people(tx, as_of).await
}
