//! The buyer's journey as one stream: whatever channel, whatever order.
//!
//! - What happened to a person, or to an account and whoever buys for it, stands in one order: by the instant it happened at,
//!   and by id where that is the same. Who is whom and who buys for whom is asked as of the instant of the question, and rows
//!   that were corrected, taken back or recorded later do not count; so an answer as of an instant never changes.
//! - Each kind of row is read by its own statement, which gives at most one page and one row more; pages are put together from
//!   these. However long a journey is, its first page costs the same; only since when each
//!   person is known, a row for each, is read whole.
//! - Deals are of the account they are with, and of whoever plays a part in them.
//! - The caller sees what they may read of each kind, and what happened to buyers they see.
//! - What the buyer says of how they heard of us is a touch beside those that were observed. It takes the place of none, and is evidence as they are.

pub mod graphql;
pub mod service;
mod store;
