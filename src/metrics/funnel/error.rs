//! What is wrong with a question about the funnel.

use std::fmt;

use super::grid::MAX_CELLS;
use super::steps::MAX_STEPS;

/// Why a funnel cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunnelError {
    /// The columns of facts or touches differ in length.
    UnevenColumns,
    /// A funnel needs at least one step.
    NoSteps,
    /// More than [`MAX_STEPS`] steps.
    TooManySteps,
    /// No stage of the catalogue has this index.
    UnknownStage(u16),
    /// A side stage is no progress and cannot be a step.
    SideStep(u16),
    /// Each step must stand further in the pipeline than the one before it; this one does not.
    StepOutOfOrder(u16),
    /// The funnel has no step of this index.
    UnknownStep(u8),
    /// A window cannot be negative.
    NegativeWindow,
    /// The first step has no step before it from which a window could run.
    WindowOnFirstStep,
    /// An exclusion must begin at an earlier step than it ends.
    ExclusionOutOfOrder,
    /// Buckets must follow one another without overlap.
    BucketsOutOfOrder,
    /// Buckets times groups exceed [`MAX_CELLS`].
    TooManyCells,
}

impl fmt::Display for FunnelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnevenColumns => formatter.write_str("columns differ in length"),
            Self::NoSteps => formatter.write_str("a funnel needs at least one step"),
            Self::TooManySteps => write!(formatter, "a funnel has at most {MAX_STEPS} steps"),
            Self::UnknownStage(stage) => write!(formatter, "stage {stage} is not in the catalogue"),
            Self::SideStep(stage) => write!(formatter, "stage {stage} lies beside the way and cannot be a step"),
            Self::StepOutOfOrder(stage) => write!(formatter, "stage {stage} does not stand further than the step before it"),
            Self::UnknownStep(step) => write!(formatter, "the funnel has no step {step}"),
            Self::NegativeWindow => formatter.write_str("a window cannot be negative"),
            Self::WindowOnFirstStep => formatter.write_str("the first step has no window of its own"),
            Self::ExclusionOutOfOrder => formatter.write_str("an exclusion must begin at an earlier step than it ends"),
            Self::BucketsOutOfOrder => formatter.write_str("buckets must follow one another without overlap"),
            Self::TooManyCells => write!(formatter, "buckets times groups exceed {MAX_CELLS}"),
        }
    }
}

impl std::error::Error for FunnelError {}
