//! Taking the holidays of an iCalendar file over into a calendar.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::business_calendar;
use entity::business_hours::{BusinessHoursError, SpecialDay, SpecialDays};
use entity::ids::BusinessCalendarId;
use serde::{Deserialize, Serialize};

use super::calendars::{Days, add_version, seen};
use super::ics::{IcsError, whole_days};
use crate::auth::Scope;
use crate::auth::permission::grant::CalendarManage;
use crate::db::{Idempotent, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;

/// A file with holidays.
#[derive(Clone, Debug, Serialize)]
pub struct ImportHolidays {
    /// The calendar.
    pub calendar_id: BusinessCalendarId,
    /// The file.
    pub ics: String,
    /// The first day that is wanted.
    pub from: NaiveDate,
    /// The day after the last one.
    pub to: NaiveDate,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What became of a file with holidays.
#[derive(Clone, Debug)]
pub struct HolidayImport {
    /// The calendar.
    pub calendar: business_calendar::Model,
    /// How much came of it.
    pub counts: Counts,
}

/// How much came of a file with holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Days that are special from now on.
    pub imported: usize,
    /// Days that were special before, and stay as they were.
    pub already_known: usize,
    /// Events that are no holidays: they have hours, or were cancelled.
    pub left_out: usize,
}

/// Makes the days that events of an iCalendar file fill holidays of a calendar, by a new version. A day that is special already stays
/// as it is.
///
/// # Errors
/// Problems with `calendarId`; with `ics`, where it cannot be read or holds too much; with `from` and `to`; `STALE_VERSION` where another
/// change came first.
pub async fn import_holidays(scope: &Scope<CalendarManage>, new: &ImportHolidays) -> Result<HolidayImport> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "importHolidays", new)?;
    let mut problems = Problems::new();
    problems.take(input::day("from", new.from))?;
    problems.take(input::day("to", new.to))?;
    problems.take(input::span("to", Some(new.from), Some(new.to)))?;
    problems.check()?;
    // A file can take a while, for which nobody has to wait who wants to write something.
    let (ics, from, to) = (new.ics.clone(), new.from, new.to);
    let read =
        tokio::task::spawn_blocking(move || whole_days(&ics, from, to)).await.map_err(Error::internal)?.map_err(|error| refused(&error))?;
    let tx = scope.write().await?;
    if let Some((id, counts)) = once.recall::<(BusinessCalendarId, Counts)>(&tx).await? {
        let calendar = tx.get::<business_calendar::Entity>(id).await?.ok_or(Error::NotFound)?;
        return Ok(HolidayImport { calendar, counts });
    }
    let (calendar, newest) = seen(&tx, new.calendar_id, new.expected_version).await?;
    let number = newest.calendar_version;
    let mut days = Days::from(newest);
    let known: HashSet<NaiveDate> = days.special_days.as_slice().iter().map(|special| special.day).collect();
    let (before, found) = (known.len(), read.days.len());
    let mut special: Vec<SpecialDay> = days.special_days.into();
    let holidays = read.days.into_iter().filter(|(day, _)| !known.contains(day));
    special.extend(holidays.map(|(day, name)| SpecialDay { day, name, hours: Vec::new() }));
    let imported = special.len() - before;
    days.special_days = SpecialDays::new(special).map_err(|error| overfull(&error))?;
    if imported > 0 {
        add_version(&tx, scope, (calendar.id, number.saturating_add(1)), days).await?;
    }
    let counts = Counts { imported, already_known: found - imported, left_out: read.left_out };
    remember(&tx, &once, scope.next_id(), scope.now(), &(calendar.id, counts)).await?;
    tx.commit().await?;
    Ok(HolidayImport { calendar, counts })
}

fn refused(error: &IcsError) -> Error {
    let code = match error {
        IcsError::TooLong => ProblemCode::TooLong,
        IcsError::Unreadable | IcsError::Property(..) => ProblemCode::Invalid,
        IcsError::TooManyRules | IcsError::TooManyDays => ProblemCode::TooMany,
    };
    Error::invalid("ics", code, error.to_string())
}

/// Together with the days that are special already it is too much.
fn overfull(error: &BusinessHoursError) -> Error {
    Error::invalid("ics", ProblemCode::TooMany, error.to_string())
}
