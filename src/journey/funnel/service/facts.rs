//! Rows become columns: subjects and values become numbers.

use std::collections::HashMap;

use entity::ids::{TacticId, TeamId};
use entity::kinds::{Channel, Resource};
use entity::time::Timestamp;
use uuid::Uuid;

use super::question::Dimension;
use crate::error::{Error, Result};
use crate::metrics::funnel::{FunnelFacts, Touches};

/// One stage event of a subject. The fields stand in the order in which events are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::journey::funnel) struct Event {
    pub(in crate::journey::funnel) subject: Uuid,
    pub(in crate::journey::funnel) at: Timestamp,
    pub(in crate::journey::funnel) stage: u16,
    pub(in crate::journey::funnel) backdated: bool,
}

/// A value of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of the dimension `CHANNEL`.
    Channel(Channel),
    /// Of the dimension `RESOURCE`.
    Resource(Resource),
    /// Of the dimension `TACTIC`.
    Tactic(TacticId),
    /// Of the dimension `TEAM`.
    Team(TeamId),
}

impl Value {
    /// The name of a channel or resource, the id of a tactic or team.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Channel(channel) => channel.name().to_owned(),
            Self::Resource(resource) => resource.name().to_owned(),
            Self::Tactic(id) => id.to_string(),
            Self::Team(id) => id.to_string(),
        }
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
    /// Sorts the events and numbers their subjects.
    pub(super) fn new(mut events: Vec<Event>) -> Result<Self> {
        events.sort_unstable();
        let mut subjects: Vec<Uuid> = events.iter().map(|event| event.subject).collect();
        subjects.dedup();
        let mut numbers = Vec::with_capacity(events.len());
        for (run, number) in events.chunk_by(|one, next| one.subject == next.subject).zip(0..) {
            numbers.extend(std::iter::repeat_n(number, run.len()));
        }
        let events = FunnelFacts::new(
            numbers,
            events.iter().map(|event| event.stage).collect(),
            events.iter().map(|event| event.at).collect(),
            events.iter().map(|event| event.backdated).collect(),
        );
        Ok(Self { subjects, events: events.map_err(Error::internal)? })
    }

    /// The subject with a number.
    pub(super) fn subject(&self, number: u32) -> Uuid {
        self.subjects.get(number as usize).copied().unwrap_or_default()
    }

    /// The number of a subject, if it has events.
    pub(super) fn number(&self, subject: Uuid) -> Option<u32> {
        self.subjects.binary_search(&subject).ok().and_then(|index| u32::try_from(index).ok())
    }
}

/// Touches as columns while they come in.
#[derive(Debug, Default)]
pub(super) struct TouchColumns {
    subject: Vec<u32>,
    occurred_at: Vec<Timestamp>,
    value: Vec<u32>,
    values: Vec<Value>,
    numbers: HashMap<Value, u32>,
}

impl TouchColumns {
    /// Knows the values of closed sets from the start, so that a group without subjects can still be asked for.
    pub(super) fn of(by: Dimension) -> Self {
        let mut columns = Self::default();
        let known: Vec<Value> = match by {
            Dimension::Channel => Channel::ALL.iter().copied().map(Value::Channel).collect(),
            Dimension::Resource => Resource::ALL.iter().copied().map(Value::Resource).collect(),
            Dimension::Tactic | Dimension::Team => Vec::new(),
        };
        for value in known {
            columns.number(value);
        }
        columns
    }

    pub(super) fn push(&mut self, subject: u32, at: Timestamp, value: Value) {
        let value = self.number(value);
        self.subject.push(subject);
        self.occurred_at.push(at);
        self.value.push(value);
    }

    /// How many touches came in.
    pub(super) const fn len(&self) -> usize {
        self.subject.len()
    }

    fn number(&mut self, value: Value) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            next
        })
    }

    /// The touches and, by number, their values. Numbers rise with the values, so that the order in which rows came
    /// decides nothing.
    pub(super) fn finish(self) -> Result<(Touches, Vec<Value>)> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable();
        let place = |value: &Value| sorted.binary_search(value).ok().and_then(|index| u32::try_from(index).ok()).unwrap_or_default();
        let renumbered: Vec<u32> = self.values.iter().map(place).collect();
        let value = self.value.iter().filter_map(|old| renumbered.get(*old as usize).copied()).collect();
        let touches = Touches::new(self.subject, self.occurred_at, value).map_err(Error::internal)?;
        Ok((touches, sorted))
    }
}
