//! Calendars, agreements, and what belongs to them.

mod terms;

pub(super) use terms::{clauses, ends, hours, newest_hours, signatures, versions, versions_by_id};
