//! The meter of one request: who pays for it, what it asked for, and what came of that.
//!
//! A transport makes one and puts it into the request's data; the [extension](super::extension) charges it once the cost of the
//! document is known and before anything is executed; the transport reads the [`Reading`] for its headers.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, ServerError, Value};
use entity::ids::OrganizationId;

use super::code::ErrorCode;
use crate::budget::{Budgets, Payer, Receipt, WINDOW_SECONDS};

/// What was asked for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Points the document costs.
    pub cost: u32,
    /// What was paid.
    pub receipt: Receipt,
}

/// Counts what one request costs. Clones are the same meter.
#[derive(Clone, Debug)]
pub struct Meter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    budgets: Arc<Budgets>,
    stranger: Payer,
    known: OnceLock<[Payer; 2]>,
    reading: OnceLock<Reading>,
}

impl Meter {
    /// For a request from an address, which pays until [`paid_by`](Self::paid_by) says who does.
    #[must_use]
    pub fn new(budgets: &Arc<Budgets>, address: IpAddr) -> Self {
        let (known, reading) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { budgets: Arc::clone(budgets), stranger: Payer::address(address), known, reading }))
    }

    /// The caller is known.
    pub fn paid_by(&self, caller: Payer, organization: OrganizationId) {
        // the first to say so is right: a request has one caller
        let _ = self.0.known.set([caller, Payer::Organization(organization)]);
    }

    fn payers(&self) -> &[Payer] {
        self.0.known.get().map_or(std::slice::from_ref(&self.0.stranger), <[Payer; 2]>::as_slice)
    }

    /// Who pays before all others: the caller, or the address while they are not known.
    #[must_use]
    pub fn payer(&self) -> Payer {
        self.payers().first().copied().unwrap_or(self.0.stranger)
    }

    /// Points of the smallest full bucket: more could never be paid.
    #[must_use]
    pub fn ceiling(&self) -> u32 {
        self.payers().iter().filter_map(|&payer| self.0.budgets.maximum(payer)).min().unwrap_or(u32::MAX)
    }

    /// Takes `points` for a request whose document costs `cost`. Only the first charge counts.
    ///
    /// # Errors
    /// An error with [`ErrorCode::RateLimited`] if the payers cannot afford it; then nothing was taken.
    pub fn charge(&self, cost: u32, points: u32) -> Result<(), ServerError> {
        let reading = self.0.reading.get_or_init(|| Reading { cost, receipt: self.0.budgets.spend(self.payers(), points) });
        match (reading.receipt.wait, reading.receipt.tightest()) {
            (Some(_), Some(tightest)) => {
                let (limit, maximum) = (tightest.payer.policy(), tightest.maximum);
                let message = format!("the budget is spent: {points} points wanted, {} of {maximum} a minute left", tightest.remaining);
                Err(ErrorCode::RateLimited.over_limit(message, limit, Some(points), maximum))
            }
            _ => Ok(()),
        }
    }

    /// What came of the charge; `None` if there was none.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        self.0.reading.get()
    }
}

impl Reading {
    /// The entry `cost` of an answer's `extensions`. What is not limited is null.
    #[must_use]
    pub fn extension(&self) -> Value {
        let tightest = self.receipt.tightest();
        let points = |points: Option<u32>| points.map_or(Value::Null, Value::from);
        Value::Object(IndexMap::from([
            (Name::new("requestedQueryCost"), Value::from(self.cost)),
            (Name::new("maximumAvailable"), points(tightest.map(|balance| balance.maximum))),
            (Name::new("currentlyAvailable"), points(tightest.map(|balance| balance.remaining))),
            // points a second
            (Name::new("restoreRate"), points(tightest.map(|balance| balance.maximum / WINDOW_SECONDS))),
        ]))
    }
}
