//! The ledger far from the evidence.
//!
//! A resource that holds far more of the closes than evidence gives it sits on what others earned, and one that holds far less is
//! not paid for what it does. Either is a finding about that resource, and told to who holds too much, since only they can give it
//! back: the resource itself, or of several that with the widest gap, the earlier one where gaps are equal. Where no resource
//! holds too much, nobody in particular is told. A handful of closes says little about anybody, so there must be some.

use entity::kinds::{InsightKind, InsightSeverity, Resource};
use entity::resource_set::ResourceSet;
use rust_decimal::Decimal;

use super::finding::{Figures, Finding, Subject, only, severity_from, worst_first};
use crate::metrics::by_resource::ByResource;
use crate::metrics::credit_gap::Gap;

/// Decimal places of percentage points in basis points.
const POINT_PLACES: u32 = 2;

/// From where on ledger and evidence are far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditGapThresholds {
    /// The fewest closes of a period that anything is said about: 10.
    pub least_closes: u64,
    /// The gap in either direction that somebody should look at, in basis points of all closes: 1 000, ten percentage points.
    pub warning_bp: u32,
    /// The gap in either direction that somebody has to do something about, in basis points of all closes: 2 500.
    pub critical_bp: u32,
}

impl Default for CreditGapThresholds {
    fn default() -> Self {
        Self { least_closes: 10, warning_bp: 1_000, critical_bp: 2_500 }
    }
}

/// The resources whose share by the ledger is far from that by evidence, of so many closes.
#[must_use]
pub fn credit_gap(gaps: ByResource<Gap>, closes: u64, thresholds: &CreditGapThresholds) -> Vec<Finding> {
    if closes < thresholds.least_closes {
        return Vec::new();
    }
    let gaps = gaps.map(bp);
    let holder = holder(gaps);
    let (warning, critical) = (u64::from(thresholds.warning_bp), u64::from(thresholds.critical_bp));
    let found = gaps.into_pairs().into_iter().filter_map(|(resource, gap)| {
        let severity = severity_from(&gap.unsigned_abs(), &warning, &critical).filter(|_| gap != 0)?;
        let reached = if severity == InsightSeverity::Critical { thresholds.critical_bp } else { thresholds.warning_bp };
        Some(Finding {
            kind: InsightKind::CreditGap,
            severity,
            subject: Subject::Resource(resource),
            addressed_to: if gap > 0 { only(resource) } else { holder },
            figures: Figures {
                observed: Decimal::new(gap, POINT_PLACES),
                threshold: Decimal::new(i64::from(reached) * gap.signum(), POINT_PLACES),
                baseline: None,
                count: closes,
                cost_minor: None,
            },
        })
    });
    worst_first(found)
}

/// What the ledger gives more than evidence does, in basis points of all closes.
const fn bp(gap: Gap) -> i64 {
    gap.ledger_bp.saturating_sub(gap.evidence_bp)
}

/// Who holds too much, and of several who holds most.
fn holder(gaps: ByResource<i64>) -> ResourceSet {
    // Of equal ones the last is taken, so they are looked at from the end.
    let widest: Option<(Resource, i64)> = gaps.into_pairs().into_iter().rev().max_by_key(|(_, gap)| *gap);
    widest.filter(|(_, gap)| *gap > 0).into_iter().map(|(resource, _)| resource).collect()
}
