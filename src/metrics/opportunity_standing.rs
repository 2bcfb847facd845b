//! How an opportunity stands: the last of its events decides.
//!
//! It is open until it is closed, and again once it was reopened. Closed it was won or lost, and nothing else: why it was not
//! won is its outcome. That it rests is a flag of an open one, which an end takes away. Events are ordered by when they
//! happened; one that lies after the moment asked for, or was recorded after the instant as of which it is asked, is not known
//! then. See `metrics.md`, section 2.7.

use chrono::NaiveDate;
use entity::kinds::OpportunityOutcome;
use entity::time::Timestamp;

/// How an opportunity that ended did so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// They bought.
    Won,
    /// They did not.
    Lost,
}

impl From<OpportunityOutcome> for Status {
    fn from(outcome: OpportunityOutcome) -> Self {
        match outcome {
            OpportunityOutcome::Won => Self::Won,
            OpportunityOutcome::LostCompetitor
            | OpportunityOutcome::NoDecisionIndecision
            | OpportunityOutcome::NoDecisionStatusQuo
            | OpportunityOutcome::LostOther
            | OpportunityOutcome::Disqualified
            | OpportunityOutcome::Duplicate => Self::Lost,
        }
    }
}

/// What happened to an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It ended.
    Closed(OpportunityOutcome),
    /// It goes on after it had ended.
    Reopened,
    /// It rests until a local day.
    Stalled(NaiveDate),
    /// It goes on after it had rested.
    Resumed,
}

/// An event of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What happened.
    pub happened: Happened,
}

/// How an opportunity stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When and how it ended; `None` while it is open.
    pub closed: Option<(Timestamp, OpportunityOutcome)>,
    /// Since when and until when it rests; `None` while it does not.
    pub stalled: Option<(Timestamp, NaiveDate)>,
}

impl Standing {
    /// How an opportunity stood at a moment by what was recorded until an instant. The events are in the order in which they
    /// happened.
    #[must_use]
    pub fn at(events: &[Event], moment: Timestamp, as_of: Timestamp) -> Self {
        let mut standing = Self::default();
        for event in events.iter().filter(|event| event.at <= moment && event.recorded_at <= as_of) {
            standing = match event.happened {
                Happened::Closed(outcome) => Self { closed: Some((event.at, outcome)), stalled: None },
                Happened::Reopened | Happened::Resumed => Self::default(),
                Happened::Stalled(until) => Self { closed: None, stalled: Some((event.at, until)) },
            };
        }
        standing
    }

    /// Whether it was won or lost; `None` while it is open.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.closed.map(|(_, outcome)| outcome.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
    }

    fn event(micros: i64, recorded: i64, happened: Happened) -> Event {
        Event { at: at(micros), recorded_at: at(recorded), happened }
    }

    #[test]
    fn the_last_event_decides() {
        use Happened::{Closed, Reopened, Resumed, Stalled};
        use OpportunityOutcome::{NoDecisionStatusQuo, Won};
        let events = [
            event(10, 10, Stalled(day())),
            event(20, 20, Resumed),
            event(30, 30, Stalled(day())),
            event(40, 40, Closed(NoDecisionStatusQuo)),
            event(50, 50, Reopened),
            event(60, 60, Closed(Won)),
        ];
        let stands = |moment| Standing::at(&events, at(moment), Timestamp::MAX);
        assert_eq!(stands(9), Standing::default());
        assert_eq!(stands(10).stalled, Some((at(10), day())));
        assert_eq!(stands(29), Standing::default());
        assert_eq!(stands(40), Standing { closed: Some((at(40), NoDecisionStatusQuo)), stalled: None });
        assert_eq!((stands(40).status(), stands(50).status(), stands(60).status()), (Some(Status::Lost), None, Some(Status::Won)));
    }

    #[test]
    fn what_is_recorded_later_is_not_known_before() {
        let events = [event(10, 100, Happened::Closed(OpportunityOutcome::Won))];
        assert_eq!(Standing::at(&events, at(50), at(99)).status(), None);
        assert_eq!(Standing::at(&events, at(50), at(100)).status(), Some(Status::Won));
    }

    #[test]
    fn of_the_two_only_winning_is_won() {
        for &outcome in OpportunityOutcome::ALL {
            assert_eq!(Status::from(outcome) == Status::Won, outcome == OpportunityOutcome::Won, "{outcome:?}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_later_changes_nothing_before(kinds in prop::collection::vec(0..4_u8, 0..12), cut in 0..12_i64) {
            let happened = |kind: u8| match kind {
                0 => Happened::Closed(OpportunityOutcome::LostOther),
                1 => Happened::Reopened,
                2 => Happened::Stalled(day()),
                _ => Happened::Resumed,
            };
            let events: Vec<Event> = (0..).zip(&kinds).map(|(index, kind)| event(index, index, happened(*kind))).collect();
            let known: Vec<Event> = events.iter().copied().filter(|event| event.recorded_at <= at(cut)).collect();
            prop_assert_eq!(Standing::at(&events, Timestamp::MAX, at(cut)), Standing::at(&known, Timestamp::MAX, Timestamp::MAX));
            prop_assert_eq!(Standing::at(&events, at(cut), Timestamp::MAX), Standing::at(&known, Timestamp::MAX, Timestamp::MAX));
        }
    }
}
