//! How long buyers stay in each stage: the visits that begin in a period, by stage.
//!
//! What was recorded as backdated has a time that nobody measured; such visits are counted and otherwise left out. See
//! `metrics.md`, section 2.6 (G8).

use std::fmt;

use entity::time::Timestamp;

use super::durations::{Durations, Spread};
use super::funnel::{Answer, Buckets, FunnelError, FunnelFacts, Grid, Group, Tally, Touches, Visit, visits};
use super::ratio::TooLarge;

/// The time in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageTime {
    /// Visits that began in the period, as far as their times were measured.
    pub spread: Spread,
    /// Visits left out, because their entry or their end was backdated.
    pub backdated: u64,
}

/// Why the time in stages cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageTimeError {
    /// The facts do not fit the catalogue.
    Facts(FunnelError),
    /// A sum is too large to be shown.
    TooLarge,
}

impl fmt::Display for StageTimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Facts(error) => error.fmt(formatter),
            Self::TooLarge => TooLarge.fmt(formatter),
        }
    }
}

impl std::error::Error for StageTimeError {}

impl From<FunnelError> for StageTimeError {
    fn from(error: FunnelError) -> Self {
        Self::Facts(error)
    }
}

impl From<TooLarge> for StageTimeError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// The time in each of the `stages` of a catalogue, for each bucket, as seen at `as_of`; in a breakdown a visit counts with the
/// value of the latest touch at or before its entry.
///
/// # Errors
/// [`StageTimeError`] where the facts do not fit the catalogue, or a sum is too large.
pub fn stage_time(
    facts: &FunnelFacts,
    stages: usize,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
) -> Result<Vec<Answer<Vec<StageTime>>>, StageTimeError> {
    let mut grid = Grid::<Visits>::new(buckets.len(), touches)?;
    visits(facts, stages, as_of, buckets, touches, |visit| {
        if let Some(visits) = grid.cell(visit.bucket, visit.value) {
            visits.count(&visit, stages, as_of);
        }
    })?;
    let answers = grid.into_answers(|visits| visits.finish(stages)).into_iter();
    let answer = |answer: Answer<Result<Vec<StageTime>, TooLarge>>| {
        let groups = answer.groups.into_iter().map(|group| Ok(Group { value: group.value, funnel: group.funnel? }));
        Ok(Answer { whole: answer.whole?, groups: groups.collect::<Result<_, TooLarge>>()?, missing: answer.missing })
    };
    answers.map(answer).collect()
}

/// The visits of one bucket or of a group in it, by stage.
#[derive(Clone, Default)]
struct Visits {
    stages: Vec<(Durations, u64)>,
    subjects: u64,
    last_subject: Option<u32>,
}

impl Visits {
    fn count(&mut self, visit: &Visit, stages: usize, as_of: Timestamp) {
        self.stages.resize(stages, <(Durations, u64)>::default());
        if self.last_subject != Some(visit.subject) {
            self.last_subject = Some(visit.subject);
            self.subjects += 1;
        }
        let Some((durations, backdated)) = self.stages.get_mut(usize::from(visit.stage)) else { return };
        if visit.backdated {
            *backdated += 1;
        } else {
            let until = visit.left_at.unwrap_or(as_of);
            durations.push(until.micros().saturating_sub(visit.entered_at.micros()), visit.left_at.is_some());
        }
    }

    fn finish(mut self, stages: usize) -> Result<Vec<StageTime>, TooLarge> {
        self.stages.resize(stages, <(Durations, u64)>::default());
        self.stages.into_iter().map(|(mut durations, backdated)| Ok(StageTime { spread: durations.spread()?, backdated })).collect()
    }
}

impl Tally for Visits {
    fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Sums what can be summed; a subject may have visits in several groups.
    fn add(&mut self, other: &Self) {
        self.stages.resize(self.stages.len().max(other.stages.len()), <(Durations, u64)>::default());
        for ((durations, backdated), (more, more_backdated)) in self.stages.iter_mut().zip(&other.stages) {
            durations.add(more);
            *backdated += more_backdated;
        }
    }

    fn subjects(&self) -> u64 {
        self.subjects
    }
}
