//! What falls due while a clock runs: a warning, the breach, and whom it is taken to after it.

use std::fmt;

use entity::time::Timestamp;

use super::pauses::Pauses;
use super::timeline::BusinessTime;

/// A whole, in percent.
const WHOLE: u16 = 100;

/// The largest percentage of a step: past ten times its target nobody waits for a clock.
pub const MAX_PERCENT: u16 = 1_000;

/// What falls due on a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Little time is left.
    Warn,
    /// No time is left.
    Breach,
    /// The lead is told.
    Escalate,
    /// Somebody else is asked.
    Reassign,
}

/// When steps fall due, in percent of the target. The breach is at the target itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ladder {
    /// The warning.
    pub warn: Option<u16>,
    /// When the lead is told.
    pub escalate: Option<u16>,
    /// When somebody else is asked.
    pub reassign: Option<u16>,
}

/// What is wrong with a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderError {
    /// A warning comes before the breach: at 1 to 99 percent.
    Warn(u16),
    /// A step comes after the breach: at 101 percent to [`MAX_PERCENT`].
    After(Step, u16),
}

impl fmt::Display for LadderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warn(percent) => write!(formatter, "a warning comes at 1 to 99 percent of the target, not at {percent}"),
            Self::After(_, percent) => {
                write!(formatter, "what follows a breach comes at 101 to {MAX_PERCENT} percent of the target, not at {percent}")
            }
        }
    }
}

impl std::error::Error for LadderError {}

impl Default for Ladder {
    fn default() -> Self {
        Self { warn: Some(75), escalate: Some(125), reassign: Some(150) }
    }
}

impl Ladder {
    /// A ladder; `None` leaves a step out.
    ///
    /// # Errors
    /// [`LadderError`] for a warning that does not come before the breach, or another step that does not come after it.
    pub fn new(warn: Option<u16>, escalate: Option<u16>, reassign: Option<u16>) -> Result<Self, LadderError> {
        if let Some(percent) = warn.filter(|percent| !(1..WHOLE).contains(percent)) {
            return Err(LadderError::Warn(percent));
        }
        for (step, percent) in [(Step::Escalate, escalate), (Step::Reassign, reassign)] {
            if let Some(percent) = percent.filter(|percent| !(WHOLE + 1..=MAX_PERCENT).contains(percent)) {
                return Err(LadderError::After(step, percent));
            }
        }
        Ok(Self { warn, escalate, reassign })
    }

    /// The steps with their percentages.
    fn rungs(self) -> impl Iterator<Item = (Step, u16)> {
        let rungs =
            [(Step::Warn, self.warn), (Step::Breach, Some(WHOLE)), (Step::Escalate, self.escalate), (Step::Reassign, self.reassign)];
        rungs.into_iter().filter_map(|(step, percent)| Some((step, percent?)))
    }
}

/// When each step of a clock falls due; `None` while a pause holds it up, and where it never comes. Nothing falls due outside of
/// business time, or in a pause. A step is to be told once it is past and the clock [outlasts](super::Settled::outlasts) it.
#[must_use]
pub fn steps(time: &BusinessTime, started_at: Timestamp, target: i64, pauses: &Pauses, ladder: Ladder) -> Vec<(Step, Option<Timestamp>)> {
    ladder.rungs().map(|(step, percent)| (step, time.due(started_at, part(target, percent), pauses))).collect()
}

/// So many percent of a target, in whole microseconds, rounded up: nothing falls due early.
fn part(target: i64, percent: u16) -> i64 {
    let (target, percent, whole) = (i128::from(target), i128::from(percent), i128::from(WHOLE));
    i64::try_from((target * percent + whole - 1).div_euclid(whole)).unwrap_or(i64::MAX)
}
