//! The eighteen months of the demonstration, counted in days and minutes from their beginning.
//!
//! They are fixed, so that the same questions have the same answers whenever the demonstration is made.

use chrono::{Datelike, Days, NaiveDate};
use entity::time::Timestamp;

/// Midnight UTC of the first day, 2025-01-01.
const BEGINNING: Timestamp = Timestamp::from_micros(1_735_689_600_000_000);

/// From 2025-01-01 to 2026-06-30.
pub(super) const DAYS: i64 = 546;

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
    BEGINNING.saturating_add_micros(minute * 60 * 1_000_000)
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
    // The first day is a Wednesday.
    (day + 2).rem_euclid(7)
}

pub(super) const fn is_weekend(day: i64) -> bool {
    weekday(day) >= 5
}

/// The day itself, or the Friday before a weekend.
pub(super) const fn workday(day: i64) -> i64 {
    let beyond_friday = weekday(day) - 4;
    if beyond_friday > 0 { day - beyond_friday } else { day }
}

/// The Monday after a day.
pub(super) const fn next_monday(day: i64) -> i64 {
    day + 7 - weekday(day)
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
    fn days_know_their_week() {
        for day in 0..DAYS {
            assert_eq!(weekday(day), i64::from(date(day).weekday().num_days_from_monday()));
            assert!(!is_weekend(workday(day)) && day - workday(day) <= 2);
            assert_eq!(weekday(next_monday(day)), 0);
            assert!((1..=7).contains(&(next_monday(day) - day)));
        }
    }
}
