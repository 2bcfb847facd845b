//! More and more buyers held back by the same.
//!
//! What was open when a period began is set against what is open now, kind by kind. Both how many there are and how much they have
//! grown must say so: two that became four are no pile, and of a hundred that were always there nobody learns anything. Where
//! nothing was open, any number has grown without bound. All three can do something about what holds buyers back, so it is
//! for nobody in particular.

use entity::kinds::{BlockerKind, InsightKind, InsightSeverity};
use entity::resource_set::ResourceSet;
use rust_decimal::Decimal;

use super::exact::WHOLE_BP;
use super::finding::{Figures, Finding, Subject, worst_first};

/// From where on blockers pile up. Both of a pair have to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockerThresholds {
    /// How many must be open for somebody to look at it: 5.
    pub warning_open: u64,
    /// By how much of what was open they must have grown for that, in basis points: 5 000, half as many again.
    pub warning_growth_bp: u32,
    /// How many must be open for somebody to have to do something: 10.
    pub critical_open: u64,
    /// By how much of what was open they must have grown for that, in basis points: 10 000, twice as many.
    pub critical_growth_bp: u32,
}

impl Default for BlockerThresholds {
    fn default() -> Self {
        Self { warning_open: 5, warning_growth_bp: 5_000, critical_open: 10, critical_growth_bp: 10_000 }
    }
}

/// The open blockers of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pile {
    /// Of which kind.
    pub kind: BlockerKind,
    /// How many were open when the period began.
    pub before: u64,
    /// How many are open now.
    pub now: u64,
}

/// The kinds of blockers that pile up.
#[must_use]
pub fn blockers_piling_up(piles: &[Pile], thresholds: &BlockerThresholds) -> Vec<Finding> {
    worst_first(piles.iter().filter_map(|pile| judged(pile, thresholds)))
}

fn judged(pile: &Pile, thresholds: &BlockerThresholds) -> Option<Finding> {
    let warning = fewest(pile.before, thresholds.warning_open, thresholds.warning_growth_bp);
    let critical = fewest(pile.before, thresholds.critical_open, thresholds.critical_growth_bp);
    let (severity, reached) = if u128::from(pile.now) >= critical {
        (InsightSeverity::Critical, critical)
    } else {
        (InsightSeverity::Warning, Some(warning).filter(|warning| u128::from(pile.now) >= *warning)?)
    };
    Some(Finding {
        kind: InsightKind::BlockersPilingUp,
        severity,
        subject: Subject::Blockers(pile.kind),
        addressed_to: ResourceSet::default(),
        figures: Figures {
            observed: Decimal::from(pile.now),
            // Not above what there is, so it fits.
            threshold: u64::try_from(reached).ok().map(Decimal::from)?,
            baseline: Some(Decimal::from(pile.before)),
            count: pile.now,
            cost_minor: None,
        },
    })
}

/// The fewest that are as many and have grown by as much. One that did not grow at all is never enough.
fn fewest(before: u64, open: u64, growth_bp: u32) -> u128 {
    let grown = (u128::from(before) * (WHOLE_BP + u128::from(growth_bp))).div_ceil(WHOLE_BP);
    grown.max(u128::from(before) + 1).max(u128::from(open))
}
