//! Which opportunities a question about a period counts, and with which end.
//!
//! Those that ended in the period, those that began in it, and those that move: that ended in it or are open when it ends. One
//! that was reopened since did not end. What happened after the instant of the question, or was recorded after it, is not known.
//! See `metrics.md`, sections 2.6 and 2.7 (G9, G10).

use entity::kinds::OpportunityOutcome;
use entity::time::Timestamp;

use super::opportunity_standing::{Event, Standing};
use super::velocity::VelocityFacts;

/// Which opportunities count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those that ended in the period.
    Closed,
    /// Those that began in it, as they stand.
    Created,
    /// Those that ended in it, and those that are open when it ends.
    Moving,
}

/// The instants of a period, and the one as of which it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// As seen at this instant.
    pub as_of: Timestamp,
}

impl Span {
    fn holds(&self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at) && at <= self.as_of
    }

    /// The last instant of the period that is not ahead.
    fn last(&self) -> Timestamp {
        self.end.saturating_add_micros(-1).min(self.as_of)
    }
}

/// How an opportunity counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When and how it ended; `None` while it is open.
    pub closed: Option<(Timestamp, OpportunityOutcome)>,
}

impl End {
    /// How it ended; `None` while it is open.
    #[must_use]
    pub fn outcome(self) -> Option<OpportunityOutcome> {
        self.closed.map(|(_, outcome)| outcome)
    }
}

/// How an opportunity counts; `None` where it does not.
#[must_use]
pub fn counted(opened_at: Timestamp, events: &[Event], which: Counted, span: &Span) -> Option<End> {
    let closed = Standing::at(events, span.as_of, span.as_of).closed;
    let within = || closed.filter(|(at, _)| span.holds(*at)).map(|closed| End { closed: Some(closed) });
    match which {
        Counted::Closed => within(),
        Counted::Created => span.holds(opened_at).then_some(End { closed }),
        Counted::Moving => within().or_else(|| {
            let last = span.last();
            let open = opened_at <= last && Standing::at(events, last, span.as_of).closed.is_none();
            open.then_some(End { closed: None })
        }),
    }
}

/// What a won opportunity is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Worth {
    /// Nothing: its close was voided, or all was given back.
    #[default]
    Nothing,
    /// So much, in minor units of the currency of the answer.
    Priced(u64),
    /// It is in a currency without a rate.
    Unpriced,
}

/// What velocity is computed from, and what could not be priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// What it is computed from.
    pub facts: VelocityFacts,
    /// Won opportunities in a currency without a rate.
    pub unpriced: u64,
}

impl Moving {
    /// Takes one in.
    pub fn add(&mut self, opened_at: Timestamp, end: End, worth: Worth) {
        let facts = &mut self.facts;
        let Some((at, outcome)) = end.closed else {
            facts.open += 1;
            return;
        };
        if matches!(outcome, OpportunityOutcome::Disqualified | OpportunityOutcome::Duplicate) {
            return;
        }
        facts.decided += 1;
        if outcome != OpportunityOutcome::Won {
            return;
        }
        facts.won += 1;
        facts.cycles += 1;
        let cycle = u64::try_from(at.micros().saturating_sub(opened_at.micros())).unwrap_or_default();
        facts.cycle_micros = facts.cycle_micros.saturating_add(cycle);
        match worth {
            Worth::Nothing => {}
            Worth::Unpriced => self.unpriced += 1,
            Worth::Priced(minor) => {
                facts.priced += 1;
                facts.value_minor = facts.value_minor.saturating_add(minor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::opportunity_standing::Happened;

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn event(micros: i64, happened: Happened) -> Event {
        Event { at: at(micros), recorded_at: at(micros), happened }
    }

    fn span(start: i64, end: i64, as_of: i64) -> Span {
        Span { start: at(start), end: at(end), as_of: at(as_of) }
    }

    #[test]
    fn g9_one_that_ends_after_the_period_moves_in_it() {
        let lost = event(50, Happened::Closed(OpportunityOutcome::LostOther));
        let counts = |which, start, end, as_of| counted(at(10), &[lost], which, &span(start, end, as_of)).map(End::outcome);
        let end = Some(OpportunityOutcome::LostOther);
        assert_eq!(counts(Counted::Closed, 0, 40, 100), None);
        assert_eq!(counts(Counted::Closed, 40, 60, 100), Some(end));
        assert_eq!(counts(Counted::Closed, 40, 60, 45), None, "it is not known yet");
        assert_eq!(counts(Counted::Created, 0, 40, 100), Some(end));
        assert_eq!(counts(Counted::Created, 0, 40, 45), Some(None));
        assert_eq!(counts(Counted::Created, 11, 40, 100), None);
        assert_eq!(counts(Counted::Moving, 0, 40, 100), Some(None));
        assert_eq!(counts(Counted::Moving, 40, 60, 100), Some(end));
        assert_eq!(counts(Counted::Moving, 60, 80, 100), None);
        assert_eq!(counts(Counted::Moving, 0, 10, 100), None, "it had not begun");
    }

    #[test]
    fn what_was_reopened_did_not_end() {
        let events = [event(50, Happened::Closed(OpportunityOutcome::LostOther)), event(70, Happened::Reopened)];
        let counts = |which, as_of| counted(at(10), &events, which, &span(40, 60, as_of)).map(End::outcome);
        assert_eq!(counts(Counted::Closed, 69), Some(Some(OpportunityOutcome::LostOther)));
        assert_eq!((counts(Counted::Closed, 70), counts(Counted::Moving, 70)), (None, None));
    }

    #[test]
    fn only_what_was_decided_and_priced_is_in_the_velocity() {
        use OpportunityOutcome::{Duplicate, LostOther, Won};
        let mut moving = Moving::default();
        for (closed, worth) in [
            (None, Worth::Nothing),
            (Some((at(30), Won)), Worth::Priced(500)),
            (Some((at(20), Won)), Worth::Unpriced),
            (Some((at(20), Won)), Worth::Nothing),
            (Some((at(20), LostOther)), Worth::Nothing),
            (Some((at(20), Duplicate)), Worth::Nothing),
        ] {
            moving.add(at(10), End { closed }, worth);
        }
        let facts = VelocityFacts { open: 1, won: 3, decided: 4, priced: 1, value_minor: 500, cycles: 3, cycle_micros: 40 };
        assert_eq!(moving, Moving { facts, unpriced: 1 });
    }
}
