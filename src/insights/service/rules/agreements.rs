//! How both sides keep their agreements.

use futures_util::future::BoxFuture;

use super::{Found, Look};
use crate::error::{Error, Result};
use crate::metrics::insight::{Finding, Rejecting, SideClocks, Subject, breach_run, reject_reason_drift};

const REASONS: &str = "query Insight($agreementId: ID!, $period: PeriodInput!, $before: PeriodInput!, $asOf: DateTime!) {
  slaStatus(agreementId: $agreementId, period: $period, by: REJECT_REASON, asOf: $asOf) {
    groups { value share { value numerator denominator } }
  }
  before: slaStatus(agreementId: $agreementId, period: $before, by: REJECT_REASON, asOf: $asOf) {
    groups { value share { value numerator denominator } }
  }
}";

const REASON_ROWS: &str =
    "query InsightRows($agreementId: ID!, $period: PeriodInput!, $asOf: DateTime!, $reason: RejectReason!, $first: Int, $after: String) {
  slaStatus(agreementId: $agreementId, period: $period, asOf: $asOf) {
    handoffs(filter: { rejectReason: $reason }, first: $first, after: $after) {
      nodes { id state offeredAt }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

const RUNS: &str = "query Insight($agreementId: ID!, $period: PeriodInput!, $asOf: DateTime!) {
  slaStatus(agreementId: $agreementId, period: $period, asOf: $asOf) { breachRuns { resource inARow decided } }
}";

const RUN_ROWS: &str = "query InsightRows($agreementId: ID!, $period: PeriodInput!, $asOf: DateTime!, $first: Int, $after: String) {
  slaStatus(agreementId: $agreementId, period: $period, asOf: $asOf) {
    clocks(filter: { states: [MET, LATE, OVERDUE] }, first: $first, after: $after) {
      nodes { id resource state dueAt }
      pageInfo { hasNextPage endCursor }
    }
  }
}";

/// Reasons that are given more often than in the month before.
pub(super) fn reject_reasons(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let period = look.running;
        let before = period.before().map_err(Error::internal)?;
        let mut reasons: Vec<Rejecting> = Vec::new();
        for report in &look.agreements {
            reasons.extend(report.rejecting()?);
        }
        let found = |finding: Finding| {
            let Subject::RejectReason { agreement, reason } = finding.subject else {
                return Err(Error::broken("it was looked for by reason"));
            };
            let told = || look.told().with("agreementId", agreement.to_string()).days("period", &period);
            let path = format!("slaStatus.groups[value={}].share.value", reason.name());
            Ok(Found {
                finding,
                period,
                source: told().days("before", &before).asks(REASONS, path),
                evidence: told().with("reason", reason.name()).asks(REASON_ROWS, "slaStatus.handoffs"),
            })
        };
        reject_reason_drift(&reasons, &look.thresholds.reject_reasons).into_iter().map(found).collect()
    })
}

/// Sides that are late time after time.
pub(super) fn late_sides(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let period = look.running;
        let mut sides: Vec<SideClocks> = Vec::new();
        for report in &look.agreements {
            sides.extend(report.sides(0)?);
        }
        let found = |finding: Finding| {
            let Subject::Side { agreement, resource } = finding.subject else {
                return Err(Error::broken("it was looked for by side"));
            };
            let told = || look.told().with("agreementId", agreement.to_string()).days("period", &period);
            Ok(Found {
                finding,
                period,
                source: told().asks(RUNS, format!("slaStatus.breachRuns[resource={}].inARow", resource.name())),
                evidence: told().asks(RUN_ROWS, "slaStatus.clocks"),
            })
        };
        breach_run(&sides, &look.thresholds.breach_run).into_iter().map(found).collect()
    })
}
