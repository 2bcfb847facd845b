//! Journeys as the values they passed, whether they were won or lost.

use std::fmt;
use std::ops::Range;

use super::facts::Facts;
use super::walk::{Line, Report, WHOLE, totals};
use crate::metrics::split::{NoWeight, split};

/// Why journeys have no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathsError {
    /// There are too few journeys to say anything.
    Immature {
        /// How many there are, won and lost.
        journeys: u64,
    },
    /// More values were passed than the model can weigh.
    TooManyValues {
        /// How many at most.
        most: usize,
    },
    /// There is no end to going in circles: a number is too large.
    TooLong,
}

impl fmt::Display for PathsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Immature { journeys } => write!(formatter, "{journeys} journeys are too few"),
            Self::TooManyValues { most } => write!(formatter, "this model weighs {most} values at most"),
            Self::TooLong => formatter.write_str("the journeys are too long"),
        }
    }
}

impl std::error::Error for PathsError {}

/// Journeys in flat columns. A value that is passed several times in a row is passed once; a touch without a value is a value
/// of its own.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    steps: Vec<Option<u32>>,
    ends: Vec<usize>,
    won: Vec<bool>,
    wins: u64,
}

impl Paths {
    /// Adds a journey; one without touches is none.
    pub fn push(&mut self, steps: impl IntoIterator<Item = Option<u32>>, won: bool) {
        let start = self.steps.len();
        for step in steps {
            if self.steps.len() == start || self.steps.last() != Some(&step) {
                self.steps.push(step);
            }
        }
        if self.steps.len() > start {
            self.ends.push(self.steps.len());
            self.won.push(won);
            self.wins += u64::from(won);
        }
    }

    /// How many were won.
    #[must_use]
    pub const fn wins(&self) -> u64 {
        self.wins
    }

    /// How many there are, won and lost.
    #[must_use]
    pub fn journeys(&self) -> u64 {
        u64::try_from(self.won.len()).unwrap_or(u64::MAX)
    }

    /// The values passed, rising, the one of touches without a value first.
    pub(super) fn values(&self, most: usize) -> Result<Vec<Option<u32>>, PathsError> {
        let mut values: Vec<Option<u32>> = Vec::new();
        for step in &self.steps {
            if let Err(place) = values.binary_search(step) {
                if values.len() == most {
                    return Err(PathsError::TooManyValues { most });
                }
                values.insert(place, *step);
            }
        }
        Ok(values)
    }

    /// The journeys with whether they were won.
    pub(super) fn each(&self) -> impl Iterator<Item = (&[Option<u32>], bool)> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).zip(&self.won).map(|((start, &end), &won)| (self.steps.get(start..end).unwrap_or_default(), won))
    }
}

/// What a value weighs by journeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The number of the value; `None` for touches without one.
    pub code: Option<u32>,
    /// Its weight, in one unknown unit.
    pub weight: u64,
}

/// Divides closes by what values weigh: those with touches all together, those without stay unattributed.
///
/// # Errors
/// [`NoWeight`] if closes have touches and no value weighs anything.
pub fn share_out(facts: &Facts, closes: Range<usize>, shared: &[Shared]) -> Result<Report, NoWeight> {
    let mut report = totals(facts, closes.clone());
    let (mut touched, mut value) = (0_i64, 0_i64);
    for number in closes {
        let close = facts.close(number);
        if close.found.is_some() {
            touched = touched.saturating_add(WHOLE);
            value = value.saturating_add(close.value_minor.unwrap_or_default());
        }
    }
    let all = i64::try_from(report.closes).unwrap_or(i64::MAX).saturating_mul(WHOLE);
    let mut rest = Line { code: None, closes: all.saturating_sub(touched), value_minor: report.value_minor.saturating_sub(value) };
    if touched > 0 {
        let weights: Vec<u64> = shared.iter().map(|shared| shared.weight).collect();
        for ((shared, closes), value_minor) in shared.iter().zip(split(touched, &weights)?).zip(split(value, &weights)?) {
            if shared.code.is_some() {
                report.lines.push(Line { code: shared.code, closes, value_minor });
            } else {
                rest.closes = rest.closes.saturating_add(closes);
                rest.value_minor = rest.value_minor.saturating_add(value_minor);
            }
        }
    }
    if rest.closes != 0 || rest.value_minor != 0 {
        report.lines.push(rest);
    }
    Ok(report.check())
}
