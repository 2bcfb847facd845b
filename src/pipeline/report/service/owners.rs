//! Who looked after the opportunities of accounts, as other metrics want to know it.

use entity::ids::{AccountId, MemberId};
use entity::time::Timestamp;

use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::dimension::{Dimension, Value};
use crate::pipeline::report::store;

/// An opportunity that somebody looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Who might have bought.
    pub account: AccountId,
    /// When it began.
    pub opened_at: Timestamp,
    /// Who looked after it.
    pub owner: MemberId,
}

/// The opportunities that had an owner by the version they had at an instant, in the order in which they began; within a
/// transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn owned(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<Owned>> {
    let owners = store::values(tx, Dimension::Owner, as_of).await?;
    let known = store::opportunities(tx, as_of).await?;
    let owned = known.into_iter().filter_map(|known| match owners.get(&known.id) {
        Some(Value::Owner(owner)) => Some(Owned { account: known.account, opened_at: known.opened_at, owner: *owner }),
        _ => None,
    });
    Ok(owned.collect())
}
