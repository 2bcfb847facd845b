//! Calendars, agreements, and what belongs to them.

mod agreements;
mod calendars;
mod terms;

pub(super) use agreements::{agreement_ids, agreement_locked, agreements, update_agreement};
pub(super) use calendars::{VERSION_CALENDAR, calendar_versions_of};
pub(super) use terms::{clauses, ends, hours, newest_hours, signatures, versions, versions_by_id};
