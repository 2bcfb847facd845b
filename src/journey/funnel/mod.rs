//! The one funnel of an organization, asked over the API.
//!
//! - A question names a period and, if it likes, a version of a pipeline; its steps are stages of that version. One
//!   read transaction fetches what was recorded up to `asOf`: stage events and, for a breakdown, touches. Rows that were
//!   corrected or taken back by then count as corrected. What was recorded later changes no answer.
//! - Facts become columns, and [`crate::metrics::funnel`] counts them, all parts of a trend in one pass. A long count
//!   runs on a thread for blocking work, so that it keeps no other request waiting.
//! - The answer keeps its facts for as long as it lives. The rows behind a number are taken from them by the same
//!   functions that counted, so that they cannot disagree, and cost no further query.
//! - The time in stages ([`service::time_in_stage`]) is asked in the same way, of the same events: visits that begin in the
//!   period.
//! - Whoever was said to be the same by `asOf` is one subject: who is whom is asked anew for every answer, so a merge and its
//!   undoing change no row.
//! - A breakdown takes the value of the latest touch, at or before the moment that counts, that has one; touches of an account are
//!   those that name the account. [`crate::breakdown`] says where owners and segments come from. The moment of a visit is its
//!   entry, that of a visitor when they were seen first.
//! - Windows, exclusions and the moment of a breakdown belong to the mode COHORT; elsewhere they are refused, not ignored.

pub mod graphql;
pub mod service;
mod store;
