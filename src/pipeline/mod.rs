//! Opportunities: possible deals, who decides on them, what keeps buyers from deciding, and how they end.
//!
//! - How an opportunity stands is not written on it: it follows from the last of its events (see
//!   [`crate::metrics::opportunity_standing`]), and can be asked as of any past instant.
//! - Account generation alone wins one, and writes so in its own transaction; whoever works it tells how it was lost. That it
//!   rests is a flag with a day on which it is expected to go on, and never an outcome.
//! - Whoever writes an event of an opportunity holds it meanwhile; whoever holds its account too holds that first.
//! - One that was won is reopened only once its close was voided, and a close is not reinstated once its opportunity was
//!   reopened: so it has one close at most that is not voided.
//! - Each version leaves a row behind of whose it was and where it came from, so that no answer as of a past instant changes
//!   when an opportunity does.
//! - Somebody plays a part in buying from a moment until another one. A change of stance ends the part and begins it anew.

pub mod graphql;
pub mod report;
pub mod service;
mod store;
