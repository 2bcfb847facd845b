//! Spans of local days in one zone, and their division into days, weeks, months, quarters and years.
//!
//! A local day begins with its first instant and ends where the next day begins. Where the clocks jump over
//! midnight that is the first instant after the jump; where midnight comes twice it is the earlier one. So days
//! tile the time line: every instant belongs to exactly one of them, in every zone.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Weekday};
use chrono_tz::{GapInfo, Tz};
use entity::kinds::WeekStart;
use entity::time::Timestamp;

/// The most buckets that [`Period::buckets`] makes: close to three years of days.
pub const MAX_BUCKETS: usize = 1_000;

/// Months of a year.
const YEAR: i32 = 12;

/// A non-empty span of whole local days, the first one in and the last one out: `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
    zone: Tz,
    start: Timestamp,
    end: Timestamp,
}

/// Why dates make no period, or a period no buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodError {
    /// `to` is not after `from`.
    Empty,
    /// The fiscal year would start in a month that does not exist.
    FiscalMonth(u32),
    /// The grain would cut the period into more than [`MAX_BUCKETS`].
    TooManyBuckets,
}

impl fmt::Display for PeriodError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("a period must end after it begins"),
            Self::FiscalMonth(month) => write!(formatter, "a fiscal year starts in month 1 to 12, not {month}"),
            Self::TooManyBuckets => write!(formatter, "the period has more than {MAX_BUCKETS} buckets of this grain"),
        }
    }
}

impl std::error::Error for PeriodError {}

/// How long a bucket of a trend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// A local day.
    Day,
    /// Seven local days from the first day of the week.
    Week,
    /// A calendar month.
    Month,
    /// Three months, counted from the start of the fiscal year.
    Quarter,
    /// Twelve months from the start of the fiscal year.
    Year,
}

/// The days of a fiscal year, from the first to before the second, or of one of its quarters, which are numbered from 1. A fiscal year is
/// named by the calendar year in which it begins. `None` for months, quarters and years there are not.
#[must_use]
pub fn fiscal_span(year: i32, quarter: Option<u32>, start_month: u32) -> Option<(NaiveDate, NaiveDate)> {
    let begin = NaiveDate::from_ymd_opt(year, start_month, 1)?;
    let after = |months: u32| begin.checked_add_months(Months::new(months));
    match quarter {
        None => Some((begin, after(12)?)),
        Some(number @ 1..=4) => Some((after((number - 1) * 3)?, after(number * 3)?)),
        Some(_) => None,
    }
}

impl Period {
    /// The days from `from` up to, but without, `to`.
    ///
    /// # Errors
    /// [`PeriodError::Empty`] unless `to` is after `from`.
    pub fn new(from: NaiveDate, to: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        if to > from { Ok(Self::from_trusted(from, to, zone)) } else { Err(PeriodError::Empty) }
    }

    fn from_trusted(from: NaiveDate, to: NaiveDate, zone: Tz) -> Self {
        Self { from, to, zone, start: first_instant(from, zone), end: first_instant(to, zone) }
    }

    /// The first day.
    #[must_use]
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// The day after the last one.
    #[must_use]
    pub const fn to(&self) -> NaiveDate {
        self.to
    }

    /// Where the days are days.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The first instant of the first day.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant that no longer belongs to the period.
    #[must_use]
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether an instant lies in the period: from its start, before its end.
    #[must_use]
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether another one has as many whole months or, where either is not made of such, as many days.
    #[must_use]
    pub fn is_as_long_as(&self, other: &Self) -> bool {
        match (self.whole_months(), other.whole_months()) {
            (Some(own), Some(others)) => own == others,
            _ => self.days() == other.days(),
        }
    }

    /// How many whole months it is made of; `None` where it does not begin and end with a month.
    fn whole_months(&self) -> Option<u32> {
        let months = |day: NaiveDate| i64::from(day.year()) * i64::from(YEAR) + i64::from(day.month());
        let whole = self.from.day() == 1 && self.to.day() == 1;
        u32::try_from(months(self.to) - months(self.from)).ok().filter(|_| whole)
    }

    fn days(&self) -> TimeDelta {
        self.to.signed_duration_since(self.from)
    }

    /// The period before: as many whole months where this one begins and ends with a month, else as many days. It ends where this
    /// one begins.
    ///
    /// # Errors
    /// [`PeriodError::Empty`] where the calendar does not reach so far back.
    pub fn before(&self) -> Result<Self, PeriodError> {
        let from = match self.whole_months() {
            Some(months) => self.from.checked_sub_months(Months::new(months)),
            None => self.from.checked_sub_signed(self.days()),
        };
        Self::new(from.ok_or(PeriodError::Empty)?, self.from, self.zone)
    }

    /// The period cut at the borders of a grain, in order and without gaps; the first and the last bucket may be
    /// shorter than the others. Quarters and years count from the month the fiscal year starts with (1 to 12).
    ///
    /// # Errors
    /// [`PeriodError::FiscalMonth`] for a month that does not exist, [`PeriodError::TooManyBuckets`] beyond
    /// [`MAX_BUCKETS`].
    pub fn buckets(&self, grain: Grain, week_start: WeekStart, fiscal_year_start_month: u32) -> Result<Vec<Self>, PeriodError> {
        let first_month = first_month(fiscal_year_start_month)?;
        let mut buckets = Vec::new();
        let mut from = self.from;
        while from < self.to {
            if buckets.len() == MAX_BUCKETS {
                return Err(PeriodError::TooManyBuckets);
            }
            // Where the calendar itself ends, so does the last bucket.
            let to = next_border(from, grain, week_start, first_month).unwrap_or(self.to).min(self.to);
            buckets.push(Self::from_trusted(from, to, self.zone));
            from = to;
        }
        Ok(buckets)
    }
}

/// The local day that an instant belongs to: the one whose [`Period`] contains it.
///
/// That is the date the clocks show, but for the minutes that a zone repeats when it turns its clocks back over
/// midnight: they stay with the day that has already begun.
#[must_use]
pub fn local_day(instant: Timestamp, zone: Tz) -> NaiveDate {
    let utc = instant.to_utc().naive_utc();
    let shown = utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc).date();
    match shown.succ_opt() {
        Some(next) if first_instant(next, zone) <= instant => next,
        _ => shown,
    }
}

/// The first day of the month that a day lies in.
#[must_use]
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The instant a local day begins with.
#[must_use]
pub fn first_instant(day: NaiveDate, zone: Tz) -> Timestamp {
    local_instant(day.and_time(NaiveTime::MIN), zone)
}

/// The instant at which the clocks of a zone show a local time: the earlier one where they show it twice, and the end
/// of the jump where they skip it.
#[must_use]
pub fn local_instant(local: NaiveDateTime, zone: Tz) -> Timestamp {
    let shown = zone.from_local_datetime(&local).earliest().or_else(|| GapInfo::new(&local, &zone)?.end);
    // Nothing is found at the very ends of the calendar only; an offset no longer matters there.
    Timestamp::from_micros(shown.map_or_else(|| local.and_utc().timestamp_micros(), |instant| instant.timestamp_micros()))
}

/// The days of the whole bucket of a grain that a day lies in, the last of them out. Quarters and years count from the month the
/// fiscal year starts with (1 to 12).
///
/// # Errors
/// [`PeriodError::FiscalMonth`] for a month that does not exist.
pub fn bucket_around(
    day: NaiveDate,
    grain: Grain,
    week_start: WeekStart,
    fiscal_year_start_month: u32,
) -> Result<(NaiveDate, NaiveDate), PeriodError> {
    let first_month = first_month(fiscal_year_start_month)?;
    // At the ends of the calendar a bucket is cut off.
    let Some(to) = next_border(day, grain, week_start, first_month) else { return Ok((day, NaiveDate::MAX)) };
    let from = match grain {
        Grain::Day => Some(day),
        Grain::Week => to.checked_sub_days(Days::new(7)),
        Grain::Month => to.checked_sub_months(Months::new(1)),
        Grain::Quarter => to.checked_sub_months(Months::new(3)),
        Grain::Year => to.checked_sub_months(Months::new(12)),
    };
    Ok((from.unwrap_or(NaiveDate::MIN), to))
}

/// The month a fiscal year starts with, counted from 0.
fn first_month(fiscal_year_start_month: u32) -> Result<i32, PeriodError> {
    match i32::try_from(fiscal_year_start_month) {
        Ok(month @ 1..=YEAR) => Ok(month - 1),
        _ => Err(PeriodError::FiscalMonth(fiscal_year_start_month)),
    }
}

/// The first border of a grain after a day; `None` past the end of the calendar.
fn next_border(day: NaiveDate, grain: Grain, week_start: WeekStart, first_month: i32) -> Option<NaiveDate> {
    match grain {
        Grain::Day => day.succ_opt(),
        Grain::Week => {
            let first_day = match week_start {
                WeekStart::Monday => Weekday::Mon,
                WeekStart::Sunday => Weekday::Sun,
            };
            day.checked_add_days(Days::new(7 - u64::from(day.weekday().days_since(first_day))))
        }
        Grain::Month => next_month_border(day, 1, first_month),
        Grain::Quarter => next_month_border(day, 3, first_month),
        Grain::Year => next_month_border(day, YEAR, first_month),
    }
}

/// The first day of the next span of `length` months, spans being counted from the fiscal year's first month (0 to 11).
fn next_month_border(day: NaiveDate, length: i32, first_month: i32) -> Option<NaiveDate> {
    let month = day.year().checked_mul(YEAR)?.checked_add(i32::try_from(day.month0()).ok()?)?;
    let border = month - (month - first_month).rem_euclid(length) + length;
    NaiveDate::from_ymd_opt(border.div_euclid(YEAR), u32::try_from(border.rem_euclid(YEAR)).ok()? + 1, 1)
}

#[cfg(test)]
mod tests;
