//! What attribution is computed from: closes with the touches of their buyers, in flat columns.

use std::fmt;
use std::ops::Range;

use entity::time::Timestamp;

use super::decay::HalfLife;
use super::shape::{Found, Weights};
use crate::metrics::evidence::{Lookback, Milestones};

/// One more than the largest code: lines are kept in a table by code.
pub const CODES_MAX: u32 = 1 << 20;

/// The code of a touch without one.
const NO_CODE: u32 = u32::MAX;

/// How touches are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// By their place in the journey.
    Place(Weights),
    /// By their age.
    Age(HalfLife),
}

/// One close that counts, as known at the instant of the question.
#[derive(Clone, Copy, Debug)]
pub struct CloseFact {
    /// When it was won.
    pub closed_at: Timestamp,
    /// What is left of its value, in minor units; `None` without a rate for its currency: it is counted, never valued.
    pub value_minor: Option<i64>,
    /// The moments that make its touches into milestones.
    pub milestones: Milestones,
}

/// One touch of the buyer behind a close.
#[derive(Clone, Copy, Debug)]
pub struct TouchFact {
    /// When it happened.
    pub at: Timestamp,
    /// The number that the caller gave to its value, counted up from 0; `None` without one.
    pub code: Option<u32>,
}

/// Why a fact is refused; nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactError {
    /// Closes must come in order of time.
    ClosesOutOfOrder,
    /// The touches of a close must come in order of time.
    TouchesOutOfOrder,
    /// A code is not below [`CODES_MAX`].
    CodeTooLarge {
        /// The code.
        code: u32,
    },
}

impl fmt::Display for FactError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosesOutOfOrder => formatter.write_str("closes must come in order of time"),
            Self::TouchesOutOfOrder => formatter.write_str("the touches of a close must come in order of time"),
            Self::CodeTooLarge { code } => write!(formatter, "code {code} is not below {CODES_MAX}"),
        }
    }
}

impl std::error::Error for FactError {}

/// Closes and touches in flat columns; each is known by its position. What every model looks for in the touches of a close is
/// found once.
#[derive(Clone, Debug)]
pub struct Facts {
    lookback: Lookback,
    closed_at: Vec<Timestamp>,
    value_minor: Vec<Option<i64>>,
    found: Vec<Option<Found>>,
    /// Where the touches of each close end; they begin where those of the close before end.
    touches_end: Vec<usize>,
    touch_at: Vec<Timestamp>,
    touch_code: Vec<u32>,
    /// One more than the largest code.
    codes_end: u32,
}

/// One close with its touches.
pub(super) struct Close<'a> {
    pub(super) value_minor: Option<i64>,
    pub(super) found: Option<&'a Found>,
    pub(super) times: &'a [Timestamp],
    pub(super) codes: &'a [u32],
}

impl Facts {
    /// No facts yet; touches are going to count so far back.
    #[must_use]
    pub const fn new(lookback: Lookback) -> Self {
        Self {
            lookback,
            closed_at: Vec::new(),
            value_minor: Vec::new(),
            found: Vec::new(),
            touches_end: Vec::new(),
            touch_at: Vec::new(),
            touch_code: Vec::new(),
            codes_end: 0,
        }
    }

    /// How far back touches count.
    #[must_use]
    pub const fn lookback(&self) -> Lookback {
        self.lookback
    }

    /// Adds a close with the touches of its buyer: in order of time, those of one instant in order of their id.
    ///
    /// # Errors
    /// [`FactError`]; then nothing is added.
    pub fn push(&mut self, close: CloseFact, touches: &[TouchFact]) -> Result<(), FactError> {
        if self.closed_at.last().is_some_and(|&last| close.closed_at < last) {
            return Err(FactError::ClosesOutOfOrder);
        }
        if !touches.is_sorted_by_key(|touch| touch.at) {
            return Err(FactError::TouchesOutOfOrder);
        }
        let codes = || touches.iter().filter_map(|touch| touch.code);
        if let Some(code) = codes().find(|&code| code >= CODES_MAX) {
            return Err(FactError::CodeTooLarge { code });
        }
        self.codes_end = codes().map(|code| code + 1).fold(self.codes_end, u32::max);
        let start = self.touch_at.len();
        self.touch_at.extend(touches.iter().map(|touch| touch.at));
        self.touch_code.extend(touches.iter().map(|touch| touch.code.unwrap_or(NO_CODE)));
        self.touches_end.push(self.touch_at.len());
        let times = self.touch_at.get(start..).unwrap_or_default();
        self.found.push(Found::of(times, close.milestones, close.closed_at, self.lookback));
        self.closed_at.push(close.closed_at);
        self.value_minor.push(close.value_minor);
        Ok(())
    }

    /// One more than the largest code.
    pub(super) fn codes_end(&self) -> usize {
        usize::try_from(self.codes_end).unwrap_or(usize::MAX)
    }

    /// Positions of the closes won in `[start, end)`.
    #[must_use]
    pub fn between(&self, start: Timestamp, end: Timestamp) -> Range<usize> {
        self.closed_at.partition_point(|&at| at < start)..self.closed_at.partition_point(|&at| at < end)
    }

    pub(super) fn close(&self, close: usize) -> Close<'_> {
        let end = |close: usize| self.touches_end.get(close).copied().unwrap_or_default();
        let range = close.checked_sub(1).map_or(0, end)..end(close);
        Close {
            value_minor: self.value_minor.get(close).copied().flatten(),
            found: self.found.get(close).and_then(Option::as_ref),
            times: self.touch_at.get(range.clone()).unwrap_or_default(),
            codes: self.touch_code.get(range).unwrap_or_default(),
        }
    }

    /// The codes of the eligible touches of a close, in order.
    pub fn path(&self, close: usize) -> impl Iterator<Item = Option<u32>> {
        let close = self.close(close);
        let eligible = close.found.map(Found::eligible).unwrap_or_default();
        close.codes.get(eligible).unwrap_or_default().iter().map(|&code| code_of(code))
    }
}

/// The code behind its number in the column.
pub(super) fn code_of(code: u32) -> Option<u32> {
    (code != NO_CODE).then_some(code)
}
