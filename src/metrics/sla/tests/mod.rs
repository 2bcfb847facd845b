mod agreement;
mod business_time;
mod clock;
mod golden;
mod handoff;
mod ladder;
mod properties;
mod status;
mod zones;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::business_hours::{Hours, SpecialDay, SpecialDays, WeekHours};
use entity::time::Timestamp;

use super::{BusinessTime, Calendar, Pause, Pauses};
use crate::metrics::period::local_instant;

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const HOUR: i64 = 60 * MINUTE;

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-03-30T10:30Z`, with or without seconds.
pub(super) fn at(text: &str) -> Timestamp {
    let text = if text.len() == 17 { text.replace('Z', ":00Z") } else { text.into() };
    Timestamp::from(text.parse::<DateTime<Utc>>().unwrap())
}

/// `2026-03-30 10:30`, where the clocks of a zone show it.
pub(super) fn local(text: &str, zone: Tz) -> Timestamp {
    local_instant(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap(), zone)
}

/// `09:00-12:00 13:00-18:00`.
pub(super) fn hours(text: &str) -> Vec<Hours> {
    text.split_whitespace().map(|hours| hours.parse().unwrap()).collect()
}

/// The same hours on so many days of the week, Monday first.
pub(super) fn week(days: usize, text: &str) -> WeekHours {
    WeekHours::new(std::array::from_fn(|day| if day < days { hours(text) } else { Vec::new() })).unwrap()
}

pub(super) fn special(days: &[(&str, &str)]) -> SpecialDays {
    let days = days.iter().map(|(day, spans)| SpecialDay { day: date(day), name: "Special".into(), hours: hours(spans) });
    SpecialDays::new(days.collect()).unwrap()
}

pub(super) fn time(zone: Tz, week: WeekHours, days: &[(&str, &str)]) -> BusinessTime {
    BusinessTime::new(Calendar::new(zone, week, special(days)))
}

/// The calendar of the worked example.
pub(super) fn lisbon() -> BusinessTime {
    time(Tz::Europe__Lisbon, week(5, "09:00-12:00 13:00-18:00"), &[("2026-04-03", "")])
}

pub(super) fn pauses(spans: &[(&str, &str)]) -> Pauses {
    Pauses::new(spans.iter().map(|(from, to)| Pause { from: at(from), to: (!to.is_empty()).then(|| at(to)) }))
}
