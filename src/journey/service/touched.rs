//! Who was touched, as the metrics want to know it.

use entity::ids::{AccountId, PersonId, TacticId};
use entity::time::Timestamp;

use crate::db::TenantTx;
use crate::error::Result;
use crate::journey::store;

/// A touch, as far as a metric wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// When.
    pub at: Timestamp,
    /// What it was part of.
    pub tactic_id: Option<TacticId>,
    /// The person.
    pub person_id: Option<PersonId>,
    /// The account it names.
    pub account_id: Option<AccountId>,
}

/// The touches of a span of time, both ends in it, that stood as of an instant, in no order; within a transaction of another
/// area.
///
/// # Errors
/// What the database says.
pub async fn touched(tx: &TenantTx, from: Timestamp, to: Timestamp, as_of: Timestamp) -> Result<Vec<Touched>> {
    store::touched(tx, from, to, as_of).await
}
