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
}
