//! How opportunities end, how much is won in a day, and what keeps buyers from deciding, asked over the API.
//!
//! - One read transaction fetches what was recorded up to `asOf`; what was recorded later changes no answer. Whose an opportunity
//!   was, and where it came from, is read off the versions it had by then.
//! - Totals are everybody's. The rows behind a number are those the caller may see, and are taken from the facts by the same
//!   function that counted, so that they cannot disagree.
//! - A breakdown gives every opportunity one value, so that groups add up to the whole: the resource it was sourced by, its
//!   owner, the team the owner was in when it was last revised, or the channel or tactic of the latest touch, at or before it
//!   began, that has one: of its account, or of somebody who buys for it, whoever was said to be the same by `asOf` taken together.
//!   Segments are the exception: its account may be in several of those that were named.
//! - An opportunity that was won counts so until it is reopened. A close that was voided, or all of which was given back, is
//!   out of the mean value of what is won; one without a rate for its currency is counted as unpriced.

pub mod graphql;
pub mod service;
mod store;
