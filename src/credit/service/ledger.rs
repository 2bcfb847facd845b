//! Reading the ledger.

use std::collections::HashMap;

use entity::ids::{CloseId, CreditBatchId};
use entity::kinds::BatchKind;
use entity::time::Timestamp;
use entity::{credit_batch, credit_entry};

use crate::auth::Scope;
use crate::auth::permission::grant::CreditRead;
use crate::credit::store::{self, Of};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::input;
use crate::metrics::ledger::balances;
use crate::metrics::shares::Shares;

/// Which batches are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct BatchFilter {
    /// The close.
    pub close_id: Option<CloseId>,
    /// Opening, transfer or reversal.
    pub kind: Option<BatchKind>,
    /// Those that take effect at or after this instant.
    pub from: Option<Timestamp>,
    /// Those that take effect before this instant.
    pub to: Option<Timestamp>,
}

/// A page of batches, the latest to take effect first.
///
/// # Errors
/// A problem with `filter`.
pub async fn credit_batches(
    scope: &Scope<CreditRead>,
    filter: &BatchFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<credit_batch::Model>> {
    input::span("filter.effectiveTo", filter.from, filter.to)?;
    store::batches(&scope.read().await?, filter).listing(page, with_total).await
}

/// The batches with some ids.
///
/// # Errors
/// What the database says.
pub async fn credit_batches_by_id(scope: &Scope<CreditRead>, ids: &[CreditBatchId]) -> Result<HashMap<CreditBatchId, credit_batch::Model>> {
    let rows = scope.read().await?.get_many::<credit_batch::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The batches of some closes, each in the order of posting.
///
/// # Errors
/// What the database says.
pub async fn batches_of(scope: &Scope<CreditRead>, closes: &[CloseId]) -> Result<HashMap<CloseId, Vec<credit_batch::Model>>> {
    let mut found: HashMap<CloseId, Vec<credit_batch::Model>> = HashMap::new();
    for row in store::batches_of(&scope.read().await?, closes).await? {
        found.entry(row.close_id).or_default().push(row);
    }
    Ok(found)
}

/// The entries of some batches, in the order of the resources.
///
/// # Errors
/// What the database says.
pub async fn entries_of(scope: &Scope<CreditRead>, batches: &[CreditBatchId]) -> Result<HashMap<CreditBatchId, Vec<credit_entry::Model>>> {
    let mut found: HashMap<CreditBatchId, Vec<credit_entry::Model>> = HashMap::new();
    for row in store::entries_of(&scope.read().await?, batches).await? {
        found.entry(row.batch_id).or_default().push(row);
    }
    for entries in found.values_mut() {
        entries.sort_unstable_by_key(|entry| entry.resource.index());
    }
    Ok(found)
}

/// Who held the credit of some closes as of an instant; one that was not opened by then is left out.
///
/// # Errors
/// A problem with `asOf` where it lies before 1970 or in the future.
pub async fn balances_of(scope: &Scope<CreditRead>, closes: &[CloseId], as_of: Option<Timestamp>) -> Result<HashMap<CloseId, Shares>> {
    let as_of = input::as_of(as_of, scope.now())?;
    let postings = store::postings_of(&scope.read().await?, Of::Listed(closes), as_of).await?;
    let mut held = HashMap::with_capacity(postings.len());
    for (close, postings) in postings {
        if let Some(shares) = balances(&postings, as_of).map_err(Error::internal)? {
            held.insert(close, shares);
        }
    }
    Ok(held)
}
