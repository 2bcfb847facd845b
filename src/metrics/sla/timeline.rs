//! Business time: how much of it lies between two instants, and when so much of it has passed.
//!
//! The spans of a calendar stand in a row with the time that is over when each begins, so that either question is a search by
//! halves; a pause cuts a question into several. A row is as long as questions have needed it to be: it grows by doubling, and
//! a question looks no further than ten years ahead, so that a calendar without work ends it.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{Days, NaiveDate};
use entity::time::Timestamp;

use super::calendar::{Calendar, Span};
use super::pauses::Pauses;
use crate::metrics::durations::DAY_MICROS;
use crate::metrics::period::{first_instant, local_day};

/// How far a question looks at first: few clauses allow more time.
const FIRST_REACH: i64 = 32 * DAY_MICROS;

/// How far a question looks at last: ten years.
pub const FURTHEST: i64 = 3_653 * DAY_MICROS;

/// The longest row that is kept. A question that lies too far from those before begins a new one.
const LONGEST: i64 = 5 * FURTHEST;

/// The spans of a calendar from one day to another, in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// From here on,
    from: Timestamp,
    /// and up to here, all spans are there.
    to: Timestamp,
    spans: Vec<Span>,
    /// By span: the microseconds of all before it.
    before: Vec<i64>,
    /// The microseconds of all spans.
    total: i64,
}

impl Timeline {
    /// The spans of the days from `from` up to, but without, `to`.
    #[must_use]
    pub fn new(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> Self {
        let zone = calendar.zone();
        let (start, end) = (first_instant(from, zone), first_instant(to, zone));
        let mut timeline = Self { from: start, to: end.max(start), spans: Vec::new(), before: Vec::new(), total: 0 };
        for day in from.iter_days().take_while(|day| *day < to) {
            calendar.spans_on(day).for_each(|span| timeline.push(span));
        }
        timeline
    }

    /// Spans that touch are one.
    fn push(&mut self, span: Span) {
        let length = span.to.micros() - span.from.micros();
        match self.spans.last_mut().filter(|last| last.to == span.from) {
            Some(last) => last.to = span.to,
            None => {
                self.spans.push(span);
                self.before.push(self.total);
            }
        }
        self.total += length;
    }

    fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from <= from && to <= self.to
    }

    /// Microseconds of business time from the beginning of the row up to an instant.
    fn until(&self, instant: Timestamp) -> i64 {
        let begun = self.spans.partition_point(|span| span.from <= instant);
        let last = begun.checked_sub(1).and_then(|last| Some((self.spans.get(last)?, self.before.get(last)?)));
        last.map_or(0, |(span, before)| before + (instant.min(span.to).micros() - span.from.micros()))
    }

    /// Microseconds of business time between two instants of the row.
    #[must_use]
    pub fn elapsed(&self, from: Timestamp, to: Timestamp) -> i64 {
        (self.until(to) - self.until(from)).max(0)
    }

    /// The earliest instant by which so many microseconds of business time have passed since another; `None` past the end of
    /// the row.
    #[must_use]
    pub fn due(&self, start: Timestamp, target: i64) -> Option<Timestamp> {
        if target <= 0 {
            return Some(start);
        }
        let sought = self.until(start).checked_add(target).filter(|sought| *sought <= self.total)?;
        // The last span that begins before so much has passed: at the very end of one, the next has not begun.
        let index = self.before.partition_point(|before| *before < sought).checked_sub(1)?;
        let (span, before) = (self.spans.get(index)?, self.before.get(index)?);
        Some(span.from.saturating_add_micros(sought - before))
    }
}

/// The business time of a calendar. It remembers the spans it has been asked for, and answers as if it knew all of them.
#[derive(Debug)]
pub struct BusinessTime {
    calendar: Calendar,
    known: RwLock<Arc<Timeline>>,
}

impl BusinessTime {
    /// The business time of a calendar.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        let nothing = Timeline { from: Timestamp::MAX, to: Timestamp::MIN, spans: Vec::new(), before: Vec::new(), total: 0 };
        Self { calendar, known: RwLock::new(Arc::new(nothing)) }
    }

    /// Whose it is.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Microseconds of business time from one instant to another, without those in a pause; none if the other is earlier. It
    /// counts [ten years](FURTHEST) at most.
    #[must_use]
    pub fn elapsed(&self, from: Timestamp, to: Timestamp, pauses: &Pauses) -> i64 {
        let to = to.min(from.saturating_add_micros(FURTHEST));
        if to <= from {
            return 0;
        }
        let timeline = self.timeline(from, to);
        let paused = pauses.as_slice().iter().map(|pause| {
            let end = pause.to.unwrap_or(to).min(to);
            timeline.elapsed(pause.from.max(from), end)
        });
        timeline.elapsed(from, to) - paused.sum::<i64>()
    }

    /// The earliest instant by which so many microseconds of business time have passed since another, without those in a pause.
    /// `None` where that never comes: while a pause holds it up, or not within [ten years](FURTHEST).
    #[must_use]
    pub fn due(&self, start: Timestamp, target: i64, pauses: &Pauses) -> Option<Timestamp> {
        let (mut at, mut left) = (start, target);
        if left <= 0 {
            return Some(start);
        }
        for pause in pauses.as_slice() {
            if pause.from > at {
                let due = self.due_unpaused(at, left);
                if due.is_some_and(|due| due <= pause.from) || pause.from > at.saturating_add_micros(FURTHEST) {
                    return due;
                }
                left -= self.elapsed(at, pause.from, &Pauses::NONE);
            }
            at = pause.to?.max(at);
        }
        self.due_unpaused(at, left)
    }

    fn due_unpaused(&self, start: Timestamp, target: i64) -> Option<Timestamp> {
        let furthest = start.saturating_add_micros(FURTHEST);
        let mut reach = FIRST_REACH;
        loop {
            let due = self.timeline(start, start.saturating_add_micros(reach)).due(start, target);
            if due.is_some() || reach == FURTHEST {
                return due.filter(|due| *due <= furthest);
            }
            reach = reach.saturating_mul(2).min(FURTHEST);
        }
    }

    /// A row that holds all spans between two instants, as far as there are days.
    fn timeline(&self, from: Timestamp, to: Timestamp) -> Arc<Timeline> {
        let known = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        if known.covers(from, to) {
            return known;
        }
        let grown = Arc::new(self.grown(&known, from, to));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&grown);
        grown
    }

    /// A row of what is known and of what is asked for, twice as long as before; of what is asked for alone, where both together
    /// were too long.
    fn grown(&self, known: &Timeline, from: Timestamp, to: Timestamp) -> Timeline {
        let fits = |from: Timestamp, to: Timestamp| to.micros().saturating_sub(from.micros()) <= LONGEST;
        let both = (known.from.min(from), known.to.max(to));
        let double = known.to.micros().saturating_sub(known.from.micros()).max(0);
        let first = if from < known.from { both.0.min(known.from.saturating_add_micros(-double)) } else { both.0 };
        let last = if to > known.to { both.1.max(known.to.saturating_add_micros(double)) } else { both.1 };
        let (first, last) = [(first, last), both].into_iter().find(|(first, last)| fits(*first, *last)).unwrap_or((from, to));
        let zone = self.calendar.zone();
        let end = local_day(last, zone).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        Timeline::new(&self.calendar, local_day(first, zone), end)
    }
}
