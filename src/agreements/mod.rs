//! What two resources owe each other, and when the organization works.
//!
//! - A business calendar and an agreement are names; what they say stands in versions, which never change. Each edit is a new one.
//! - A version of an agreement is a draft until both sides have signed it. From its first day on it takes the place of the one
//!   before. How it stands is a pure function of its days, its signatures and the end: see [`crate::metrics::sla`].
//! - The row of an agreement is held by whoever changes what belongs to it, so that two who do come one after the other.
//! - Its days are days where its calendar is.

pub mod graphql;
pub mod handoffs;
pub mod report;
pub mod scheduler;
pub mod service;
mod store;
