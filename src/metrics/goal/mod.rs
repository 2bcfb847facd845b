//! Goals: what is to be reached in a period, how far it has come, and how far it should have come by now.
//!
//! A [`Curve`] says which share of a period has [elapsed](Elapsed); a [`Goal`] sets the actual, which the metric itself tells and
//! nobody copies, against its target and against that share. A [`Target`] is never changed but by a new [`Version`], and the
//! [contributions] of the resources sum to the actual as it is shown. Everything is exact and rounded once, where it is shown.
//! See `metrics.md`, section 2.9 (G12) and property 10.

mod contribution;
mod curve;
mod exact;
mod progress;
mod target;

pub use contribution::{ContributionError, contributions};
pub use curve::{Curve, CurveError, Elapsed, MAX_DAYS};
pub use exact::exact;
pub use progress::{Direction, Goal, Measure, Progress};
pub use target::{NotPositive, Target, Targets, TargetsError, Version};

#[cfg(test)]
mod tests;
