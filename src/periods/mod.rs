//! Months whose figures are settled, and what was written to them all the same.
//!
//! - A month is locked when it is over, by its first local day in the organization's zone, and can be opened again. Neither is
//!   ever forgotten: opening is a newer row that takes the place of the lock.
//! - What would change the figures of a locked month is refused: a close won in it, a movement that happened in it, a cost with
//!   a day in it, a rate of one of its days, a rule for shared cost over any of them. Who may restate says so and why, and every
//!   month that is changed gets a restatement, in the same transaction.
//! - Credit is judged by the instant from which on it counts, not by when its close was won: what somebody gives away in May
//!   is news of May, also where the close is of January, and whoever asks as of the lock is told what was told then. What is
//!   asked to count from within a locked month is not refused, but counts from the end of the last locked one, and the batch
//!   keeps the instant that was asked for. A refund is judged by when the money went back, for the same reason. Shared cost that
//!   goes by credit goes with it.
//! - Whoever locks a month holds the organization, and whoever writes what may lie in one shares it, so that neither misses the
//!   other. The time zone, which says where months begin, stays while any of them is locked.

pub mod graphql;
pub mod service;
mod store;
