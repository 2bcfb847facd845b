//! On what terms business was won, and the voided close it may take the place of.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::close;
use entity::ids::{AccountId, CloseId};
use entity::kinds::CloseKind;
use entity::money::Money;
use entity::time::Timestamp;
use serde::Serialize;

use super::facts::standings;
use crate::credit::store::{self, Of};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedMoney;
use crate::metrics::ledger::balances;
use crate::metrics::shares::Shares;

/// On what terms business was won.
#[derive(Clone, Debug, Serialize)]
pub struct Terms {
    /// Whether it gained a customer, or is more business with one.
    pub kind: CloseKind,
    /// What it brings each month.
    pub recurring_monthly: Option<WantedMoney>,
    /// The voided close it takes the place of. One that wins an opportunity again takes the place of what won it before.
    pub reopens_id: Option<CloseId>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { kind: CloseKind::New, recurring_monthly: None, reopens_id: None }
    }
}

impl Terms {
    /// Whether nothing is said of them.
    pub(super) fn are_ordinary(&self) -> bool {
        matches!(self, Self { kind: CloseKind::New, recurring_monthly: None, reopens_id: None })
    }

    /// What it brings each month, in minor units of the currency of its amount.
    pub(super) fn recurring_minor(&self, amount: Option<Money>) -> Result<Option<i64>> {
        let Some(monthly) = &self.recurring_monthly else { return Ok(None) };
        let monthly = monthly.check("recurringMonthly")?;
        if let Some(amount) = amount.filter(|amount| amount.currency() != monthly.currency()) {
            let message = format!("the close is in {}", amount.currency());
            return Err(Error::invalid("recurringMonthly.currency", ProblemCode::Invalid, message));
        }
        match monthly.amount_minor() {
            0 => Err(Error::invalid("recurringMonthly.amount", ProblemCode::InvalidAmount, "leave it out where nothing comes again")),
            minor => Ok(Some(minor)),
        }
    }
}

/// Closes that new ones may take the place of.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    closes: HashMap<CloseId, EarlierClose>,
    /// Those another close took the place of.
    reopened: HashSet<CloseId>,
}

/// One of them.
#[derive(Debug)]
struct EarlierClose {
    row: close::Model,
    voided: bool,
    shares: Shares,
}

impl Earlier {
    /// Finds closes. The caller holds their accounts, so that nothing becomes of them meanwhile.
    ///
    /// # Errors
    /// [`Error::Conflict`] where one is of an account that is not held: it was won since these were chosen.
    pub(super) async fn load(tx: &TenantTx, ids: impl Iterator<Item = CloseId>, held: &[AccountId]) -> Result<Self> {
        let ids: Vec<CloseId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let standings = standings(tx, Of::Any(&ids), Timestamp::MAX).await?;
        let postings = store::postings_of(tx, Of::Any(&ids), Timestamp::MAX).await?;
        let mut closes = HashMap::with_capacity(ids.len());
        for row in tx.get_many::<close::Entity>(ids.iter().copied()).await? {
            if !held.contains(&row.account_id) {
                return Err(Error::Conflict("another change came first; try again"));
            }
            let postings = postings.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let shares = balances(postings, Timestamp::MAX).map_err(Error::internal)?.ok_or(Error::broken("a close has its opening"))?;
            let voided = standings.get(&row.id).is_some_and(|standing| standing.voided);
            closes.insert(row.id, EarlierClose { row, voided, shares });
        }
        Ok(Self { closes, reopened: store::reopened(tx, &ids).await? })
    }

    /// Goes on where a close may take the place of another one at a moment, and says who holds the credit of that.
    ///
    /// # Errors
    /// A problem with the field; `CLOSE_STATE` where it stands, or another one took its place.
    pub(super) fn shares(
        &self,
        id: CloseId,
        at: Timestamp,
        is_same: impl FnOnce(AccountId) -> bool,
        (field, at_field): (&str, &str),
    ) -> Result<(Timestamp, Shares)> {
        let earlier = self.closes.get(&id).ok_or_else(|| Error::unknown(field))?;
        if !is_same(earlier.row.account_id) {
            return Err(Error::invalid(field, ProblemCode::Invalid, "it is a close with another account"));
        }
        if !earlier.voided {
            return Err(Error::invalid(field, ProblemCode::CloseState, "it stands: it has to be voided first"));
        }
        if self.reopened.contains(&id) {
            return Err(Error::invalid(field, ProblemCode::CloseState, "another close took its place"));
        }
        if at < earlier.row.closed_at {
            let message = format!("must not lie before {}, when what it takes the place of was won", earlier.row.closed_at);
            return Err(Error::invalid(at_field, ProblemCode::OutOfOrder, message));
        }
        Ok((earlier.row.closed_at, earlier.shares))
    }

    /// Notes that a close takes the place of another one.
    pub(super) fn reopen(&mut self, id: CloseId) {
        self.reopened.insert(id);
    }

    /// Whether a close may still be taken the place of.
    pub(super) fn waits(&self, id: CloseId) -> bool {
        self.closes.get(&id).is_some_and(|earlier| earlier.voided) && !self.reopened.contains(&id)
    }
}
