//! Use cases of locked months.

mod locks;
mod months;
mod restatements;

pub use locks::{LockFilter, LockPeriod, lock_period, period_locks, period_locks_by_id, unlock_period};
pub use months::{Counts, Effective, LockedMonths, Restate, Restating, stays_in_zone};
pub use restatements::{Restated, leave, restatements, restatements_by_id};
