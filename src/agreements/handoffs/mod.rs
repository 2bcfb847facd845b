//! Buyers whom one resource offers to another, what becomes of them, and the clocks that run meanwhile.
//!
//! - A handoff is written once. How it stands and whose it is follow from its events; where silence answers is a matter of when it
//!   is asked: see [`crate::metrics::sla::handoff`]. No decision waits for somebody to write down that time has run out.
//! - A clock is reckoned from its start by the hours it was pinned to then, from its events: see [`crate::metrics::sla::clock`].
//!   The columns of its row that change, and the moments its steps fall due, repeat what follows from them: one function writes
//!   them anew after each event.
//! - A buyer is open with a resource once. The subject is the person, where one is named, and else the account; whoever is said to
//!   be the same is the same subject.
//! - Whoever changes something of a handoff holds its clocks first, in the order of their ids, and then its steps, the latest first:
//!   the one that waits for an answer stands for the handoff itself, and comes last.
//! - Attempts are activities somebody completed. What a mail server answers by itself is no activity, and never counts.

pub mod graphql;
pub mod service;
mod store;
