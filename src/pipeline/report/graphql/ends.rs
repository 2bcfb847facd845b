//! How often opportunities end without a decision.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, SimpleObject};

use super::rows::{Paged, PipelineRowConnection, PipelineRowState, rows_cost, rows_of};
use crate::auth::permission::Reach;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, Dimension};
use crate::error::{Error, Result};
use crate::graphql::metric::{MetricDefinition, MetricUnit, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{DateTime, int};
use crate::metrics::definition::NO_DECISION;
use crate::metrics::outcomes::Outcomes;
use crate::metrics::pipeline::Counted;
use crate::pipeline::report::service::{Group, Report};
use crate::trends;

/// How opportunities that ended in the period did so.
#[derive(Clone, Debug, SimpleObject)]
pub struct NoDecisionFigures {
    /// Won.
    won: i32,
    /// They bought from somebody else.
    lost_to_competitor: i32,
    /// They wanted a change and could not decide.
    indecision: i32,
    /// They stayed with what they have.
    status_quo: i32,
    /// They did not buy for another reason.
    lost_otherwise: i32,
    /// Lost, for whatever reason.
    lost: i32,
    /// Won or lost.
    decided: i32,
    /// Disqualified or recorded twice: in no rate.
    excluded: i32,
    /// Ended without a decision, of what was decided.
    rate: RatioMetric,
    /// Ended without a decision, of what was lost.
    share_of_losses: RatioMetric,
    /// For indecision, of what ended without a decision.
    indecision_share: RatioMetric,
    /// Won of what was decided.
    win_rate: RatioMetric,
    /// Won of what was won or lost to a competitor.
    competitive_win_rate: RatioMetric,
}

impl NoDecisionFigures {
    fn of(outcomes: &Outcomes) -> Self {
        let rates = outcomes.rates();
        let ratio = |ratio| RatioMetric::new(&ratio, NO_DECISION.unit);
        Self {
            won: int(outcomes.won),
            lost_to_competitor: int(outcomes.lost_to_competitor),
            indecision: int(outcomes.indecision),
            status_quo: int(outcomes.status_quo),
            lost_otherwise: int(outcomes.lost_otherwise),
            lost: int(outcomes.lost()),
            decided: int(outcomes.decided()),
            excluded: int(outcomes.excluded),
            rate: ratio(rates.no_decision),
            share_of_losses: ratio(rates.no_decision_of_losses),
            indecision_share: ratio(rates.indecision_of_no_decision),
            win_rate: ratio(rates.win),
            competitive_win_rate: ratio(rates.competitive_win),
        }
    }
}

/// How often opportunities end without a decision, with everything that explains the numbers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct NoDecision {
    /// What is computed.
    definition: MetricDefinition,
    /// What the value is measured in.
    unit: MetricUnit,
    /// The days it is about.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// By what the answer is split; null where it is not.
    by: Option<Dimension>,
    /// All together.
    whole: NoDecisionFigures,
    /// By value, those without one last. They add up to the whole, but for segments, which may have some in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    groups: Vec<NoDecisionGroup>,
    /// What you could not see.
    visibility: Visibility,
    #[graphql(skip)]
    report: Arc<Report>,
    #[graphql(skip)]
    point: usize,
}

/// The opportunities with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct NoDecisionGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Their figures.
    figures: NoDecisionFigures,
}

impl NoDecision {
    /// Shows one point of a report.
    pub(super) fn new(report: Arc<Report>, visibility: Reach, point: usize) -> Result<Self> {
        let split = report.ends(point)?;
        let period = report.points().get(point).ok_or(Error::broken("a point of the report"))?.into();
        let figures = |figures: &Outcomes| NoDecisionFigures::of(figures);
        let group = |group: &Group<Outcomes>| NoDecisionGroup { of: group.value.into(), figures: figures(&group.figures) };
        Ok(Self {
            definition: NO_DECISION.into(),
            unit: NO_DECISION.unit.into(),
            period,
            as_of: DateTime(report.as_of()),
            by: report.by().map(Into::into),
            whole: figures(&split.whole),
            groups: split.groups.iter().map(group).collect(),
            visibility: visibility.into(),
            report,
            point,
        })
    }
}

#[ComplexObject]
impl NoDecision {
    /// The opportunities behind the numbers that you may see, those that began first first. They are as many as the numbers say
    /// to those who may see all of them.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "How they count.", default)] state: PipelineRowState,
    ) -> Result<PipelineRowConnection> {
        let page = Paged { first, after, last, before };
        rows_of(ctx, (&self.report, self.point, Counted::Closed), &page, group, state, None).await
    }
}

trends! {
    /// The ends without a decision in each part of a period.
    NoDecisionTrend of NoDecision;
}
