//! Goals that are behind.
//!
//! A goal is behind where its pace is: what there is against what is expected by now, above 1 is ahead whether more or less is better.
//! Of a ratio the pace is the attainment. Early in a period one close more or less turns a pace round, so nothing is said until
//! a tenth of what is expected of the whole is due. After the end pace no longer matters: a goal is met or missed, and to miss
//! one is critical by however little.
//!
//! The pace is judged as it is shown, with four places: a goal that shows 0.9000 is not told to be below it.

use entity::ids::GoalId;
use entity::kinds::{InsightKind, InsightSeverity};
use entity::resource_set::ResourceSet;
use rust_decimal::Decimal;

use super::exact::reaches;
use super::finding::{Figures, Finding, Subject, worst_first};
use crate::metrics::goal::Progress;

/// Decimal places of a pace.
const PLACES: u32 = 4;

/// The attainment of a goal that is met, in basis points.
const MET_BP: u32 = 10_000;

/// From where on a goal is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceThresholds {
    /// The share of the period, along the curve of the goal, before which nothing is said, in basis points: 1 000.
    pub least_elapsed_bp: u32,
    /// The pace below which somebody should look at it, in basis points: 9 000.
    pub warning_below_bp: u32,
    /// The pace below which somebody has to do something, in basis points: 7 500.
    pub critical_below_bp: u32,
}

impl Default for PaceThresholds {
    fn default() -> Self {
        Self { least_elapsed_bp: 1_000, warning_below_bp: 9_000, critical_below_bp: 7_500 }
    }
}

/// How a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoalStand {
    /// Which goal.
    pub goal: GoalId,
    /// Who owns it, and is told.
    pub owners: ResourceSet,
    /// How far it has come.
    pub progress: Progress,
    /// Whether its period is over. The days of a curve may be over before: a month may end with a Sunday.
    pub ended: bool,
}

/// The goals that are behind, or were missed.
#[must_use]
pub fn off_pace(goals: &[GoalStand], thresholds: &PaceThresholds) -> Vec<Finding> {
    worst_first(goals.iter().filter_map(|goal| judged(goal, thresholds)))
}

fn judged(goal: &GoalStand, thresholds: &PaceThresholds) -> Option<Finding> {
    let (severity, observed, threshold) = if goal.ended { missed(&goal.progress)? } else { behind(&goal.progress, thresholds)? };
    let days = u64::try_from(goal.progress.elapsed.days).unwrap_or_default();
    Some(Finding {
        kind: InsightKind::GoalOffPace,
        severity,
        subject: Subject::Goal(goal.goal),
        addressed_to: goal.owners,
        figures: Figures { observed, threshold, baseline: None, count: days, cost_minor: None },
    })
}

/// Whether a goal was met is told by its exact terms, so it may be missed with an attainment that shows 1. What was missed has an
/// attainment: where lower is better, more than a target is more than nothing.
fn missed(progress: &Progress) -> Option<(InsightSeverity, Decimal, Decimal)> {
    let attainment = progress.attainment.value.filter(|_| progress.met == Some(false))?;
    Some((InsightSeverity::Critical, attainment, pace(MET_BP)))
}

fn behind(progress: &Progress, thresholds: &PaceThresholds) -> Option<(InsightSeverity, Decimal, Decimal)> {
    let share = progress.elapsed.share;
    let elapsed = (u128::try_from(share.numerator()).ok()?, u128::try_from(share.denominator()).ok()?);
    let observed = progress.pace.value.filter(|_| reaches(elapsed, thresholds.least_elapsed_bp))?;
    let (warning, critical) = (pace(thresholds.warning_below_bp), pace(thresholds.critical_below_bp));
    if observed < critical {
        Some((InsightSeverity::Critical, observed, critical))
    } else {
        (observed < warning).then_some((InsightSeverity::Warning, observed, warning))
    }
}

fn pace(bp: u32) -> Decimal {
    Decimal::new(i64::from(bp), PLACES)
}
