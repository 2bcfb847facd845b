//! What the resources tell each other, and that they took note of it.
//!
//! - It is told by one resource to another: by somebody who works for the one, or by a clock that ran out. The other takes note of
//!   it once, and says what comes of it.
//! - It may be about a handoff, a tactic, a piece of content, or what a metric means.
//! - A breach is told once for each clock, by the side to which it was owed. Nobody writes those by hand.
//! - Until when it is to be acknowledged goes by the agreement it is told under, in that one's business time: the time of its
//!   ACKNOWLEDGEMENT clause, or where it has none the time an offer waits for its answer.
//! - Words about a buyer who was erased are taken out.

pub mod graphql;
pub mod service;
mod store;
