//! The API of the time in stages.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};

use super::input::FunnelSubject;
use super::rows::{account_of, person_of, rows_cost, subject_id};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, BreakdownInput, Dimension};
use crate::buyers::graphql::{Account, Person};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{DateTime, Decimal, Duration, int};
use crate::input::WantedPeriod;
use crate::journey::funnel::service::{
    StageTimePoint, StageTimeQuestion, StageTimes, SubjectKind, VisitFilter, VisitRow, VisitState, time_in_stage, visit_rows,
};
use crate::journey::graphql::{Pipeline, Stage};
use crate::metrics::definition::TIME_IN_STAGE;
use crate::metrics::durations::Survival;
use crate::metrics::stage_time;
use crate::{connections, trends};

/// Points a curve costs: few stages have visits that end at a hundred different times, and every group has all the stages.
const CURVE_COST: usize = 15;

/// Asking for the time in stages.
#[derive(Debug, Default)]
pub struct StageTimeQuery;

#[Object]
impl StageTimeQuery {
    /// How long subjects stay in each stage: the visits that begin in the period. What still runs is in no mean and no
    /// percentile; the survival median counts it for as long as it is known.
    async fn time_in_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which visits begin.")] period: PeriodInput,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline: Option<ID>,
        #[graphql(desc = "Whose visits.", default)] subject: FunnelSubject,
        #[graphql(desc = "By what the answer is split: as it was when a visit began.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<TimeInStage> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let times = time_in_stage(&scope, question(&period, None, pipeline.as_ref(), subject, (breakdown.as_ref(), as_of))?).await?;
        Ok(TimeInStage { times, visibility: scope.reach(), point: 0 })
    }

    /// The time in stages of each part of a period, each as `timeInStage` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "clients name the arguments they use, and most are optional")]
    async fn time_in_stage_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which visits begin.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline: Option<ID>,
        #[graphql(desc = "Whose visits.", default)] subject: FunnelSubject,
        #[graphql(desc = "By what the answer is split: as it was when a visit began.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<TimeInStageTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let times = time_in_stage(&scope, question(&period, Some(grain), pipeline.as_ref(), subject, (breakdown.as_ref(), as_of))?).await?;
        let point = |point| TimeInStage { times: Arc::clone(&times), visibility: scope.reach(), point };
        let points = (0..times.points().len()).map(point).collect();
        Ok(TimeInStageTrend::new(TIME_IN_STAGE, (times.period(), grain, times.as_of()), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    pipeline: Option<&ID>,
    subject: FunnelSubject,
    (breakdown, as_of): (Option<&BreakdownInput>, Option<DateTime>),
) -> Result<StageTimeQuestion> {
    Ok(StageTimeQuestion {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        pipeline: parse_optional_id(pipeline, "pipeline")?,
        subject: SubjectKind::from(subject),
        breakdown: breakdown.map(BreakdownInput::read).transpose()?,
        as_of: as_of.map(|as_of| as_of.0),
    })
}

/// Which visits are wanted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::journey::funnel::service::VisitState")]
pub enum StageVisitState {
    /// All of them.
    #[default]
    All,
    /// Those that ended.
    Ended,
    /// Those that still run.
    Running,
    /// Those whose entry or end was backdated, so that nobody timed them.
    Backdated,
}

/// How long subjects stay in each stage, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct TimeInStage {
    times: Arc<StageTimes>,
    visibility: Reach,
    point: usize,
}

impl TimeInStage {
    fn point(&self) -> Result<&StageTimePoint> {
        self.times.points().get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl TimeInStage {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        TIME_IN_STAGE.into()
    }

    /// What the times are measured in.
    async fn unit(&self) -> MetricUnit {
        TIME_IN_STAGE.unit.into()
    }

    /// The days in which the visits began.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.times.as_of())
    }

    /// The version of the pipeline whose stages these are.
    async fn pipeline(&self) -> Pipeline {
        self.times.stages().catalogue().clone().into()
    }

    /// Whose visits.
    async fn subject(&self) -> FunnelSubject {
        self.times.subject().into()
    }

    /// Every stage of the pipeline: those along the way in order, then those beside it.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn stages(&self) -> Result<Vec<StageTime>> {
        Ok(stages(&self.times, &self.point()?.times))
    }

    /// By what the answer is split; null where it is not.
    async fn by(&self) -> Option<Dimension> {
        self.times.breakdown().map(|breakdown| breakdown.by.into())
    }

    /// By value of the breakdown, visits without one last; empty without a breakdown. Every count of visits is the sum of the
    /// groups' counts. Segments may have visits in common: theirs do not add up.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn groups(&self) -> Result<Vec<TimeInStageGroup>> {
        let groups = self.point()?.groups.iter();
        Ok(groups.map(|(value, times)| TimeInStageGroup { of: (*value).into(), stages: stages(&self.times, times) }).collect())
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The visits behind the numbers that you may see, oldest entry first. They are as many as the numbers say to those who
    /// may see all subjects.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "The key of a stage: the visits in it. Default: those in any.")] stage: Option<String>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
        #[graphql(desc = "How they count.", default)] state: StageVisitState,
    ) -> Result<StageVisitConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = VisitFilter { stage, state: VisitState::from(state), group: group.map(|group| group.value) };
        let scope = ctx.authorize::<BuyerRead>()?;
        let rows = visit_rows(&scope, &self.times, self.point, filter, page, wants(ctx, "totalCount")).await?;
        Ok(StageVisitConnection::new(rows.map(|row| (Arc::clone(&self.times), row)), scope.reach()))
    }
}

trends! {
    /// The time in stages of each part of a period.
    TimeInStageTrend of TimeInStage;
}

/// The visits with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct TimeInStageGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Every stage of the pipeline: those along the way in order, then those beside it.
    #[graphql(complexity = "20 * child_complexity + 1")]
    stages: Vec<StageTime>,
}

fn stages(times: &StageTimes, of: &[stage_time::StageTime]) -> Vec<StageTime> {
    times.lines(of).map(|(stage, time)| StageTime::new(stage.clone().into(), time)).collect()
}

/// The time in one stage.
#[derive(Clone, Debug, SimpleObject)]
pub struct StageTime {
    /// The stage.
    stage: Stage,
    /// Visits that ended.
    ended: i32,
    /// Visits that still run.
    running: i32,
    /// Visits that are in no time, because their entry or their end was backdated.
    backdated: i32,
    /// How long the oldest visit that still runs has lasted; null where none does.
    longest_running: Option<Duration>,
    /// Mean of those that ended, in days of 24 hours.
    mean: RatioMetric,
    /// Median of those that ended, in days: between two of them, interpolated.
    median: RatioMetric,
    /// The time that nine of ten of those that ended stay below, in days: between two of them, interpolated.
    ninetieth: RatioMetric,
    /// After how long half of all visits are over, those that still run counted for as long as they are known (Kaplan and
    /// Meier); null while more than half goes on.
    survival_median: Option<Duration>,
    /// The share of visits that last longer, at each time at which some end, at most 100 of these times: more are thinned out.
    #[graphql(complexity = "CURVE_COST * child_complexity + 1")]
    survival: Vec<SurvivalPoint>,
}

/// A point of a survival curve.
#[derive(Clone, Debug, SimpleObject)]
pub struct SurvivalPoint {
    /// Time since the entry.
    after: Duration,
    /// The share of visits that last longer.
    share: Decimal,
}

impl StageTime {
    fn new(stage: Stage, time: &stage_time::StageTime) -> Self {
        let (spread, unit) = (&time.spread, TIME_IN_STAGE.unit);
        let point = |point: &Survival| SurvivalPoint { after: Duration::from_micros(point.micros), share: Decimal(point.share) };
        Self {
            stage,
            ended: int(spread.ended),
            running: int(spread.running),
            backdated: int(time.backdated),
            longest_running: spread.longest_running.map(Duration::from_micros),
            mean: RatioMetric::new(&spread.mean, unit),
            median: RatioMetric::new(&spread.median, unit),
            ninetieth: RatioMetric::new(&spread.ninetieth, unit),
            survival_median: spread.survival_median.map(Duration::from_micros),
            survival: spread.survival.iter().map(point).collect(),
        }
    }
}

/// One stay of a subject in a stage.
#[derive(Clone, Debug, Description)]
pub struct StageVisit {
    times: Arc<StageTimes>,
    row: VisitRow,
}

impl From<(Arc<StageTimes>, VisitRow)> for StageVisit {
    fn from((times, row): (Arc<StageTimes>, VisitRow)) -> Self {
        Self { times, row }
    }
}

connections! {
    StageVisitConnection, StageVisitEdge, StageVisit, "the visits behind a number", visibility;
}

#[Object(use_type_description)]
impl StageVisit {
    /// The id of the person or account.
    async fn subject_id(&self) -> ID {
        subject_id(self.row.subject)
    }

    /// The person; null where it is an account.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person_of(ctx, self.row.subject).await
    }

    /// The account; null where it is a person.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        account_of(ctx, self.row.subject).await
    }

    /// Where.
    async fn stage(&self) -> Result<Stage> {
        let stage = self.times.stages().stage(self.row.visit.stage).cloned();
        stage.map(Stage::from).ok_or(Error::broken("a visit has a stage"))
    }

    /// Since when.
    async fn entered_at(&self) -> DateTime {
        DateTime(self.row.visit.entered_at)
    }

    /// Until when; null while they are there.
    async fn left_at(&self) -> Option<DateTime> {
        self.row.visit.left_at.map(DateTime)
    }

    /// The groups it is in: none where the answer is not split or it has no value, several for SEGMENT alone.
    async fn groups(&self) -> Vec<BreakdownGroup> {
        self.times.groups_of(&self.row.visit).into_iter().map(BreakdownGroup::from).collect()
    }

    /// Whether its entry or its end was backdated, so that it is in no time.
    async fn backdated(&self) -> bool {
        self.row.visit.backdated
    }
}
