//! What currencies are worth in each other, and by which rate closes and costs are converted.
//!
//! - A rate says how much of one currency (the quote) a unit of another one (the base) was on a day, as somebody publishes it. It
//!   never changes: other content for the same pair and day is a new version.
//! - A close is converted by the rate of the local day on which it was won, a cost entry by that of its first day, also where
//!   it covers several: into the currency of the organization, once, when it is recorded or when the first rate of
//!   its day comes. Which version that was is pinned. A later version changes no converted amount; an entry that takes the
//!   place of another one is converted by the last version there is then.
//! - An answer as of an instant knows the conversions recorded by then. What has none is counted and listed, and never
//!   valued.
//! - Constant rates are another question: all rows of a currency by the rate of one day.
//! - Whoever records rates holds the organization, and whoever records money in another currency shares it, so that a row and
//!   the rate it waits for cannot miss each other.

pub mod graphql;
pub mod service;
mod store;
