//! What the resources spend, how shared cost is split, and what a close costs.
//!
//! - A cost entry is money one resource spent, or all of them together (SHARED), over local days, both ends included.
//!   It is never changed: a correction is a new row that takes its place, or takes it back, and each row is corrected
//!   at most once.
//! - What another system names is recorded once: the same content again changes nothing. Other content is refused, or corrects
//!   what was told before, as is asked; files always correct. What was corrected by hand stays until something new is told.
//! - Whoever may write for one resource only may not write for another, nor shared cost; what they may not see does
//!   not exist for them.
//! - Budgets say what a resource may spend, in all or on a tactic; a report sets what was spent against them.
//! - Shared cost is split by allocation rules: equally, by fixed shares, by heads, or by the credit of the month. On each day the rule recorded last holds; a
//!   third each on days without a rule.
//! - Cost per close answers as of an instant: it knows the closes won, and the rows recorded, by then. What is in
//!   another currency than the organization's is converted by the rate of its own day ([`exchange`]), or by those of one day
//!   where that is asked; without a rate it is counted and listed as unpriced. What is given back counts when the close was won, or when it
//!   happened, as is asked. Closes meet the cost of the same days, or of as many days some time before, or all closes ever of
//!   buyers meet the cost of the days on which these were acquired: with their first touch, else when they were recorded. Its
//!   totals are the whole organization's for everybody who may read them; the rows behind them are for those who may read such
//!   rows.

pub mod exchange;
pub mod graphql;
pub mod service;
mod store;
