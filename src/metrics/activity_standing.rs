//! How an activity stands: the last of its events that was recorded until an instant decides.
//!
//! It is planned until it was completed or cancelled, both of which end it. A planned one is overdue after the moment it is due
//! at; at that moment it is not yet. What was recorded after the instant is not known then, whenever it happened.

use entity::kinds::ActivityEventKind;
use entity::time::Timestamp;

/// How an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It is to be done.
    Planned,
    /// It should have been done by now.
    Overdue,
    /// It was done.
    Completed,
    /// It will not be done.
    Cancelled,
}

/// An event of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: ActivityEventKind,
    /// When the activity is due from now on.
    pub due_at: Option<Timestamp>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// How an activity stood at an instant, by its events in the order in which they were recorded; `None` before it was planned.
#[must_use]
pub fn state(events: &[Event], as_of: Timestamp) -> Option<State> {
    let last = events.iter().rev().find(|event| event.recorded_at <= as_of)?;
    Some(match last.kind {
        ActivityEventKind::Completed => State::Completed,
        ActivityEventKind::Cancelled => State::Cancelled,
        ActivityEventKind::Planned | ActivityEventKind::Rescheduled | ActivityEventKind::Reassigned => {
            if last.due_at.is_some_and(|due| due < as_of) { State::Overdue } else { State::Planned }
        }
    })
}

/// Whether nothing more happens to an activity after an event of a kind.
#[must_use]
pub const fn is_end(kind: ActivityEventKind) -> bool {
    matches!(kind, ActivityEventKind::Completed | ActivityEventKind::Cancelled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(kind: ActivityEventKind, due: Option<i64>, recorded: i64) -> Event {
        Event { kind, due_at: due.map(Timestamp::from_micros), recorded_at: Timestamp::from_micros(recorded) }
    }

    fn at(events: &[Event], micros: i64) -> Option<State> {
        state(events, Timestamp::from_micros(micros))
    }

    #[test]
    fn due_at_the_instant_is_not_yet_overdue() {
        let planned = [event(ActivityEventKind::Planned, Some(100), 10)];
        assert_eq!(at(&planned, 9), None);
        assert_eq!(
            (at(&planned, 10), at(&planned, 100), at(&planned, 101)),
            (Some(State::Planned), Some(State::Planned), Some(State::Overdue))
        );
        let at_leisure = [event(ActivityEventKind::Planned, None, 10)];
        assert_eq!(at(&at_leisure, i64::MAX), Some(State::Planned));
    }

    #[test]
    fn the_last_event_that_was_recorded_decides() {
        use ActivityEventKind::{Cancelled, Completed, Planned, Reassigned, Rescheduled};
        let moved = [event(Planned, Some(100), 10), event(Rescheduled, Some(200), 110), event(Reassigned, Some(200), 120)];
        assert_eq!((at(&moved, 109), at(&moved, 110), at(&moved, 201)), (Some(State::Overdue), Some(State::Planned), Some(State::Overdue)));
        let done = [event(Planned, Some(100), 10), event(Completed, Some(100), 300)];
        assert_eq!((at(&done, 299), at(&done, 300)), (Some(State::Overdue), Some(State::Completed)));
        let given_up = [event(Planned, Some(100), 10), event(Cancelled, Some(100), 20)];
        assert_eq!((at(&given_up, 19), at(&given_up, 300)), (Some(State::Planned), Some(State::Cancelled)));
    }

    proptest! {
        #[test]
        fn what_is_recorded_later_changes_nothing_before(kinds in prop::collection::vec(0..5_usize, 0..8), due in 0..20_i64, cut in 0..12_i64) {
            let events: Vec<Event> = (0..).zip(&kinds).map(|(recorded, kind)| event(ActivityEventKind::ALL[*kind], Some(due), recorded)).collect();
            let known: Vec<Event> = events.iter().copied().filter(|event| event.recorded_at <= Timestamp::from_micros(cut)).collect();
            prop_assert_eq!(at(&events, cut), at(&known, cut));
        }
    }
}
