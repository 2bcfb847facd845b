//! Goals: what the resources want to reach together, and how far they have come.
//!
//! A goal is a metric with what narrows it, over some days, with a target, owned by one or several resources and teams: one owned by two
//! resources at least is shared. What it has come to is never kept: it is asked of the [catalogue](crate::catalogue), as everybody else
//! asks, and the ledger says what each resource has of it. A goal itself never changes; its target changes by versions, people tell how it
//! goes in check-ins, and what is pursued no longer is ended with a reason. Goals serve other goals, but their numbers are not added up:
//! each asks its own metric.

pub mod graphql;
pub mod service;
mod store;
