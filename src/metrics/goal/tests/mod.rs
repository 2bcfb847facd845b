//! The worked example, tables of cases, and properties.

mod contribution;
mod curve;
mod golden;
mod progress;
mod properties;
mod target;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::*;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};

const LISBON: Tz = Tz::Europe__Lisbon;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-03-30T10:30:00Z`.
fn at(text: &str) -> Timestamp {
    Timestamp::from(text.parse::<DateTime<Utc>>().unwrap())
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn period_in(from: &str, to: &str, zone: Tz) -> Period {
    Period::new(date(from), date(to), zone).unwrap()
}

/// Days in Lisbon, the last one out.
fn period(from: &str, to: &str) -> Period {
    period_in(from, to, LISBON)
}

fn is_weekday(day: &NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn goal(target: &str, direction: Direction, measure: Measure) -> Goal {
    Goal { target: Target::new(number(target)).unwrap(), direction, measure, places: 2 }
}

/// The value of a ratio, or the name of the reason why it has none.
fn told(ratio: Ratio) -> String {
    match (ratio.value, ratio.null_reason) {
        (Some(value), None) => value.to_string(),
        (None, Some(reason)) => format!("{reason:?}"),
        other => panic!("{other:?}"),
    }
}

/// Expected, pace, projected, needed per day.
fn course(progress: &Progress) -> [String; 4] {
    let needed = progress.needed_per_day.map_or_else(|| "none".into(), told);
    [progress.expected.to_string(), told(progress.pace), told(progress.projected), needed]
}

fn progress(goal: &Goal, actual: &str, elapsed: Elapsed) -> Progress {
    goal.progress(Ok(exact(number(actual))), elapsed).unwrap()
}
