//! Scorecards: what a resource or a team answers for, how far its goals have come, how it keeps its agreements, and what it was told and
//! has yet to take note of. Everything here is asked of the areas that it is about.

pub mod graphql;
pub mod service;
