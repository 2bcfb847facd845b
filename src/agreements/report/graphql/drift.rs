//! Whether both sides still mean the same by a lead.

use async_graphql::{ComplexObject, Context, SimpleObject};
use entity::ids::TacticId;
use entity::kinds::RejectReason;

use super::figures::{HandoffFigures, ratio};
use crate::agreements::graphql::ServiceAgreement;
use crate::agreements::report::service::{Report, reason};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::TacticRead;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{MetricDefinition, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{DateTime, Decimal, int};
use crate::journey::graphql::Tactic;
use crate::metrics::definition::HANDOFF_DRIFT;
use crate::metrics::sla;

/// How often handoffs were rejected for a reason.
#[derive(Clone, Debug, SimpleObject)]
pub struct RejectReasonCount {
    /// Why.
    reason: RejectReason,
    /// How often.
    rejected: i32,
}

/// How often handoffs are rejected, and why.
#[derive(Clone, Debug, SimpleObject)]
pub struct Rejections {
    /// The handoffs.
    handoffs: HandoffFigures,
    /// Why those that are rejected were, each reason there is.
    reasons: Vec<RejectReasonCount>,
    /// The reject rate of the period before.
    reject_rate_before: Option<RatioMetric>,
    /// By how many percentage points it has risen since; null where either rate has no value.
    change_points: Option<Decimal>,
}

impl From<&sla::Rejections> for Rejections {
    fn from(rejections: &sla::Rejections) -> Self {
        let reasons = rejections.reasons.iter();
        let counted = |(code, times): &(Option<u32>, u64)| Some(RejectReasonCount { reason: reason(*code)?, rejected: int(*times) });
        Self {
            handoffs: (&rejections.counts).into(),
            reasons: reasons.filter_map(counted).collect(),
            reject_rate_before: rejections.reject_rate_before.as_ref().map(ratio),
            change_points: rejections.change_points.map(Decimal),
        }
    }
}

/// How often what a tactic brings is rejected.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct TacticDrift {
    /// The id of the tactic; null for handoffs that none brought.
    tactic_id: Option<String>,
    /// How often they are rejected, and why.
    rejections: Rejections,
    /// By how many percentage points more often than all together; null where either rate has no value.
    drift_points: Option<Decimal>,
    #[graphql(skip)]
    of: Option<TacticId>,
}

#[ComplexObject]
impl TacticDrift {
    /// The tactic; null for handoffs that none brought, and where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.of {
            Some(id) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}

/// Whether both sides of an agreement still mean the same by a lead.
#[derive(Clone, Debug, SimpleObject)]
pub struct HandoffDrift {
    /// What is computed.
    definition: MetricDefinition,
    /// The days in which the handoffs were offered.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// The agreement.
    agreement: ServiceAgreement,
    /// All tactics together.
    whole: Rejections,
    /// Each tactic that brought something in the period or in the one before; what none brought comes last.
    #[graphql(complexity = "10 * child_complexity + 1")]
    tactics: Vec<TacticDrift>,
    /// What you could not see.
    visibility: Visibility,
}

impl HandoffDrift {
    /// Shows the drift of a report.
    pub(super) fn new(report: &Report, visibility: Reach) -> Result<Self> {
        let drifted = report.drift()?;
        let tactic = |code: u32| drifted.tactics.get(usize::try_from(code).ok()?).copied();
        let line = |line: &sla::TacticDrift| {
            let of = line.tactic.and_then(tactic);
            TacticDrift {
                tactic_id: of.map(|id| id.to_string()),
                rejections: (&line.rejections).into(),
                drift_points: line.points.map(Decimal),
                of,
            }
        };
        Ok(Self {
            definition: HANDOFF_DRIFT.into(),
            period: report.period().into(),
            as_of: DateTime(report.as_of()),
            agreement: report.agreement.clone().into(),
            whole: (&drifted.drift.whole).into(),
            tactics: drifted.drift.tactics.iter().map(line).collect(),
            visibility: visibility.into(),
        })
    }
}
