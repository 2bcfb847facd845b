//! Who was touched, as the metrics want to know it.

use std::collections::HashMap;

use entity::ids::{AccountId, ContentId, PersonId, TacticId, TeamId, TouchId};
use entity::kinds::{BlockerKind, Channel};
use entity::time::Timestamp;

use super::contents::by_content;
use crate::db::TenantTx;
use crate::error::Result;
use crate::journey::store;
use crate::metrics::dimension::{Dimension, Value};
use crate::metrics::period::Period;

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

/// A touch with what it was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engaged {
    /// Its id.
    pub id: TouchId,
    /// When.
    pub at: Timestamp,
    /// The person.
    pub person_id: Option<PersonId>,
    /// The account it names.
    pub account_id: Option<AccountId>,
    /// Where it happened.
    pub channel: Channel,
    /// What it was part of.
    pub tactic_id: Option<TacticId>,
    /// What it used.
    pub content_id: Option<ContentId>,
}

/// The touches of some days that stood as of an instant, in the order of their time; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn engaged(tx: &TenantTx, days: &Period, as_of: Timestamp) -> Result<Vec<Engaged>> {
    store::engaged(tx, days.start(), days.end(), as_of).await
}

/// The kinds of blockers that content covered as of an instant, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn blockers_covered(tx: &TenantTx, as_of: Timestamp) -> Result<HashMap<ContentId, Vec<BlockerKind>>> {
    let covered = by_content(&store::coverage_rows_at(tx, as_of).await?);
    Ok(covered.into_iter().map(|(id, coverage)| (id, coverage.blockers.into_iter().collect())).collect())
}

/// Which touches are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchedWho {
    /// Those that name a person.
    People,
    /// Those that name an account.
    Accounts,
    /// All of them.
    Anybody,
}

/// A touch that has a value of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchValue {
    /// When.
    pub at: Timestamp,
    /// The person.
    pub person_id: Option<PersonId>,
    /// The account it names.
    pub account_id: Option<AccountId>,
    /// The value.
    pub value: Value,
}

/// Hands out the touches until an instant that have a value of a dimension, as they stood as of an instant, in no order; within
/// a transaction of another area. No touch has a segment or an owner.
///
/// # Errors
/// What the database says.
pub async fn touch_values(
    tx: &TenantTx,
    by: Dimension,
    who: TouchedWho,
    (until, as_of): (Timestamp, Timestamp),
    each: impl FnMut(TouchValue) + Send,
) -> Result<()> {
    let teams = if by == Dimension::Team { store::teams_by_tactic(tx).await? } else { HashMap::new() };
    store::touch_values(tx, (by, &teams), who, (until, as_of), each).await
}

/// The team that runs each tactic today, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn teams_by_tactic(tx: &TenantTx) -> Result<HashMap<TacticId, TeamId>> {
    store::teams_by_tactic(tx).await
}
