//! Closes as the metrics want to know them.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::ids::{AccountId, CloseId, CloseMovementId, PersonId};
use entity::kinds::{CloseKind, ClosePath, MovementKind};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;

use crate::costs::exchange::service::{Rates, pricing};
use crate::credit::store::{self, Of};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::ledger::balances;
use crate::metrics::shares::Shares;
use crate::metrics::standing::{Standing, Status};

/// Of which closes something falls in `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct During {
    /// From this instant on.
    pub start: Timestamp,
    /// Before this one.
    pub end: Timestamp,
    /// Also of those that were won earlier, where a movement of theirs falls in it.
    pub moved: bool,
}

/// What happened to a close, as far as a metric wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its id.
    pub id: CloseMovementId,
    /// What happened.
    pub kind: MovementKind,
    /// Given back, in minor units of the close's currency.
    pub amount_minor: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// A close with what had become of it as of an instant.
#[derive(Clone, Debug)]
pub struct WonClose {
    /// Its id.
    pub id: CloseId,
    /// The customer.
    pub account_id: AccountId,
    /// The buyer whose journey it ended.
    pub person_id: Option<PersonId>,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What it was worth when recorded.
    pub amount: Money,
    /// On which path.
    pub path: ClosePath,
    /// What a new customer brings each month; nothing of more business with one.
    pub new_monthly: Money,
    /// What became of it.
    pub standing: Standing,
    /// What happened to it, in the order in which it was recorded.
    pub movements: Vec<Movement>,
    /// Who held its credit.
    pub shares: Shares,
}

impl WonClose {
    /// Its currency, and the day in UTC on which it was won, for [`pricing`].
    #[must_use]
    pub fn dated(&self) -> (CurrencyCode, NaiveDate) {
        (self.amount.currency(), self.closed_at.to_utc().date_naive())
    }
}

/// What a close stands for by now.
#[derive(Clone, Copy, Debug)]
pub struct WonAmount {
    /// What became of it.
    pub status: Status,
    /// What it is worth after what was given back, in minor units; `None` without a rate for its currency.
    pub left_minor: Option<i64>,
}

/// The closes won in `[start, end)` as they were known as of an instant, in order of time and id; within a transaction
/// of another area. Four statements for any number of closes.
///
/// # Errors
/// What the database says.
pub async fn closes_won(tx: &TenantTx, start: Timestamp, end: Timestamp, as_of: Timestamp) -> Result<Vec<WonClose>> {
    closes_during(tx, During { start, end, moved: false }, as_of).await
}

/// The closes of which something falls in a time, as they were known as of an instant, in order of time and id; within a
/// transaction of another area. Four statements for any number of closes.
///
/// # Errors
/// What the database says.
pub async fn closes_during(tx: &TenantTx, during: During, as_of: Timestamp) -> Result<Vec<WonClose>> {
    let won = store::won(tx, during, as_of).await?;
    if won.is_empty() {
        return Ok(Vec::new());
    }
    let of = Of::During(during);
    let mut movements: HashMap<CloseId, Vec<Movement>> = HashMap::new();
    store::movements_of(tx, of, as_of, |close, movement| movements.entry(close).or_default().push(movement)).await?;
    let postings = store::postings_of(tx, of, as_of).await?;
    let closes = won.into_iter().map(|close| {
        let postings = postings.get(&close.id).map(Vec::as_slice).unwrap_or_default();
        let shares = balances(postings, as_of).map_err(Error::internal)?;
        let movements = movements.remove(&close.id).unwrap_or_default();
        let mut standing = Standing::default();
        movements.iter().for_each(|movement| standing.add(movement.kind, movement.amount_minor));
        let new_monthly = match close.kind {
            CloseKind::New => close.recurring_minor.unwrap_or_default(),
            CloseKind::Expansion => 0,
        };
        Ok(WonClose {
            id: close.id,
            account_id: close.account_id,
            person_id: close.person_id,
            closed_at: close.closed_at,
            amount: close.amount,
            path: close.path,
            new_monthly: Money::from_minor(new_monthly, close.amount.currency()),
            standing,
            movements,
            // The opening takes effect when the close is won, and is recorded with it.
            shares: shares.ok_or(Error::broken("a close has its opening"))?,
        })
    });
    closes.collect()
}

/// What every close is worth in a currency, and what became of it, as known as of an instant; within a transaction of another
/// area.
///
/// # Errors
/// What the database says.
pub async fn amounts_won(tx: &TenantTx, currency: CurrencyCode, as_of: Timestamp) -> Result<HashMap<CloseId, WonAmount>> {
    let ever = During { start: Timestamp::EPOCH, end: Timestamp::MAX, moved: false };
    let standings = standings(tx, Of::During(ever), as_of).await?;
    let standing = |close: CloseId| standings.get(&close).copied().unwrap_or_default();
    let won = store::won(tx, ever, as_of).await?;
    let dated = won.iter().map(|close| (close.amount.currency(), close.closed_at.to_utc().date_naive()));
    let pricing = pricing(tx, currency, Rates::OwnDate, dated, as_of).await?;
    let amounts = won.into_iter().map(|close| {
        let standing = standing(close.id);
        let left_minor = pricing.close(close.id, close.amount, standing).map(|worth| worth.left_minor);
        (close.id, WonAmount { status: standing.status(close.amount.amount_minor()), left_minor })
    });
    Ok(amounts.collect())
}

/// The accounts that bought by an instant, as it was known then, whatever became of it; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn customers(tx: &TenantTx, as_of: Timestamp) -> Result<HashSet<AccountId>> {
    store::customers(tx, as_of).await
}

/// Whether a close stands voided, by all that is known; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn is_voided(tx: &TenantTx, close: CloseId) -> Result<bool> {
    let standings = standings(tx, Of::Any(&[close]), Timestamp::MAX).await?;
    Ok(standings.get(&close).is_some_and(|standing| standing.voided))
}

/// What became of closes by an instant; a close without movements is left out.
pub(super) async fn standings(tx: &TenantTx, of: Of<'_>, as_of: Timestamp) -> Result<HashMap<CloseId, Standing>> {
    let mut standings: HashMap<CloseId, Standing> = HashMap::new();
    store::movements_of(tx, of, as_of, |close, movement| {
        standings.entry(close).or_default().add(movement.kind, movement.amount_minor);
    })
    .await?;
    Ok(standings)
}
