//! Hearing of what happens, as it happens.
//!
//! - What is told of is written by the database in the transaction that does it: see [`crate::db`]. An event says that something
//!   happened to an object, or to so many rows, and not what: whoever hears of it reads that anew, with the rights they have then.
//! - A follower goes through the events of an organization at its own pace, from a number of its own. Nobody waits for it, and it
//!   misses nothing: what it did not hear of in time it reads.
//! - It follows each event of a topic, or the state of figures. Those are put together anew when something has moved that they are
//!   made of, after a moment, so that many changes at once are one.
//! - Events are kept for some days. Whoever wants to go on after one that is not kept any more has to begin anew.

pub mod graphql;
pub mod service;
