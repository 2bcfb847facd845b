//! One reason to reject what is handed over that weighs more than before.
//!
//! A reason is weighed by how many were rejected for it of those *offered*. Of those rejected its share would rise with nothing
//! having changed but that another reason was cured, and would jump about where few are rejected. What was offered and is not
//! answered yet is in the divisor, so that a period that still runs says too little rather than too much. It is told to who
//! offers: they are to bring something else, or to contest.

use entity::ids::ServiceAgreementId;
use entity::kinds::{InsightKind, InsightSeverity, RejectReason, Resource};
use rust_decimal::Decimal;

use super::exact::{Quotient, reaches, shown};
use super::finding::{Figures, Finding, Subject, only, worst_first};

/// Percent of a whole.
const PERCENT: u128 = 100;

/// Decimal places of percentage points.
const POINT_PLACES: u32 = 2;

/// From where on a reason weighs more than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectReasonThresholds {
    /// The fewest offered, in each of both periods: 10.
    pub least_offered: u64,
    /// The fewest rejected for the reason in the period: 3.
    pub least_rejected: u64,
    /// The rise that somebody should look at, in basis points of those offered: 1 500, fifteen percentage points.
    pub warning_bp: u32,
    /// The rise that somebody has to do something about, in basis points of those offered: 3 000.
    pub critical_bp: u32,
}

impl Default for RejectReasonThresholds {
    fn default() -> Self {
        Self { least_offered: 10, least_rejected: 3, warning_bp: 1_500, critical_bp: 3_000 }
    }
}

/// What was offered in a period, and rejected for a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Offered and not withdrawn, whatever became of it.
    pub offered: u64,
    /// Rejected for the reason, also where that is disputed.
    pub rejected: u64,
}

/// How often a reason is given under an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejecting {
    /// Under which agreement.
    pub agreement: ServiceAgreementId,
    /// Who offers.
    pub from: Resource,
    /// Why it is rejected.
    pub reason: RejectReason,
    /// In the period.
    pub now: Offered,
    /// In the one before.
    pub before: Offered,
}

/// The reasons that weigh more than before.
#[must_use]
pub fn reject_reason_drift(reasons: &[Rejecting], thresholds: &RejectReasonThresholds) -> Vec<Finding> {
    worst_first(reasons.iter().filter_map(|rejecting| judged(rejecting, thresholds)))
}

fn judged(rejecting: &Rejecting, thresholds: &RejectReasonThresholds) -> Option<Finding> {
    let Rejecting { agreement, from, reason, now, before } = *rejecting;
    let few = now.offered.min(before.offered) < thresholds.least_offered || now.rejected < thresholds.least_rejected;
    let rise = rise(now, before).filter(|_| !few)?;
    let (severity, reached) = if reaches(rise, thresholds.critical_bp) {
        (InsightSeverity::Critical, thresholds.critical_bp)
    } else {
        (InsightSeverity::Warning, Some(thresholds.warning_bp).filter(|warning| reaches(rise, *warning))?)
    };
    let percent = |offered: Offered| shown((u128::from(offered.rejected) * PERCENT, offered.offered.into()), POINT_PLACES);
    let (observed, baseline) = (percent(now)?, percent(before)?);
    Some(Finding {
        kind: InsightKind::RejectReasonDrift,
        severity,
        subject: Subject::RejectReason { agreement, reason },
        addressed_to: only(from),
        figures: Figures {
            observed,
            threshold: baseline + Decimal::new(i64::from(reached), POINT_PLACES),
            baseline: Some(baseline),
            count: now.rejected,
            cost_minor: None,
        },
    })
}

/// By how much of those offered the share has risen; `None` where it has not.
fn rise(now: Offered, before: Offered) -> Option<Quotient> {
    let times = |one: u64, other: u64| u128::from(one) * u128::from(other);
    let risen = times(now.rejected, before.offered).checked_sub(times(before.rejected, now.offered))?;
    (risen > 0).then_some((risen, times(now.offered, before.offered)))
}
