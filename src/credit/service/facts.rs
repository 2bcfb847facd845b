//! Closes as the metrics want to know them.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, CloseId, PersonId};
use entity::kinds::ClosePath;
use entity::money::Money;
use entity::time::Timestamp;

use crate::credit::store::{self, Of};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::ledger::balances;
use crate::metrics::shares::Shares;
use crate::metrics::standing::Standing;

/// A close with what had become of it as of an instant.
#[derive(Clone, Copy, Debug)]
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
    /// What became of it.
    pub standing: Standing,
    /// Who held its credit.
    pub shares: Shares,
}

/// The closes won in `[start, end)` as they were known as of an instant, in order of time and id; within a transaction
/// of another area. Four statements for any number of closes.
///
/// # Errors
/// What the database says.
pub async fn closes_won(tx: &TenantTx, start: Timestamp, end: Timestamp, as_of: Timestamp) -> Result<Vec<WonClose>> {
    let won = store::won(tx, start, end, as_of).await?;
    if won.is_empty() {
        return Ok(Vec::new());
    }
    let of = Of::Won(start, end);
    let standings = standings(tx, of, as_of).await?;
    let postings = store::postings_of(tx, of, as_of).await?;
    let closes = won.into_iter().map(|close| {
        let postings = postings.get(&close.id).map(Vec::as_slice).unwrap_or_default();
        let shares = balances(postings, as_of).map_err(Error::internal)?;
        Ok(WonClose {
            id: close.id,
            account_id: close.account_id,
            person_id: close.person_id,
            closed_at: close.closed_at,
            amount: close.amount,
            path: close.path,
            standing: standings.get(&close.id).copied().unwrap_or_default(),
            // The opening takes effect when the close is won, and is recorded with it.
            shares: shares.ok_or(Error::broken("a close has its opening"))?,
        })
    });
    closes.collect()
}

/// What every close was worth when it was recorded, and what became of it, as known as of an instant; within a transaction of
/// another area.
///
/// # Errors
/// What the database says.
pub async fn amounts_won(tx: &TenantTx, as_of: Timestamp) -> Result<HashMap<CloseId, (Money, Standing)>> {
    let (start, end) = (Timestamp::EPOCH, Timestamp::MAX);
    let standings = standings(tx, Of::Won(start, end), as_of).await?;
    let standing = |close: CloseId| standings.get(&close).copied().unwrap_or_default();
    let won = store::won(tx, start, end, as_of).await?;
    Ok(won.into_iter().map(|close| (close.id, (close.amount, standing(close.id)))).collect())
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
    store::movements_of(tx, of, as_of, |close, kind, amount_minor| standings.entry(close).or_default().add(kind, amount_minor)).await?;
    Ok(standings)
}
