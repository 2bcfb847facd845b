//! The API of calendars and agreements.

pub mod agreement;
pub mod agreement_changes;
pub mod calendar;
pub mod calendar_changes;
pub mod clause;
pub mod hours;

pub use agreement::{ServiceAgreement, ServiceAgreementState, ServiceAgreementVersion};
pub use agreement_changes::{AgreementMutation, AgreementQuery};
pub use calendar::{BusinessCalendar, BusinessCalendarVersion};
pub use calendar_changes::{CalendarMutation, CalendarQuery};
pub use clause::AgreementClause;
pub use hours::BusinessSpan;
