//! Rows become columns: subjects become numbers.

use entity::time::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::metrics::funnel::FunnelFacts;

/// One stage event of a subject. The fields stand in the order in which events are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::journey::funnel) struct Event {
    pub(in crate::journey::funnel) subject: Uuid,
    pub(in crate::journey::funnel) at: Timestamp,
    pub(in crate::journey::funnel) stage: u16,
    pub(in crate::journey::funnel) backdated: bool,
}

/// Stage events as they were found: those of a subject are either all in order, or none of them is.
#[derive(Debug, Default)]
pub(in crate::journey::funnel) struct Events {
    /// By subject and time.
    pub(in crate::journey::funnel) sorted: Sorted,
    /// In no order.
    pub(in crate::journey::funnel) late: Vec<Event>,
}

impl Events {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.sorted.at.len() + self.late.len()
    }
}

impl From<Vec<Event>> for Events {
    fn from(late: Vec<Event>) -> Self {
        Self { sorted: Sorted::default(), late }
    }
}

/// Stage events in order, as columns.
#[derive(Debug, Default)]
pub(in crate::journey::funnel) struct Sorted {
    subjects: Vec<Uuid>,
    subject: Vec<u32>,
    at: Vec<Timestamp>,
    stage: Vec<u16>,
    backdated: Vec<bool>,
}

impl Sorted {
    fn with_room_for(events: usize, subjects: usize) -> Self {
        Self {
            subjects: Vec::with_capacity(subjects),
            subject: Vec::with_capacity(events),
            at: Vec::with_capacity(events),
            stage: Vec::with_capacity(events),
            backdated: Vec::with_capacity(events),
        }
    }

    /// Adds the next event: of the same subject and not before the last one, or of a subject whose id is higher.
    pub(in crate::journey::funnel) fn push(&mut self, event: Event) {
        if self.subjects.last() != Some(&event.subject) {
            self.subjects.push(event.subject);
        }
        self.subject.push(u32::try_from(self.subjects.len() - 1).unwrap_or(u32::MAX));
        self.at.push(event.at);
        self.stage.push(event.stage);
        self.backdated.push(event.backdated);
        self.settle();
    }

    /// Brings the last event before those of the same instant that it belongs before.
    fn settle(&mut self) {
        let key = |row: usize| Some((self.subject.get(row)?, self.at.get(row)?, self.stage.get(row)?, self.backdated.get(row)?));
        let last = self.at.len() - 1;
        let rightful = (0..last).rev().take_while(|row| key(*row) > key(last)).last();
        if let Some(rightful) = rightful {
            // Subject and time are the same.
            self.stage.get_mut(rightful..).into_iter().for_each(|stages| stages.rotate_right(1));
            self.backdated.get_mut(rightful..).into_iter().for_each(|backdated| backdated.rotate_right(1));
        }
    }

    fn events(&self) -> impl Iterator<Item = Event> {
        let what = self.stage.iter().zip(&self.backdated);
        let subject = |number: u32| self.subjects.get(number as usize).copied().unwrap_or_default();
        self.subject.iter().zip(self.at.iter().zip(what)).map(move |(number, (&at, (&stage, &backdated)))| Event {
            subject: subject(*number),
            at,
            stage,
            backdated,
        })
    }

    /// The same with others among them, which are sorted too.
    fn with(self, others: Vec<Event>) -> Self {
        let mut all = Self::with_room_for(self.at.len() + others.len(), self.subjects.len());
        let mut others = others.into_iter().peekable();
        for event in self.events() {
            while let Some(other) = others.next_if(|other| *other < event) {
                all.push(other);
            }
            all.push(event);
        }
        others.for_each(|other| all.push(other));
        all
    }
}

/// Stage events as columns, and who the subjects are.
#[derive(Debug)]
pub(super) struct Facts {
    /// By number, rising, so that the order of numbers is the order of ids.
    pub(super) subjects: Vec<Uuid>,
    pub(super) events: FunnelFacts,
}

impl Facts {
    /// Brings all events into order.
    pub(super) fn new(events: impl Into<Events>) -> Result<Self> {
        let Events { mut sorted, mut late } = events.into();
        if !late.is_empty() {
            late.sort_unstable();
            sorted = sorted.with(late);
        }
        let Sorted { subjects, subject, at, stage, backdated } = sorted;
        let events = FunnelFacts::new(subject, stage, at, backdated);
        Ok(Self { subjects, events: events.map_err(Error::internal)? })
    }

    /// The subject with a number.
    pub(super) fn subject(&self, number: u32) -> Uuid {
        self.subjects.get(number as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(subject: u8, at: i64, stage: u16, backdated: bool) -> Event {
        Event { subject: Uuid::from_u128(subject.into()), at: Timestamp::from_micros(at), stage, backdated }
    }

    proptest! {
        /// Whichever subjects were in order already, the facts are the same.
        #[test]
        fn what_was_sorted_before_changes_nothing(
            events in prop::collection::vec((0_u8..8, 0_i64..4, 0_u16..3, any::<bool>()), 0..40),
            in_order in prop::collection::vec(any::<bool>(), 8),
        ) {
            let made = |(subject, at, stage, backdated)| event(subject, at, stage, backdated);
            let expected = Facts::new(events.iter().copied().map(made).collect::<Vec<_>>()).unwrap();
            let (mut ordered, late): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| in_order[usize::from(event.0)]);
            // By subject and time, as they are kept; what happened at the same instant has no order.
            ordered.sort_by_key(|event| (event.0, event.1));
            let mut found = Events::from(late.into_iter().map(made).collect::<Vec<_>>());
            ordered.into_iter().for_each(|event| found.sorted.push(made(event)));
            let found = Facts::new(found).unwrap();
            prop_assert_eq!(&found.subjects, &expected.subjects);
            prop_assert_eq!(&found.events, &expected.events);
        }
    }
}
