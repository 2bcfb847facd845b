//! How much is won in a day.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, SimpleObject};
use entity::money;

use super::question;
use super::rows::{Paged, PipelineRowConnection, PipelineRowState, rows_cost, rows_of};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, BreakdownInput, Dimension};
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::metric::{
    Grain, MetricDefinition, MetricUnit, Money, NullReasonOutput, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost,
};
use crate::graphql::scalar::{CurrencyCode, DateTime, int};
use crate::metrics::definition::{PIPELINE_VELOCITY, TIME_IN_STAGE, WIN_RATE};
use crate::metrics::pipeline::Counted;
use crate::pipeline::report::service::{self, Group, Report, Subjects, report};
use crate::trends;

/// Asking how much is won in a day. Amounts are not for everybody who may read other reports.
#[derive(Debug, Default)]
pub struct VelocityQuery;

#[Object]
impl VelocityQuery {
    /// How much is won in a day: open opportunities, times the share that is won, times what a won one is worth, over the days
    /// it takes. Of all segments together it is blended: ask for a breakdown to see each.
    async fn pipeline_velocity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<PipelineVelocity> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let report = report(&scope, question(&period, None, breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        PipelineVelocity::new(report, scope.reach(), 0)
    }

    /// The velocity of each part of a period, each as `pipelineVelocity` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn pipeline_velocity_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<PipelineVelocityTrend> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let report = report(&scope, question(&period, Some(grain), breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        let point = |point| PipelineVelocity::new(Arc::clone(&report), scope.reach(), point);
        let points = (0..report.points().len()).map(point).collect::<Result<_>>()?;
        Ok(PipelineVelocityTrend::new(PIPELINE_VELOCITY, (report.period(), grain, report.as_of()), scope.reach(), points))
    }
}

/// How much is won in a day, and from what that follows.
#[derive(Clone, Debug, SimpleObject)]
pub struct VelocityFigures {
    /// What is won in a day; null has a reason.
    per_day: Option<Money>,
    /// Why there is no value.
    null_reason: Option<NullReasonOutput>,
    /// Whether several segments are taken together, whose own velocities do not add up to this one.
    blended: bool,
    /// Open when the period ends.
    open: i32,
    /// Won in it.
    won: i32,
    /// Won or lost in it.
    decided: i32,
    /// Won of what was decided.
    win_rate: RatioMetric,
    /// What was won and is priced, net of what was given back.
    won_value: Money,
    /// Won opportunities that are in the mean value.
    priced: i32,
    /// Won opportunities that are not, because there is no rate for the currency of their closes.
    unpriced: i32,
    /// The mean value of those that are, in major units.
    mean_won_value: RatioMetric,
    /// The mean time from the beginning of an opportunity to its win, in days of 24 hours.
    mean_cycle: RatioMetric,
}

impl VelocityFigures {
    fn of(figures: &service::VelocityFigures, report: &Report, group: bool) -> Self {
        let facts = &figures.moving.facts;
        let money = |minor: i64| Money::from(money::Money::from_minor(minor, report.currency()));
        Self {
            per_day: figures.velocity.per_day_minor.map(money),
            null_reason: figures.velocity.null_reason.map(NullReasonOutput::from),
            blended: !group,
            open: int(facts.open),
            won: int(facts.won),
            decided: int(facts.decided),
            win_rate: RatioMetric::new(&figures.win, WIN_RATE.unit),
            won_value: money(i64::try_from(facts.value_minor).unwrap_or(i64::MAX)),
            priced: int(facts.priced),
            unpriced: int(figures.moving.unpriced),
            mean_won_value: RatioMetric::new(&figures.mean_value, PIPELINE_VELOCITY.unit),
            mean_cycle: RatioMetric::new(&figures.mean_cycle, TIME_IN_STAGE.unit),
        }
    }
}

/// How much is won in a day, with everything that explains the numbers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct PipelineVelocity {
    /// What is computed.
    definition: MetricDefinition,
    /// What the value is measured in.
    unit: MetricUnit,
    /// The days it is about.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// The currency of everything priced.
    currency: CurrencyCode,
    /// By what the answer is split; null where it is not.
    by: Option<Dimension>,
    /// All together.
    whole: VelocityFigures,
    /// By value, those without one last. They add up to the whole, but for segments, which may have some in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    groups: Vec<PipelineVelocityGroup>,
    /// What you could not see.
    visibility: Visibility,
    #[graphql(skip)]
    report: Arc<Report>,
    #[graphql(skip)]
    point: usize,
}

/// The opportunities with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct PipelineVelocityGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Their figures.
    figures: VelocityFigures,
}

impl PipelineVelocity {
    /// Shows one point of a report.
    pub(super) fn new(report: Arc<Report>, visibility: Reach, point: usize) -> Result<Self> {
        let split = report.velocities(point)?;
        let period = report.points().get(point).ok_or(Error::broken("a point of the report"))?.into();
        let figures = |group: bool, figures: &service::VelocityFigures| VelocityFigures::of(figures, &report, group);
        let group = |group: &Group<service::VelocityFigures>| PipelineVelocityGroup {
            of: group.value.into(),
            figures: figures(true, &group.figures),
        };
        Ok(Self {
            definition: PIPELINE_VELOCITY.into(),
            unit: PIPELINE_VELOCITY.unit.into(),
            period,
            as_of: DateTime(report.as_of()),
            currency: CurrencyCode(report.currency().to_string()),
            by: report.by().map(Into::into),
            whole: figures(false, &split.whole),
            groups: split.groups.iter().map(group).collect(),
            visibility: visibility.into(),
            report,
            point,
        })
    }
}

#[ComplexObject]
impl PipelineVelocity {
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
        rows_of(ctx, (&self.report, self.point, Counted::Moving), &page, group, state, None).await
    }
}

trends! {
    /// The velocity of each part of a period.
    PipelineVelocityTrend of PipelineVelocity;
}
