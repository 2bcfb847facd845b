//! Hours as they are told: what is wrong with them is said of the very field.

use chrono::{NaiveDate, Weekday};
use entity::business_hours::{BusinessHoursError, DayMinute, Hours, MAX_HOURS, MAX_SPECIAL_DAYS, SpecialDay, SpecialDays, WeekHours};
use serde::Serialize;

use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::sla::Within;

/// The most minutes of a time within which something is owed: 60 days that are worked through.
const MAX_MINUTES: u32 = 60 * 24 * 60;

/// The most business days of it.
const MAX_DAYS: u16 = 60;

/// A span of a day as it is told: `09:00` to `13:00`.
#[derive(Clone, Debug, Serialize)]
pub struct WantedHours {
    /// When work begins.
    pub from: String,
    /// When it is over; up to `24:00`.
    pub to: String,
}

/// The hours of a day of the week, as they are told.
#[derive(Clone, Debug, Serialize)]
pub struct WantedDay {
    /// Which day.
    pub weekday: Weekday,
    /// Its hours, in whatever order.
    pub hours: Vec<WantedHours>,
}

/// A day with other hours, as it is told.
#[derive(Clone, Debug, Serialize)]
pub struct WantedSpecialDay {
    /// Which day.
    pub day: NaiveDate,
    /// What it is called.
    pub name: String,
    /// Its hours; none on a holiday.
    pub hours: Vec<WantedHours>,
}

/// The hours of a week. A day that is not named has none.
///
/// # Errors
/// Problems with `week`: `REQUIRED` where no day has any, `INVALID` where a day is named twice or a time is none, `OVERLAP`,
/// `PERIOD_EMPTY` where hours do not end after they begin.
pub(super) fn week(given: &[WantedDay]) -> Result<WeekHours> {
    let mut problems = Problems::new();
    let mut week: [Option<Vec<Hours>>; 7] = [const { None }; 7];
    for (index, day) in given.iter().enumerate() {
        let place = week.get_mut(day.weekday.num_days_from_monday() as usize).ok_or(Error::broken("a week has seven days"))?;
        let hours = problems.take(of_day(&format!("week.{index}.hours"), &day.hours))?;
        if place.replace(hours.unwrap_or_default()).is_some() {
            problems.push(format!("week.{index}.weekday"), ProblemCode::Invalid, "this day is named already");
        }
    }
    problems.check()?;
    WeekHours::new(week.map(Option::unwrap_or_default)).map_err(|error| refused("week", error))
}

/// Days that have other hours.
///
/// # Errors
/// Problems with `specialDays`: as [`week`]; `TOO_MANY`, `DATE_OUT_OF_RANGE`, and with a name.
pub(super) fn special_days(given: &[WantedSpecialDay]) -> Result<SpecialDays> {
    if given.len() > MAX_SPECIAL_DAYS {
        return Err(refused("specialDays", BusinessHoursError::TooMany));
    }
    let mut problems = Problems::new();
    let mut seen = std::collections::HashSet::with_capacity(given.len());
    let mut days = Vec::with_capacity(given.len());
    for (index, special) in given.iter().enumerate() {
        let field = |name: &str| format!("specialDays.{index}.{name}");
        let day = problems.take(input::day(&field("day"), special.day))?;
        let name = problems.take(input::text(&field("name"), &special.name, input::NAME))?;
        let hours = problems.take(of_day(&field("hours"), &special.hours))?;
        if !seen.insert(special.day) {
            problems.push(field("day"), ProblemCode::Invalid, "this day is named already");
        }
        if let (Some(day), Some(name), Some(hours)) = (day, name, hours) {
            days.push(SpecialDay { day, name, hours });
        }
    }
    problems.check()?;
    SpecialDays::new(days).map_err(|error| refused("specialDays", error))
}

/// The hours of one day, in the order in which they are told.
fn of_day(field: &str, given: &[WantedHours]) -> Result<Vec<Hours>> {
    if given.len() > MAX_HOURS {
        return Err(Error::invalid(field, ProblemCode::TooMany, format!("must be at most {MAX_HOURS}")));
    }
    let mut problems = Problems::new();
    let mut hours: Vec<Hours> = Vec::with_capacity(given.len());
    for (index, wanted) in given.iter().enumerate() {
        let field = format!("{field}.{index}");
        let Some(span) = problems.take(span(&field, wanted))? else { continue };
        if let Some(other) = hours.iter().find(|other| other.from() < span.to() && span.from() < other.to()) {
            problems.push(field, ProblemCode::Overlap, format!("{span} overlaps {other}"));
        }
        hours.push(span);
    }
    problems.check()?;
    Ok(hours)
}

fn span(field: &str, wanted: &WantedHours) -> Result<Hours> {
    let mut problems = Problems::new();
    let from = problems.take(time_of_day(&format!("{field}.from"), &wanted.from))?;
    let to = problems.take(time_of_day(&format!("{field}.to"), &wanted.to))?;
    problems.check()?;
    let (from, to) = from.zip(to).ok_or(Error::broken("both times are read by now"))?;
    Hours::new(from, to).map_err(|error| refused(&format!("{field}.to"), error))
}

fn time_of_day(field: &str, text: &str) -> Result<DayMinute> {
    text.trim().parse().map_err(|_| Error::invalid(field, ProblemCode::Invalid, "must be a time of day between 00:00 and 24:00"))
}

fn refused(field: &str, error: BusinessHoursError) -> Error {
    let code = match error {
        BusinessHoursError::Unreadable | BusinessHoursError::DayTwice(_) => ProblemCode::Invalid,
        BusinessHoursError::Backwards(..) => ProblemCode::PeriodEmpty,
        BusinessHoursError::Overlap(..) => ProblemCode::Overlap,
        BusinessHoursError::NoHours => ProblemCode::Required,
        BusinessHoursError::TooManyHours(_) | BusinessHoursError::TooMany => ProblemCode::TooMany,
    };
    Error::invalid(field, code, error.to_string())
}

/// A time within which something is owed, as it is told: minutes or days.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WantedWithin {
    /// Minutes of business time.
    pub minutes: Option<i32>,
    /// Business days after that of receipt.
    pub days: Option<i32>,
}

impl WantedWithin {
    /// Checks that it is one of both, and not too long.
    ///
    /// # Errors
    /// A problem with the field, or with `minutes` or `days` below it.
    pub fn check(self, field: &str) -> Result<Within> {
        match (self.minutes, self.days) {
            (Some(minutes), None) => {
                let minutes = u32::try_from(minutes).ok().filter(|minutes| (1..=MAX_MINUTES).contains(minutes));
                let message = || format!("must be 1 to {MAX_MINUTES}");
                minutes.map(Within::Minutes).ok_or_else(|| Error::invalid(format!("{field}.minutes"), ProblemCode::Invalid, message()))
            }
            (None, Some(days)) => {
                let days = u16::try_from(days).ok().filter(|days| *days <= MAX_DAYS);
                let message = || format!("must be 0 to {MAX_DAYS}");
                days.map(Within::Days).ok_or_else(|| Error::invalid(format!("{field}.days"), ProblemCode::Invalid, message()))
            }
            (None, None) => Err(Error::invalid(field, ProblemCode::Required, "must have minutes or days")),
            (Some(_), Some(_)) => Err(Error::invalid(field, ProblemCode::Invalid, "must have minutes or days, not both")),
        }
    }
}

/// Minutes and days as they are kept: one of both.
pub(super) fn columns(within: Within) -> (Option<i32>, Option<i32>) {
    match within {
        Within::Minutes(minutes) => (Some(i32::try_from(minutes).unwrap_or(i32::MAX)), None),
        Within::Days(days) => (None, Some(days.into())),
    }
}
