//! What is asked of the funnel.

use entity::time::Timestamp;

use super::{FunnelError, Steps};
use crate::metrics::period::Period;

/// When a subject has reached a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Order {
    /// With the first event at or beyond the step: a later stage implies the earlier ones, so a buyer who serves
    /// themselves and skips stages still passes them.
    ReachedOrPassed,
    /// With the first event of exactly this step after the one that reached the step before: all, in order.
    Strict,
    /// With the first event of exactly this step, in whatever order; nothing implies anything, so rates from step to
    /// step would mean nothing and are withheld.
    Any,
}

/// An event that removes a subject from a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The stage, main or side, that must not be entered …
    pub stage: u16,
    /// … from the moment this step is reached …
    pub after_step: u8,
    /// … until just before this one is, or, if it never is, as long as it may be.
    pub before_step: u8,
}

/// The question of the mode `COHORT`. Every window includes its last instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortQuery {
    steps: Steps,
    order: Order,
    as_of: Timestamp,
    window: Option<i64>,
    step_windows: Vec<Option<i64>>,
    exclusions: Vec<Exclusion>,
}

impl CohortQuery {
    /// All steps, for as long as it takes, as seen at an instant (events at that very instant included).
    #[must_use]
    pub fn new(steps: Steps, order: Order, as_of: Timestamp) -> Self {
        let step_windows = vec![None; steps.len()];
        Self { steps, order, as_of, window: None, step_windows, exclusions: Vec::new() }
    }

    /// Every step has to be reached within so many microseconds of the entry, but for steps with a window of their own.
    ///
    /// # Errors
    /// [`FunnelError::NegativeWindow`].
    pub fn with_window(mut self, micros: i64) -> Result<Self, FunnelError> {
        self.window = Some(checked_window(micros)?);
        Ok(self)
    }

    /// A step has to be reached within so many microseconds of the moment the step before it was reached; for this step
    /// the window of the whole funnel is void.
    ///
    /// Under [`Order::Any`] the step before may be missing: the time allowed for it is then added to this window, and
    /// both run from the entry.
    ///
    /// # Errors
    /// [`FunnelError`] `NegativeWindow`, `UnknownStep` or `WindowOnFirstStep`.
    pub fn with_step_window(mut self, step: u8, micros: i64) -> Result<Self, FunnelError> {
        let slot = self.step_windows.get_mut(usize::from(step)).ok_or(FunnelError::UnknownStep(step))?;
        if step == 0 {
            return Err(FunnelError::WindowOnFirstStep);
        }
        *slot = Some(checked_window(micros)?);
        Ok(self)
    }

    /// Leaves out the subjects that an event removes.
    ///
    /// # Errors
    /// [`FunnelError`] `UnknownStage`, `UnknownStep` or `ExclusionOutOfOrder`.
    pub fn with_exclusion(mut self, exclusion: Exclusion) -> Result<Self, FunnelError> {
        if usize::from(exclusion.stage) >= self.steps.catalogue_len() {
            return Err(FunnelError::UnknownStage(exclusion.stage));
        }
        if exclusion.before_step >= self.steps.count() {
            return Err(FunnelError::UnknownStep(exclusion.before_step));
        }
        if exclusion.after_step >= exclusion.before_step {
            return Err(FunnelError::ExclusionOutOfOrder);
        }
        self.exclusions.push(exclusion);
        Ok(self)
    }

    pub(super) const fn steps(&self) -> &Steps {
        &self.steps
    }

    pub(super) const fn order(&self) -> Order {
        self.order
    }

    pub(super) const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    pub(super) fn exclusions(&self) -> &[Exclusion] {
        &self.exclusions
    }

    /// How long each step may take; the first takes no time.
    pub(super) fn limits(&self) -> Vec<Limit> {
        let mut previous = Some(0);
        let later = self.step_windows.iter().skip(1).map(|own| {
            previous = match own {
                Some(own) => previous.map(|bound: i64| bound.saturating_add(*own)),
                None => self.window,
            };
            Limit { own: *own, bound: previous }
        });
        std::iter::once(Limit { own: None, bound: Some(0) }).chain(later).collect()
    }

    /// For how long after the entry anything counts: until no step can be reached any more; `None` for ever.
    pub(super) fn span(&self, limits: &[Limit]) -> Option<i64> {
        let later = limits.iter().skip(1).map(|limit| limit.bound);
        later.reduce(|one, other| Some(one?.max(other?))).unwrap_or(self.window)
    }
}

/// How long a step may take, in microseconds; `None` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Since the step before was reached.
    pub(super) own: Option<i64>,
    /// Since the entry, at the longest.
    pub(super) bound: Option<i64>,
}

const fn checked_window(micros: i64) -> Result<i64, FunnelError> {
    if micros < 0 { Err(FunnelError::NegativeWindow) } else { Ok(micros) }
}

/// The buckets of a trend as instants, in order and apart; one bucket is a plain answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    starts: Vec<Timestamp>,
    ends: Vec<Timestamp>,
}

impl Buckets {
    /// One bucket for each period.
    ///
    /// # Errors
    /// [`FunnelError::BucketsOutOfOrder`] if a period begins before the one in front of it ends.
    pub fn new(periods: &[Period]) -> Result<Self, FunnelError> {
        let buckets = Self { starts: periods.iter().map(Period::start).collect(), ends: periods.iter().map(Period::end).collect() };
        let apart = buckets.ends.iter().zip(buckets.starts.iter().skip(1)).all(|(end, next)| end <= next);
        if apart { Ok(buckets) } else { Err(FunnelError::BucketsOutOfOrder) }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bucket that an instant lies in.
    pub(super) fn position(&self, instant: Timestamp) -> Option<usize> {
        let index = self.ended_by(instant);
        self.starts.get(index).filter(|start| **start <= instant).map(|_| index)
    }

    /// How many buckets have ended by an instant.
    pub(super) fn ended_by(&self, instant: Timestamp) -> usize {
        self.ends.partition_point(|end| *end <= instant)
    }
}

impl From<Period> for Buckets {
    fn from(period: Period) -> Self {
        Self { starts: vec![period.start()], ends: vec![period.end()] }
    }
}
