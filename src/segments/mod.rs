//! What is known of accounts, the parts of the market they make, and whether what is done is aimed at the right ones.
//!
//! - What is said of an account under a key is a row of its own. As of an instant the row recorded last counts; a row without
//!   a value says that it is not known any more. The same value again writes no row.
//! - Whether an account is looking is a signal with a moment of its own: the one that happened last counts, of two at the same
//!   moment the one recorded last. Without one nobody knows.
//! - A segment has a filter, or is a list. A filter is all of its conditions, with three values: what is not known makes a
//!   condition unknown, not false, and only accounts for which the whole filter is true belong. A filter never changes; another
//!   one is a version beside it, and as of an instant the newest version counts that was recorded by then.
//! - Whoever is put on a list belongs to it until they are taken off it. Both are rows, so that the list of the past stays.
//! - What the ideal customer is like is told by weighted conditions; [`crate::metrics::fit`] says what a score means. Each
//!   profile is a version that never changes.
//! - How segments are defined is shown to all who may read buyers; of their accounts everybody sees those they see anyway.
//!   Totals are everybody's.

pub mod graphql;
pub mod service;
mod store;
