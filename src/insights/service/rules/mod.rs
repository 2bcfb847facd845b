//! The rules with the figures they look at.

mod agreements;
mod buyers;
mod goals;
mod resources;

use futures_util::future::BoxFuture;

use super::look::{Found, Look};
use crate::error::Result;

/// A rule: what it finds among what is looked at.
type Rule = for<'l> fn(&'l Look) -> BoxFuture<'l, Result<Vec<Found>>>;

/// All of them. The order is that in which insights are raised.
const RULES: &[Rule] = &[
    goals::goals_off_pace,
    resources::credit_gaps,
    resources::spent_in_vain,
    agreements::reject_reasons,
    agreements::late_sides,
    buyers::piles,
    buyers::interests,
];

/// What all rules find.
pub(super) async fn found(look: &Look) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for rule in RULES {
        found.extend(rule(look).await?);
    }
    Ok(found)
}
