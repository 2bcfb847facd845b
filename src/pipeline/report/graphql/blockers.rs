//! What keeps buyers from deciding.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, SimpleObject};
use entity::kinds::BlockerKind;

use super::rows::{BlockerRowConnection, BlockerRowState, Paged, PipelineRowConnection, PipelineRowState, rows_cost, rows_of};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::OpportunityRead;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, Dimension};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{MetricDefinition, MetricUnit, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{DateTime, Decimal, int};
use crate::metrics::definition::{BLOCKER_REPORT, NO_DECISION, TIME_IN_STAGE};
use crate::metrics::durations::elapsed_days;
use crate::metrics::pipeline::Counted;
use crate::pipeline::report::service::{self, BlockerWanted, Group, Report, blocker_rows};
use crate::trends;

/// Blockers of one kind, or of all.
#[derive(Clone, Debug, SimpleObject)]
pub struct BlockerLine {
    /// What they are; null for all kinds together.
    kind: Option<BlockerKind>,
    /// How many were raised.
    raised: i32,
    /// How many that is of all that were raised.
    share: RatioMetric,
    /// How many of them are resolved.
    resolution_rate: RatioMetric,
    /// The median time to resolve those, in days of 24 hours.
    median_days: RatioMetric,
    /// How many are open.
    open: i32,
    /// How old the oldest of those is, in days; null where none is open.
    oldest_open_days: Option<Decimal>,
    /// How often opportunities that ended in the period did so without a decision, of those that had it before they ended.
    no_decision_with: RatioMetric,
    /// The same of those that had not. That one is higher than the other is no proof that the blocker is why.
    no_decision_without: RatioMetric,
}

/// Blockers of all kinds, and of each.
#[derive(Clone, Debug, SimpleObject)]
pub struct BlockerFigures {
    /// Of all kinds.
    all: BlockerLine,
    /// Of each kind that was raised.
    #[graphql(complexity = "9 * child_complexity + 1")]
    kinds: Vec<BlockerLine>,
}

impl From<&service::BlockerFigures> for BlockerLine {
    fn from(figures: &service::BlockerFigures) -> Self {
        let (line, spread) = (&figures.line, &figures.line.spread);
        let [with, without] = &figures.no_decision;
        Self {
            kind: line.kind,
            raised: int(spread.ended.saturating_add(spread.running)),
            share: RatioMetric::new(&line.share, BLOCKER_REPORT.unit),
            resolution_rate: RatioMetric::new(&line.resolved, BLOCKER_REPORT.unit),
            median_days: RatioMetric::new(&spread.median, TIME_IN_STAGE.unit),
            open: int(spread.running),
            oldest_open_days: spread.longest_running.map(|micros| Decimal(elapsed_days(micros))),
            no_decision_with: RatioMetric::new(with, NO_DECISION.unit),
            no_decision_without: RatioMetric::new(without, NO_DECISION.unit),
        }
    }
}

impl BlockerFigures {
    fn of(summary: &service::BlockerSummary) -> Self {
        Self { all: (&summary.all).into(), kinds: summary.kinds.iter().map(BlockerLine::from).collect() }
    }
}

/// What keeps buyers from deciding, with everything that explains the numbers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BlockerReport {
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
    whole: BlockerFigures,
    /// By value, those without one last. They add up to the whole, but for segments, which may have some in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    groups: Vec<BlockerGroup>,
    /// What you could not see.
    visibility: Visibility,
    #[graphql(skip)]
    report: Arc<Report>,
    #[graphql(skip)]
    point: usize,
}

/// The blockers of opportunities with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct BlockerGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Their figures.
    figures: BlockerFigures,
}

impl BlockerReport {
    /// Shows one point of a report.
    pub(super) fn new(report: Arc<Report>, visibility: Reach, point: usize) -> Result<Self> {
        let split = report.blockers(point)?;
        let period = report.points().get(point).ok_or(Error::broken("a point of the report"))?.into();
        let figures = |figures: &service::BlockerSummary| BlockerFigures::of(figures);
        let group = |group: &Group<service::BlockerSummary>| BlockerGroup { of: group.value.into(), figures: figures(&group.figures) };
        Ok(Self {
            definition: BLOCKER_REPORT.into(),
            unit: BLOCKER_REPORT.unit.into(),
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
impl BlockerReport {
    /// The blockers behind the numbers that you may see, those raised first first. They are as many as the numbers say to those
    /// who may see all of them.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "What they are.")] kind: Option<BlockerKind>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "Whether they are resolved.", default)] state: BlockerRowState,
    ) -> Result<BlockerRowConnection> {
        let page = Paged { first, after, last, before }.read()?;
        let wanted = BlockerWanted { kind, state: state.into(), group: group.map(|group| group.value) };
        let scope = ctx.authorize::<OpportunityRead>()?;
        let rows = blocker_rows(&scope, &self.report, self.point, &wanted, page, wants(ctx, "totalCount")).await?;
        Ok(BlockerRowConnection::new(rows, scope.reach()))
    }

    /// The opportunities that ended in the period and that you may see, with blockers or without: those the rates of no decision
    /// are of.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those that had a blocker before they ended, or those that had none.", default = true)] blocked: bool,
        #[graphql(desc = "Of this kind. Default: of any.")] kind: Option<BlockerKind>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "How they count.", default)] state: PipelineRowState,
    ) -> Result<PipelineRowConnection> {
        let page = Paged { first, after, last, before };
        rows_of(ctx, (&self.report, self.point, Counted::Closed), &page, group, state, Some((kind, blocked))).await
    }
}

trends! {
    /// What keeps buyers from deciding in each part of a period.
    BlockerReportTrend of BlockerReport;
}
