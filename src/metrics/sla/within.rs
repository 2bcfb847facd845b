//! Within what time something is owed, in business time.

use entity::time::Timestamp;

use super::pauses::Pauses;
use super::timeline::{BusinessTime, FURTHEST};
use crate::metrics::period::local_day;

/// A minute, in microseconds.
const MINUTE_MICROS: i64 = 60 * 1_000_000;

/// A span of business time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Within {
    /// So many minutes of it.
    Minutes(u32),
    /// Until the end of so many business days after the one of receipt; 0 is the same business day. What is received when the
    /// work of a day is over, or on a day off, is received on the next business day.
    Days(u16),
}

impl Within {
    /// As microseconds of business time since an instant; `None` where the days never come.
    #[must_use]
    pub fn target(self, time: &BusinessTime, start: Timestamp) -> Option<i64> {
        match self {
            Self::Minutes(minutes) => Some(i64::from(minutes) * MINUTE_MICROS),
            Self::Days(days) => Some(time.elapsed(start, end_of_day(time, start, days)?, &Pauses::NONE)),
        }
    }
}

/// When the work of a business day ends, counted from the one an instant belongs to.
fn end_of_day(time: &BusinessTime, start: Timestamp, days: u16) -> Option<Timestamp> {
    let calendar = time.calendar();
    let furthest = start.saturating_add_micros(FURTHEST);
    let ends = local_day(start, calendar.zone()).iter_days().map(|day| (day, calendar.end_of_work(day)));
    // A special day can end a calendar without work for years, and a zone without end.
    let near = ends.take_while(|(day, _)| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros() <= furthest.micros());
    near.filter_map(|(_, end)| end).filter(|end| *end > start).nth(days.into()).filter(|end| *end <= furthest)
}
