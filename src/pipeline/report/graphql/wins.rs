//! How often opportunities are won.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};

use super::rows::{Paged, PipelineRowConnection, PipelineRowState, rows_cost, rows_of};
use crate::auth::permission::Reach;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, Dimension};
use crate::error::{Error, Result};
use crate::graphql::metric::{MetricDefinition, MetricUnit, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{DateTime, int};
use crate::metrics::definition::WIN_RATE;
use crate::metrics::outcomes::Outcomes;
use crate::metrics::pipeline::Counted;
use crate::pipeline::report::service::{self, Group, Report};
use crate::trends;

/// Which opportunities a win rate is of.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum WinRateBasis {
    /// Those that ended in the period.
    #[default]
    ClosedBasis,
    /// Those that began in it, as they stand.
    CohortBasis,
}

/// How opportunities that ended in the period did so.
#[derive(Clone, Debug, SimpleObject)]
pub struct ClosedWinRate {
    /// Won.
    won: i32,
    /// Lost, for whatever reason.
    lost: i32,
    /// Won or lost.
    decided: i32,
    /// Disqualified or recorded twice: in no rate.
    excluded: i32,
    /// Won of what was decided.
    win_rate: RatioMetric,
    /// Won of what was won or lost to a competitor.
    competitive_win_rate: RatioMetric,
}

/// How opportunities that began in the period stand.
#[derive(Clone, Debug, SimpleObject)]
pub struct CohortWinRate {
    /// All that began, but for those that are excluded.
    created: i32,
    /// Won so far.
    won: i32,
    /// Not ended yet.
    open: i32,
    /// Disqualified or recorded twice: in no rate.
    excluded: i32,
    /// Won so far, of all that began.
    win_rate: RatioMetric,
    /// Open, of all that began: by so much the win rate may still rise.
    open_share: RatioMetric,
}

/// Win rates on both bases.
#[derive(Clone, Debug, SimpleObject)]
pub struct WinRateFigures {
    /// The win rate on the basis asked for.
    value: RatioMetric,
    /// Of those that ended in the period.
    closed: ClosedWinRate,
    /// Of those that began in it.
    cohort: CohortWinRate,
}

impl WinRateFigures {
    fn of(figures: &service::WinFigures, basis: WinRateBasis) -> Self {
        let ratio = |ratio| RatioMetric::new(&ratio, WIN_RATE.unit);
        let (closed, created): (&Outcomes, &Outcomes) = (&figures.closed, &figures.created);
        let (rates, cohort) = (closed.rates(), created.cohort());
        Self {
            value: ratio(if basis == WinRateBasis::ClosedBasis { rates.win } else { cohort.win }),
            closed: ClosedWinRate {
                won: int(closed.won),
                lost: int(closed.lost()),
                decided: int(closed.decided()),
                excluded: int(closed.excluded),
                win_rate: ratio(rates.win),
                competitive_win_rate: ratio(rates.competitive_win),
            },
            cohort: CohortWinRate {
                created: int(created.counted()),
                won: int(created.won),
                open: int(created.open),
                excluded: int(created.excluded),
                win_rate: ratio(cohort.win),
                open_share: ratio(cohort.open),
            },
        }
    }
}

/// How often opportunities are won, with everything that explains the numbers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct WinRate {
    /// What is computed.
    definition: MetricDefinition,
    /// What the value is measured in.
    unit: MetricUnit,
    /// The days it is about.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// Which opportunities the value is of.
    basis: WinRateBasis,
    /// By what the answer is split; null where it is not.
    by: Option<Dimension>,
    /// All together.
    whole: WinRateFigures,
    /// By value, those without one last. They add up to the whole, but for segments, which may have some in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    groups: Vec<WinRateGroup>,
    /// What you could not see.
    visibility: Visibility,
    #[graphql(skip)]
    report: Arc<Report>,
    #[graphql(skip)]
    point: usize,
}

/// The opportunities with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct WinRateGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Their figures.
    figures: WinRateFigures,
}

impl WinRate {
    /// Shows one point of a report.
    pub(super) fn new(report: Arc<Report>, visibility: Reach, point: usize, basis: WinRateBasis) -> Result<Self> {
        let split = report.wins(point)?;
        let period = report.points().get(point).ok_or(Error::broken("a point of the report"))?.into();
        let figures = |figures: &service::WinFigures| WinRateFigures::of(figures, basis);
        let group = |group: &Group<service::WinFigures>| WinRateGroup { of: group.value.into(), figures: figures(&group.figures) };
        Ok(Self {
            definition: WIN_RATE.into(),
            unit: WIN_RATE.unit.into(),
            period,
            as_of: DateTime(report.as_of()),
            basis,
            by: report.by().map(Into::into),
            whole: figures(&split.whole),
            groups: split.groups.iter().map(group).collect(),
            visibility: visibility.into(),
            report,
            point,
        })
    }
}

impl WinRate {
    const fn which(&self) -> Counted {
        match self.basis {
            WinRateBasis::ClosedBasis => Counted::Closed,
            WinRateBasis::CohortBasis => Counted::Created,
        }
    }
}

#[ComplexObject]
impl WinRate {
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
        rows_of(ctx, (&self.report, self.point, self.which()), &page, group, state, None).await
    }
}

trends! {
    /// The win rate of each part of a period.
    WinRateTrend of WinRate;
}
