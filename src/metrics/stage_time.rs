//! How long buyers stay in each stage: the visits that begin in a period, by stage.
//!
//! What was recorded as backdated has a time that nobody measured; such visits are counted and otherwise left out. See
//! `metrics.md`, section 2.6 (G8).

use std::fmt;

use entity::time::Timestamp;

use super::durations::{Durations, Spread};
use super::funnel::{Buckets, FunnelError, FunnelFacts, visits};
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

/// The time in each of the `stages` of a catalogue, for each bucket, as seen at `as_of`.
///
/// # Errors
/// [`StageTimeError`] where the facts do not fit the catalogue, or a sum is too large.
pub fn stage_time(facts: &FunnelFacts, stages: usize, as_of: Timestamp, buckets: &Buckets) -> Result<Vec<Vec<StageTime>>, StageTimeError> {
    let mut tallies = vec![(Durations::default(), 0_u64); stages.saturating_mul(buckets.len())];
    visits(facts, stages, as_of, buckets, |visit| {
        let cell = visit.bucket.checked_mul(stages).and_then(|row| tallies.get_mut(row + usize::from(visit.stage)));
        let Some((durations, backdated)) = cell else { return };
        if visit.backdated {
            *backdated += 1;
        } else {
            let until = visit.left_at.unwrap_or(as_of);
            durations.push(until.micros().saturating_sub(visit.entered_at.micros()), visit.left_at.is_some());
        }
    })?;
    let times = tallies.into_iter().map(|(mut durations, backdated)| Ok(StageTime { spread: durations.spread()?, backdated }));
    let times: Vec<StageTime> = times.collect::<Result<_, TooLarge>>()?;
    Ok(if stages == 0 { vec![Vec::new(); buckets.len()] } else { times.chunks(stages).map(<[StageTime]>::to_vec).collect() })
}
