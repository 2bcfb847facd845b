//! What the figures tell by themselves: found once a day and whenever somebody asks, raised once, and acknowledged.
//!
//! - [Rules](crate::metrics::insight) look at figures, and at no rows: each figure is that of the use case behind a field of the API. So
//!   an insight carries the question that tells its figures again, as they were known when it was found, and the one that tells
//!   what stands behind them.
//! - What is told by whole months (what was spent for nothing, what ledger and evidence are apart, what segments care for) is looked for
//!   in the last month that is over; what can be said of a month that still runs (rejections, breaches, blockers) in the one that does.
//! - It is raised once in its period, and again only where it has become worse. The new one takes the place of one that nobody took note
//!   of.
//! - An insight never changes. Whoever leads a resource it is addressed to takes note of it, once, and says what is done about it; what
//!   is addressed to nobody in particular is for all three.
//! - One process at a time looks for insights in an organization. One that was stopped while it did has raised nothing, and after a
//!   while others no longer wait for it.

pub mod graphql;
pub mod service;
mod store;
