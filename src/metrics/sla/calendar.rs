//! A business calendar: when a team works, as instants.
//!
//! Hours are what the clocks on the wall show, and a time of day is reached once: where the clocks go back over it, the first
//! time; where they skip it, when they have jumped. So hours that lie wholly in a jump are empty, those around one lose what it
//! skips, those around a repeated hour last longer, and the hours of all days come one after the other in every zone.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use entity::business_hours::{DayMinute, Hours, SpecialDays, WeekHours};
use entity::time::Timestamp;

use crate::metrics::period::local_instant;

/// When a team works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    week: WeekHours,
    special: SpecialDays,
}

/// A span of time, from its first instant up to, but without, its last; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// When it begins.
    pub from: Timestamp,
    /// When it is over.
    pub to: Timestamp,
}

impl Calendar {
    /// A calendar where the clocks of a zone are on the wall.
    #[must_use]
    pub const fn new(zone: Tz, week: WeekHours, special: SpecialDays) -> Self {
        Self { zone, week, special }
    }

    /// Where its days are days.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The hours of every week.
    #[must_use]
    pub const fn week(&self) -> &WeekHours {
        &self.week
    }

    /// The days that have other hours.
    #[must_use]
    pub const fn special(&self) -> &SpecialDays {
        &self.special
    }

    /// The hours that count on a day: its own, where it is special, else those of the week.
    #[must_use]
    pub fn hours_on(&self, day: NaiveDate) -> &[Hours] {
        self.special.on(day).map_or_else(|| self.week.of(day.weekday()), |special| &special.hours)
    }

    /// When there is work on a day, in order. Nothing overlaps, and spans may touch, also those of two days.
    pub fn spans_on(&self, day: NaiveDate) -> impl DoubleEndedIterator<Item = Span> {
        self.hours_on(day).iter().filter_map(move |hours| {
            let span = Span { from: self.instant(day, hours.from()), to: self.instant(day, hours.to()) };
            (span.from < span.to).then_some(span)
        })
    }

    /// When the work of a day is over; `None` on a day off.
    #[must_use]
    pub fn end_of_work(&self, day: NaiveDate) -> Option<Timestamp> {
        self.spans_on(day).next_back().map(|span| span.to)
    }

    fn instant(&self, day: NaiveDate, minute: DayMinute) -> Timestamp {
        let midnight = day.and_time(NaiveTime::MIN);
        let local = midnight.checked_add_signed(TimeDelta::minutes(minute.minutes().into()));
        // Past the last day of the calendar there is nothing to come.
        local_instant(local.unwrap_or(midnight), self.zone)
    }
}
