//! Use cases of calendars and agreements.

mod calendars;
mod drafting;
mod holidays;
mod hours;
mod ics;
mod reading;
mod signing;
mod standing;
mod terms;
mod wanted;

pub use calendars::{
    DefineCalendar, ReviseCalendar, business_calendars, calendar_versions_by_id, calendar_versions_of, calendars_by_id, define_calendar,
    due, elapsed, newest_hours, newest_version, revise_calendar,
};
pub use drafting::{AmendAgreement, DraftAgreement, amend_agreement, draft_agreement};
pub use holidays::{Counts, HolidayImport, ImportHolidays, import_holidays};
pub use hours::{WantedDay, WantedHours, WantedSpecialDay, WantedWithin};
pub use reading::{
    AgreementFilter, agreement_ids, agreement_versions_by_id, agreements_by_id, clauses_by_id, clauses_of, service_agreements,
};
pub use signing::{EndAgreement, SignAgreement, end_agreement, sign_agreement};
pub use standing::{Standing, reckoning, standings, standings_by_id};
pub use terms::{Hours, Terms, answer_of, hours_of, in_force, owed_by, terms_of, within_of};
pub use wanted::{WantedClause, WantedTerms};
