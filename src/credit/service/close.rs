//! Finding closes.

use std::collections::{HashMap, HashSet};

use entity::close;
use entity::ids::{AccountId, CloseId, OpportunityId, TypedId};
use entity::kinds::{CloseKind, ClosePath};
use entity::time::Timestamp;
use uuid::Uuid;

use super::facts::standings;
use crate::auth::Scope;
use crate::auth::permission::grant::CloseRead;
use crate::credit::store::{self, Of};
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::Result;
use crate::input;
use crate::metrics::standing::Standing;

/// Which closes are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct CloseFilter {
    /// How the buyer came to the close.
    pub path: Option<ClosePath>,
    /// Whether they gained a customer, or are more business with one.
    pub kind: Option<CloseKind>,
    /// The customer.
    pub account_id: Option<AccountId>,
    /// Those won at or after this instant.
    pub from: Option<Timestamp>,
    /// Those won before this instant.
    pub to: Option<Timestamp>,
    /// The system that named them.
    pub source: Option<String>,
}

/// The closes whose credit the caller sees, within a transaction of another area; `None` where they see all.
///
/// # Errors
/// What the database says.
pub async fn closes_seen(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    store::closes_seen(tx).await
}

/// The closes the caller may read, within a transaction of another area; `None` where they may read all.
///
/// # Errors
/// What the database says.
pub async fn closes_readable(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    store::closes_readable(tx).await
}

/// The closes the caller may read and whose credit they see, within a transaction of another area; `None` where that is all.
///
/// # Errors
/// What the database says.
pub async fn closes_seen_and_readable(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    Ok(match (store::closes_seen(tx).await?, store::closes_readable(tx).await?) {
        (Some(seen), Some(readable)) => Some(seen.intersection(&readable).copied().collect()),
        (seen, readable) => seen.or(readable),
    })
}

/// A page of what is told of closes, of those the caller may read, in the order in which they were won.
pub(super) async fn page_of_readable<'a, T: Clone + Sync + 'a>(
    scope: &Scope<CloseRead>,
    told: impl Iterator<Item = &'a T>,
    close: impl Fn(&T) -> (CloseId, Timestamp),
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<T>> {
    let readable = store::closes_readable(&scope.read().await?).await?;
    let found: Vec<T> =
        told.filter(|row| readable.as_ref().is_none_or(|readable| readable.contains(&close(row).0.uuid()))).cloned().collect();
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    let cursor = |row: &T| {
        let (id, closed_at) = close(row);
        Cursor { key: closed_at.micros(), id: id.uuid() }
    };
    Ok(Listing { page: page.of_rising(&found, cursor), total })
}

/// A page of closes, latest first.
///
/// # Errors
/// A problem with `filter`.
pub async fn closes(
    scope: &Scope<CloseRead>,
    mut filter: CloseFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<close::Model>> {
    input::span("filter.occurredTo", filter.from, filter.to)?;
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    store::closes(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The closes with some ids.
///
/// # Errors
/// What the database says.
pub async fn closes_by_id(scope: &Scope<CloseRead>, ids: &[CloseId]) -> Result<HashMap<CloseId, close::Model>> {
    let rows = scope.read().await?.get_many::<close::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The newest close of each of some opportunities.
///
/// # Errors
/// What the database says.
pub async fn closes_of_opportunities(scope: &Scope<CloseRead>, ids: &[OpportunityId]) -> Result<HashMap<OpportunityId, close::Model>> {
    // In the order in which they were won, so that the last one stays.
    let rows = store::closes_of_opportunities(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.opportunity_id?, row))).collect())
}

/// What became of some closes until now; one nothing happened to is left out.
///
/// # Errors
/// What the database says.
pub async fn standings_by_close(scope: &Scope<CloseRead>, ids: &[CloseId]) -> Result<HashMap<CloseId, Standing>> {
    standings(&scope.read().await?, Of::Listed(ids), scope.now()).await
}
