//! Stage events as columns.

use entity::time::Timestamp;

use super::{FunnelError, Steps};

/// Stage events of one pipeline, as columns sorted by subject and time.
///
/// The caller has already dropped what was recorded after the answer's `asOf` and what another pipeline holds.
/// A subject is an index into a table the caller keeps, a stage an index into the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelFacts {
    subject: Vec<u32>,
    stage: Vec<u16>,
    occurred_at: Vec<Timestamp>,
    backdated: Vec<bool>,
    highest_stage: Option<u16>,
}

impl FunnelFacts {
    /// Takes the columns and sorts them if they are not sorted yet.
    ///
    /// Events of one subject at the same instant are ordered by the index of their stage, so that the order in which
    /// they arrived changes no answer. Number the catalogue along the way, side stages last.
    ///
    /// # Errors
    /// [`FunnelError::UnevenColumns`] if the columns differ in length.
    pub fn new(subject: Vec<u32>, stage: Vec<u16>, occurred_at: Vec<Timestamp>, backdated: Vec<bool>) -> Result<Self, FunnelError> {
        let length = subject.len();
        if [stage.len(), occurred_at.len(), backdated.len()] != [length; 3] {
            return Err(FunnelError::UnevenColumns);
        }
        let highest_stage = stage.iter().copied().max();
        let facts = Self { subject, stage, occurred_at, backdated, highest_stage };
        Ok(if facts.keys().is_sorted() { facts } else { facts.sorted() })
    }

    fn keys(&self) -> impl Iterator<Item = (u32, Timestamp, u16, bool)> {
        let events = self.stage.iter().zip(&self.occurred_at).zip(&self.backdated);
        self.subject.iter().zip(events).map(|(subject, ((stage, at), backdated))| (*subject, *at, *stage, *backdated))
    }

    fn sorted(&self) -> Self {
        let mut keys: Vec<_> = self.keys().collect();
        keys.sort_unstable();
        Self {
            subject: keys.iter().map(|key| key.0).collect(),
            occurred_at: keys.iter().map(|key| key.1).collect(),
            stage: keys.iter().map(|key| key.2).collect(),
            backdated: keys.iter().map(|key| key.3).collect(),
            highest_stage: self.highest_stage,
        }
    }

    /// Number of events.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.subject.len()
    }

    /// Whether nothing has happened.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subject.is_empty()
    }

    /// Whether every event's stage is in the catalogue that the steps were chosen from.
    pub(super) fn check(&self, steps: &Steps) -> Result<(), FunnelError> {
        self.check_stages(steps.catalogue_len())
    }

    /// Whether every event's stage is among so many of a catalogue.
    pub(super) fn check_stages(&self, stages: usize) -> Result<(), FunnelError> {
        match self.highest_stage {
            Some(stage) if usize::from(stage) >= stages => Err(FunnelError::UnknownStage(stage)),
            _ => Ok(()),
        }
    }

    /// The events of each subject up to and including an instant; subjects in rising order, those without an event left out.
    pub(super) fn subjects(&self, as_of: Timestamp) -> impl Iterator<Item = Events<'_>> {
        let mut rest = Events { subject: 0, stages: &self.stage, times: &self.occurred_at, backdated: &self.backdated };
        self.subject.chunk_by(|one, next| one == next).filter_map(move |run| {
            let (events, later) = rest.split_at(run.len());
            rest = later;
            let known = if events.times.last().is_some_and(|last| *last <= as_of) {
                events
            } else {
                events.split_at(events.times.partition_point(|at| *at <= as_of)).0
            };
            Some(Events { subject: *run.first()?, ..known }).filter(|known| !known.times.is_empty())
        })
    }
}

/// The events of one subject, in order.
#[derive(Clone, Copy)]
pub(super) struct Events<'a> {
    pub(super) subject: u32,
    stages: &'a [u16],
    times: &'a [Timestamp],
    backdated: &'a [bool],
}

/// One entry into a stage.
#[derive(Clone, Copy)]
pub(super) struct Event {
    pub(super) stage: u16,
    pub(super) at: Timestamp,
    pub(super) backdated: bool,
}

impl<'a> Events<'a> {
    pub(super) fn split_at(self, index: usize) -> (Self, Self) {
        let (stages, later_stages) = self.stages.split_at(index);
        let (times, later_times) = self.times.split_at(index);
        let (backdated, later_backdated) = self.backdated.split_at(index);
        (
            Self { subject: self.subject, stages, times, backdated },
            Self { subject: self.subject, stages: later_stages, times: later_times, backdated: later_backdated },
        )
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Event> + use<'a> {
        let columns = self.stages.iter().zip(self.times).zip(self.backdated);
        columns.map(|((stage, at), backdated)| Event { stage: *stage, at: *at, backdated: *backdated })
    }
}
