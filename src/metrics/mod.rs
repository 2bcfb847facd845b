//! Every number a user sees, computed by pure functions over plain facts.
//!
//! Nothing here waits, reads a database, speaks GraphQL or looks at a clock: facts and the moment to answer for
//! are arguments. Ratios leave this module as whole numbers; they are rounded once, at the edge.

pub mod funnel;
pub mod period;
