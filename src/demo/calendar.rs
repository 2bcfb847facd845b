//! The eighteen months of the demonstration, counted in days and minutes from their beginning.
//!
//! They are fixed, so that the same questions have the same answers whenever the demonstration is made.

use chrono::{Datelike, Days, NaiveDate};
use entity::time::Timestamp;

/// Midnight UTC of the first day, 2025-01-01.
const BEGINNING: Timestamp = Timestamp::from_micros(1_735_689_600_000_000);

/// From 2025-01-01 to 2026-06-30.
pub(super) const DAYS: i64 = 546;

/// A Wednesday, where Monday is 0.
const WEEKDAY_OF_FIRST: i64 = 2;

const MICROS_OF_MINUTE: i64 = 60 * 1_000_000;

pub(super) const MINUTES_OF_DAY: i64 = 24 * 60;

/// The first minute after the last day.
pub(super) const END: i64 = DAYS * MINUTES_OF_DAY;

/// How lively each month of the year is, January first; people buy little in summer and around Christmas.
const SEASON: [u64; 12] = [100, 104, 112, 104, 98, 92, 74, 66, 106, 114, 108, 72];

/// By how much of January's business every month adds to the one before, in percent.
const GROWTH: u64 = 4;

/// What a day of the weekend is to a workday, in percent.
const WEEKEND: u64 = 40;

/// The instant of a minute.
pub(super) const fn instant(minute: i64) -> Timestamp {
    BEGINNING.saturating_add_micros(minute * MICROS_OF_MINUTE)
}

/// The date of a day.
pub(super) fn date(day: i64) -> NaiveDate {
    let first = BEGINNING.to_utc().date_naive();
    u64::try_from(day).ok().and_then(|days| first.checked_add_days(Days::new(days))).unwrap_or(first)
}

pub(super) const fn day_of(minute: i64) -> i64 {
    minute.div_euclid(MINUTES_OF_DAY)
}

/// 0 for Monday.
const fn weekday(day: i64) -> i64 {
    (day + WEEKDAY_OF_FIRST).rem_euclid(7)
}

pub(super) const fn is_weekend(day: i64) -> bool {
    weekday(day) >= 5
}

/// The day itself, or the Friday before a weekend.
pub(super) const fn workday(day: i64) -> i64 {
    let beyond_friday = weekday(day) - 4;
    if beyond_friday > 0 { day - beyond_friday } else { day }
}

/// A week, from Monday, counted from the one of the first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week(i64);

impl Week {
    /// The week of an instant.
    pub(super) const fn of(at: Timestamp) -> Self {
        let minute = (at.micros() - BEGINNING.micros()).div_euclid(MICROS_OF_MINUTE);
        Self((day_of(minute) + WEEKDAY_OF_FIRST).div_euclid(7))
    }

    /// Midnight before its Monday.
    pub(super) const fn start(self) -> Timestamp {
        instant((7 * self.0 - WEEKDAY_OF_FIRST) * MINUTES_OF_DAY)
    }

    /// The first instant after it.
    pub(super) const fn end(self) -> Timestamp {
        Self(self.0 + 1).start()
    }

    /// When what happened in it is recorded: the Monday after, 6:00 UTC.
    pub(super) const fn recorded_at(self) -> Timestamp {
        self.end().saturating_add_micros(6 * 60 * MICROS_OF_MINUTE)
    }

    /// The weeks up to that of an instant.
    pub(super) fn up_to(at: Timestamp) -> impl Iterator<Item = Self> {
        (0..=Self::of(at).0).map(Self)
    }
}

/// The first day of 2026.
pub(super) fn second_year() -> NaiveDate {
    date(365)
}

/// One month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    /// From 0.
    pub(super) number: u32,
    pub(super) first_day: i64,
    /// The first day of the next month.
    pub(super) end_day: i64,
}

impl Month {
    pub(super) fn first_on(self) -> NaiveDate {
        date(self.first_day)
    }

    pub(super) fn last_on(self) -> NaiveDate {
        date(self.end_day - 1)
    }

    /// 1 for January.
    pub(super) fn of_year(self) -> u32 {
        self.first_on().month()
    }
}

/// The months in order.
pub(super) fn months() -> Vec<Month> {
    let firsts: Vec<i64> = (0..=DAYS).filter(|&day| date(day).day() == 1).collect();
    let spans = firsts.iter().zip(firsts.iter().skip(1));
    (0..).zip(spans).map(|(number, (&first_day, &end_day))| Month { number, first_day, end_day }).collect()
}

/// How much is going on each day: season, growth and weekends.
pub(super) fn liveliness() -> Vec<u64> {
    let mut days = Vec::new();
    for month in months() {
        let season = usize::try_from(month.of_year()).ok().and_then(|number| SEASON.get(number - 1)).copied().unwrap_or_default();
        let weight = season * (100 + GROWTH * u64::from(month.number));
        days.extend((month.first_day..month.end_day).map(|day| if is_weekend(day) { weight * WEEKEND / 100 } else { weight }));
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_months_are_those_of_2025_and_the_first_half_of_2026() {
        assert_eq!((date(0).to_string(), date(DAYS - 1).to_string()), ("2025-01-01".to_owned(), "2026-06-30".to_owned()));
        assert_eq!(instant(END).to_string(), "2026-07-01T00:00:00Z");
        let months = months();
        assert_eq!(months.len(), 18);
        assert_eq!(months.iter().map(|month| month.end_day - month.first_day).sum::<i64>(), DAYS);
        assert_eq!(liveliness().len(), 546);
    }

    #[test]
    fn weeks_begin_on_mondays_and_are_recorded_when_they_are_over() {
        let first = Week::of(instant(0));
        assert_eq!(first.start().to_string(), "2024-12-30T00:00:00Z");
        assert_eq!(first.recorded_at().to_string(), "2025-01-06T06:00:00Z");
        assert_eq!(Week::up_to(instant(END)).count(), 79);
    }

    #[test]
    fn days_know_their_week() {
        for day in 0..DAYS {
            assert_eq!(weekday(day), i64::from(date(day).weekday().num_days_from_monday()));
            assert!(!is_weekend(workday(day)) && day - workday(day) <= 2);
            let (midnight, last) = (instant(day * MINUTES_OF_DAY), instant((day + 1) * MINUTES_OF_DAY - 1));
            let week = Week::of(midnight);
            assert_eq!(Week::of(last), week);
            assert!(week.start() <= midnight && last < week.end());
        }
    }
}
