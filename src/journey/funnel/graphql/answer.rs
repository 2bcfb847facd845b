//! The answer of the funnel: an envelope that explains its numbers.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};

use super::input::{FunnelMode, FunnelMoment, FunnelOrder, FunnelRowState, FunnelSubject, row_filter};
use super::rows::{FunnelRowConnection, rows_cost};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::BuyerRead;
use crate::breakdown;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, Dimension};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{MetricDefinition, MetricUnit, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::journey::funnel::service::{self, Count, Counts, GroupCounts, Mode, Moment, Point, Report, Shares, StepCounts};
use crate::journey::graphql::{Pipeline, Stage};
use crate::metrics::definition::{self, Unit};
use crate::metrics::ratio::Ratio;
use crate::trends;

/// How many subjects get how far, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct Funnel {
    report: Arc<Report>,
    visibility: Reach,
    point: usize,
}

impl Funnel {
    /// Shows one point of a report.
    pub(super) const fn new(report: Arc<Report>, visibility: Reach, point: usize) -> Self {
        Self { report, visibility, point }
    }

    fn point(&self) -> Result<&Point> {
        self.report.points().get(self.point).ok_or(Error::broken("a point of the report"))
    }

    fn cohort<T>(&self, value: T) -> Option<T> {
        (self.report.question().mode == Mode::Cohort).then_some(value)
    }
}

#[Object(use_type_description)]
impl Funnel {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        definition::FUNNEL.into()
    }

    /// What rates are measured in.
    async fn unit(&self) -> MetricUnit {
        definition::FUNNEL.unit.into()
    }

    /// The days it is about.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.report.as_of())
    }

    /// The version of the pipeline whose stages are the steps.
    async fn pipeline(&self) -> Pipeline {
        self.report.stages().catalogue().clone().into()
    }

    /// Who is counted.
    async fn subject(&self) -> FunnelSubject {
        self.report.question().subject.into()
    }

    /// How.
    async fn mode(&self) -> FunnelMode {
        self.report.question().mode.into()
    }

    /// When a subject has reached a step; null outside COHORT.
    async fn order(&self) -> Option<FunnelOrder> {
        self.cohort(self.report.question().order.into())
    }

    /// How long after the entry every step has to be reached; null for ever.
    async fn window(&self) -> Option<Duration> {
        self.report.question().window.map(Duration::from_micros)
    }

    /// Windows of single steps.
    async fn step_windows(&self) -> Result<Vec<FunnelStepWindow>> {
        let windows = self.report.plan().step_windows.iter();
        windows
            .map(|(step, micros)| Ok(FunnelStepWindow { stage: stage(&self.report, *step)?, window: Duration::from_micros(*micros) }))
            .collect()
    }

    /// By what the answer is split; null where it is not.
    async fn breakdown(&self) -> Result<Option<FunnelBreakdown>> {
        FunnelBreakdown::of(&self.report)
    }

    /// What removed subjects from the cohort.
    async fn exclusions(&self) -> Result<Vec<FunnelExclusion>> {
        FunnelExclusion::of(&self.report)
    }

    /// The steps in order.
    async fn steps(&self) -> Result<Vec<FunnelStep>> {
        steps(&self.report, &self.point()?.whole)
    }

    /// Subjects whose time is over; null outside COHORT.
    async fn matured(&self) -> Result<Option<i32>> {
        Ok(self.point()?.whole.matured.map(int))
    }

    /// Subjects of the cohort whose time is not yet over: they can still get further.
    async fn pending(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.pending))
    }

    /// Subjects with a backdated event that counts for a step.
    async fn backdated(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.backdated))
    }

    /// Subjects an exclusion removed; they are in no other count.
    async fn excluded(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.excluded))
    }

    /// Subjects that stand before the first step; null outside STOCK.
    async fn before(&self) -> Result<Option<i32>> {
        Ok(self.point()?.whole.before.map(int))
    }

    /// Subjects that stand beside the way; null outside STOCK.
    async fn aside(&self) -> Result<Option<i32>> {
        Ok(self.point()?.whole.aside.map(int))
    }

    /// Subjects that lacked a value of the breakdown at least once; null without a breakdown.
    async fn missing(&self) -> Result<Option<i32>> {
        Ok(self.point()?.missing.map(int))
    }

    /// By value of the breakdown, subjects without one last. Every count of the whole is the sum of the groups' counts; only
    /// in the mode PERIOD a subject with several values may be flagged as backdated in more than one. Segments may have subjects
    /// in common: theirs do not add up.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn groups(&self) -> Result<Vec<FunnelGroup>> {
        self.point()?.groups.iter().map(|group| FunnelGroup::new(&self.report, group)).collect()
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The subjects behind a number that you may see, oldest entry first. They are as many as the number says to those who
    /// may see all of them.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "The key of a step: those counted at it. Default: those counted anywhere.")] step: Option<String>,
        #[graphql(desc = "Those counted in a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "How they count.", default)] state: FunnelRowState,
    ) -> Result<FunnelRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = row_filter(step, group, state);
        let scope = ctx.authorize::<BuyerRead>()?;
        let rows = service::rows(&scope, &self.report, self.point, filter, page, wants(ctx, "totalCount")).await?;
        Ok(FunnelRowConnection::new(rows.map(|row| (Arc::clone(&self.report), row)), scope.reach()))
    }
}

trends! {
    /// The funnel of each part of a period.
    FunnelTrend of Funnel;
}

/// A step and who is counted at it.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelStep {
    /// The stage it stands for.
    stage: Stage,
    /// Subjects that reached it (COHORT), entered it (PERIOD) or stand at it or beyond it before the next one (STOCK).
    entered: i32,
    /// Those of them whose time is over; null outside COHORT.
    matured: Option<i32>,
    /// Times its very stage was entered, again and again included; null in STOCK.
    visits: Option<i32>,
    /// Compared with the first step; null outside COHORT.
    of_first: Option<FunnelRates>,
    /// Compared with the step before; null at the first step, in STOCK, and under ANY.
    from_previous: Option<FunnelRates>,
}

/// A rate among all, and among those whose time is over, which no longer changes by waiting.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelRates {
    /// Among all, pending subjects included.
    naive: RatioMetric,
    /// Among those whose time is over; null outside COHORT.
    matured: Option<RatioMetric>,
}

/// How long a step may take.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelStepWindow {
    /// The stage the step stands for.
    stage: Stage,
    /// Since the step before it was reached.
    window: Duration,
}

/// How the answer is split.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelBreakdown {
    /// By what.
    by: Dimension,
    /// By which segments, for SEGMENT.
    segments: Vec<ID>,
    /// At which step the value is taken; null outside COHORT, and for SEGMENT.
    at: Option<FunnelMoment>,
    /// The stage the step stands for, for AT_STEP.
    stage: Option<Stage>,
    /// Where the value comes from, in words.
    source: String,
}

impl FunnelBreakdown {
    fn of(report: &Report) -> Result<Option<Self>> {
        let Some(breakdown) = &report.question().breakdown else { return Ok(None) };
        let (at, step) = match (&report.plan().count, &breakdown.at) {
            // Who belongs to a segment depends on no step.
            (Count::Cohort { .. }, None) if breakdown.split.by == breakdown::service::Dimension::Segment => (None, None),
            (Count::Cohort { .. }, None | Some(Moment::FirstStep)) => (Some(FunnelMoment::FirstStep), None),
            (Count::Cohort { .. }, Some(Moment::LastStep)) => (Some(FunnelMoment::LastStep), None),
            (Count::Cohort { value_at, .. }, Some(Moment::AtStep(_))) => (Some(FunnelMoment::AtStep), value_at.step()),
            (Count::Period(_) | Count::Stock(_), _) => (None, None),
        };
        let stage = step.map(|step| stage(report, step)).transpose()?;
        let split = &breakdown.split;
        let segments = split.segments.iter().flatten().map(|id| ID(id.to_string())).collect();
        Ok(Some(Self { by: split.by.into(), segments, at, stage, source: report.source(split.by) }))
    }
}

/// What removed subjects from the cohort, by name and version.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelExclusion {
    /// The key of the stage that removes.
    name: String,
    /// The version of the pipeline that defines the stage.
    version: i32,
    /// The stage that removes.
    stage: Stage,
    /// The step from whose moment on it counts.
    after_step: Stage,
    /// The step before whose moment it counts.
    before_step: Stage,
}

impl FunnelExclusion {
    fn of(report: &Report) -> Result<Vec<Self>> {
        let exclusions = report.plan().exclusions.iter();
        exclusions
            .map(|exclusion| {
                let removes = report.stages().stage(exclusion.stage).ok_or(Error::broken("an exclusion has a stage"))?;
                Ok(Self {
                    name: removes.key.clone(),
                    version: report.stages().catalogue().pipeline.pipeline_version,
                    stage: removes.clone().into(),
                    after_step: stage(report, exclusion.after_step)?,
                    before_step: stage(report, exclusion.before_step)?,
                })
            })
            .collect()
    }
}

/// The subjects with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// The steps in order.
    steps: Vec<FunnelStep>,
    /// Subjects whose time is over; null outside COHORT.
    matured: Option<i32>,
    /// Subjects of the cohort whose time is not yet over.
    pending: i32,
    /// Subjects with a backdated event that counts for a step.
    backdated: i32,
    /// Subjects an exclusion removed.
    excluded: i32,
    /// Subjects that stand before the first step; null outside STOCK.
    before: Option<i32>,
    /// Subjects that stand beside the way; null outside STOCK.
    aside: Option<i32>,
}

impl FunnelGroup {
    fn new(report: &Report, group: &GroupCounts) -> Result<Self> {
        let counts = &group.counts;
        Ok(Self {
            of: group.value.into(),
            steps: steps(report, counts)?,
            matured: counts.matured.map(int),
            pending: int(counts.pending),
            backdated: int(counts.backdated),
            excluded: int(counts.excluded),
            before: counts.before.map(int),
            aside: counts.aside.map(int),
        })
    }
}

fn steps(report: &Report, counts: &Counts) -> Result<Vec<FunnelStep>> {
    let step = |(number, counts): (u8, &StepCounts)| {
        Ok(FunnelStep {
            stage: stage(report, number)?,
            entered: int(counts.entered),
            matured: counts.matured.map(int),
            visits: counts.visits.map(int),
            of_first: counts.of_first.map(rates).transpose()?,
            from_previous: counts.from_previous.map(rates).transpose()?,
        })
    };
    (0..).zip(&counts.steps).map(step).collect()
}

/// The stage a step stands for.
pub(super) fn stage(report: &Report, step: u8) -> Result<Stage> {
    report.stage_of_step(step).cloned().map(Stage::from).ok_or(Error::broken("a step has a stage"))
}

pub(super) fn rates(shares: Shares) -> Result<FunnelRates> {
    let metric = |ratio: Ratio| RatioMetric::new(&ratio, Unit::Ratio);
    Ok(FunnelRates { naive: metric(shares.naive_rate()?), matured: shares.matured_rate()?.map(metric) })
}
