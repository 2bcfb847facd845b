//! The facts of an organization in memory: touches and stage events as columns, for the metrics that read very many of them.
//!
//! - They stand between the stores and [`crate::metrics`]: a store that is asked for touches or stage events takes them from here
//!   ([`service::known`]) and from the database where there are none here, which is slower and the same.
//! - A transaction that reads sees the number of the last change before it. Facts know up to which change they are complete, so
//!   every answer is as of the state of the database that its transaction sees, whoever made the last change, and in which process:
//!   what was recorded since is read by the rows that the audit log names. Where a transaction sees less than is known here, and
//!   where it changes something itself, it reads the database.
//! - Rows are kept with when they were recorded and when a newer one took their place, so that an answer as of an earlier instant is
//!   counted from the same columns. Who is whom is asked anew for every answer, so merges change nothing here; what an erasure
//!   takes out of rows was never here.
//! - Most rows stand in a large part that is never changed, those of the last changes in a small one, which is made anew with each.
//!   When it has grown the two become one.
//! - What a process keeps stays within a budget. The organizations that were asked for longest ago go first; one that does not fit
//!   at all is read from the database each time.

mod columns;
mod known;
pub mod service;
mod store;

#[cfg(test)]
mod tests;
