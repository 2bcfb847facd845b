//! Who earned what was won, by what touches say: nine models that weigh touches, and two that weigh whole journeys.
//!
//! - [`Weights`] is one shape for all models by position: what the milestones take (FT the first touch, LC the last one until the
//!   buyer became known, OC the last one until the opportunity was created, CW the last one of all), and what the rest shares.
//!   Weights on one touch add; a milestone that does not exist, and an empty rest, drop out, and what is left is scaled up to
//!   100 %. A milestone without a weight is none: its touch is one of the rest.
//! - [`HalfLife`] weighs a touch by 2^(−age ÷ half-life).
//! - [`markov`] asks what would be lost without a value, [`shapley`] what each adds to every set of others. Both look at journeys
//!   that were lost as well, and weigh values of a dimension, not single touches.
//!
//! Each close is divided once, over its touches, by the largest remainder: sums of any kind are sums of these parts, so that
//! they add up to what was won. What no touch can be given to stands on a line of its own. All of this is correlation, never
//! cause. See `metrics.md`, section 2.3 (G5, G6).

mod decay;
mod facts;
mod markov;
mod paths;
mod shape;
mod shapley;
#[cfg(test)]
mod tests;
mod walk;

pub use self::decay::HalfLife;
pub use self::facts::{CODES_MAX, CloseFact, FactError, Facts, Rule, TouchFact};
pub use self::markov::{Removal, markov};
pub use self::paths::{Paths, PathsError, Shared, share_out};
pub use self::shape::{Found, Shape, Weights, WeightsError};
pub use self::shapley::{Game, MOST_PLAYERS, shapley};
pub use self::walk::{Line, Part, Report, WHOLE, report, walk};
