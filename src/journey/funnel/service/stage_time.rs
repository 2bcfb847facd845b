//! How long buyers stay in each stage.

use std::collections::HashSet;
use std::sync::Arc;

use entity::ids::PipelineId;
use entity::stage;
use entity::time::Timestamp;
use uuid::Uuid;

use super::catalogue::NumberedStages;
use super::facts::Facts;
use super::question::SubjectKind;
use super::{Asked, groups, on_a_thread_if_long};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::breakdown::service::{Groups, Value, WantedBreakdown};
use crate::buyers::service::canonical;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedPeriod;
use crate::journey::funnel::store::{self, Span};
use crate::journey::service::Subject;
use crate::metrics::funnel::{Buckets, FunnelError, Visit, visits};
use crate::metrics::period::{Grain, Period};
use crate::metrics::stage_time::{StageTime, StageTimeError, stage_time};

/// What is asked.
#[derive(Clone, Debug)]
pub struct StageTimeQuestion {
    /// The days in which visits begin.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// The version of the pipeline; the newest of the default one where it is not said.
    pub pipeline: Option<PipelineId>,
    /// Whose visits.
    pub subject: SubjectKind,
    /// By what the answer is split, as it was when a visit began.
    pub breakdown: Option<WantedBreakdown>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// The times of one part of the period.
#[derive(Clone, Debug)]
pub struct StageTimePoint {
    /// The part.
    pub period: Period,
    /// By number of the stage.
    pub times: Vec<StageTime>,
    /// The times of each group by value, those without one last; empty without a breakdown.
    pub groups: Vec<(Option<Value>, Vec<StageTime>)>,
}

/// The answer. It keeps its facts, so its rows come from what its figures came from.
#[derive(Debug)]
pub struct StageTimes {
    subject: SubjectKind,
    breakdown: Option<WantedBreakdown>,
    stages: NumberedStages,
    as_of: Timestamp,
    period: Period,
    facts: Facts,
    groups: Groups,
    points: Vec<StageTimePoint>,
}

/// Which visits are wanted.
#[derive(Clone, Debug)]
pub struct VisitFilter {
    /// The key of their stage.
    pub stage: Option<String>,
    /// How they count.
    pub state: VisitState,
    /// The key of the value of their group; `Some(None)` for those without one.
    pub group: Option<Option<String>>,
}

/// How a visit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitState {
    /// All of them.
    All,
    /// Those that ended.
    Ended,
    /// Those that still run.
    Running,
    /// Those whose entry or end was backdated.
    Backdated,
}

/// One visit.
#[derive(Clone, Copy, Debug)]
pub struct VisitRow {
    /// Whose.
    pub subject: Subject,
    /// From when to when, and where.
    pub visit: Visit,
}

/// Answers a question.
///
/// # Errors
/// Problems with the arguments, by name: `period`, `pipeline`, `breakdown`, `asOf`.
pub async fn time_in_stage(scope: &Scope<FunnelRead>, question: StageTimeQuestion) -> Result<Arc<StageTimes>> {
    let tx = scope.read().await?;
    let asked = Asked::of(scope, &tx, &question.period, question.grain, question.pipeline, question.as_of).await?;
    let Asked { as_of, period, parts, stages } = asked;
    if let Some(breakdown) = &question.breakdown {
        breakdown.check(&tx).await?;
    }
    // What was before tells who is in a stage already.
    let span = Span { from: Timestamp::MIN, to: as_of };
    let canonical = canonical(&tx, question.subject.into(), as_of).await?;
    let events = store::events(&tx, &stages, (question.subject, &canonical), span, as_of).await?;
    let (subject, breakdown, count) = (question.subject, question.breakdown, events.len());
    let facts = on_a_thread_if_long(count, move || Facts::new(events)).await??;
    let groups = groups(&tx, breakdown.as_ref(), (subject.into(), &facts, &canonical), (period.end().min(as_of), as_of)).await?;
    drop(tx);
    let times = StageTimes { subject, breakdown, stages, as_of, period, facts, groups, points: Vec::new() };
    on_a_thread_if_long(count, move || times.count(parts)).await?.map(Arc::new)
}

/// One page of the visits of a point that the caller sees, oldest entry first.
///
/// # Errors
/// Problems with `stage` and `group`.
pub async fn visit_rows(
    scope: &Scope<BuyerRead>,
    times: &Arc<StageTimes>,
    point: usize,
    filter: VisitFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<VisitRow>> {
    let seen = store::seen(&scope.read().await?, times.subject).await?;
    let times = Arc::clone(times);
    on_a_thread_if_long(times.facts.events.len(), move || times.rows(point, &filter, seen.as_ref(), page, with_total)).await?
}

impl StageTimes {
    /// Whose visits.
    #[must_use]
    pub const fn subject(&self) -> SubjectKind {
        self.subject
    }

    /// By what it is split.
    #[must_use]
    pub const fn breakdown(&self) -> Option<&WantedBreakdown> {
        self.breakdown.as_ref()
    }

    /// What a visit has in common with others.
    #[must_use]
    pub fn groups_of(&self, visit: &Visit) -> Vec<Value> {
        self.groups.of(visit.subject, visit.entered_at)
    }

    /// The version of the pipeline.
    #[must_use]
    pub const fn stages(&self) -> &NumberedStages {
        &self.stages
    }

    /// As seen at this instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[StageTimePoint] {
        &self.points
    }

    /// The stages with the times of a point or of one of its groups, along the way.
    pub fn lines<'a>(&'a self, times: &'a [StageTime]) -> impl Iterator<Item = (&'a stage::Model, &'a StageTime)> {
        (0..).zip(times).filter_map(|(number, time)| Some((self.stages.stage(number)?, time)))
    }

    fn count(mut self, parts: Vec<Period>) -> Result<Self> {
        let buckets = Buckets::new(&parts).map_err(Error::internal)?;
        let (events, stages, as_of) = (&self.facts.events, self.stages.len(), self.as_of);
        let answers = self.groups.split().answers(|touches| stage_time(events, stages, as_of, &buckets, touches));
        let answers = answers.map_err(|error| match error {
            StageTimeError::Facts(FunnelError::TooManyCells) => Error::invalid("breakdown", ProblemCode::TooMany, error.to_string()),
            other => Error::internal(other),
        })?;
        let points = parts.into_iter().zip(answers).map(|(period, answer)| {
            let groups = answer.groups.into_iter().map(|group| (group.value.and_then(|number| self.groups.value(number)), group.funnel));
            StageTimePoint { period, times: answer.whole, groups: groups.collect() }
        });
        self.points = points.collect();
        Ok(self)
    }

    fn rows(
        &self,
        point: usize,
        filter: &VisitFilter,
        seen: Option<&HashSet<Uuid>>,
        page: PageRequest,
        with_total: bool,
    ) -> Result<Listing<VisitRow>> {
        let unknown = || Error::invalid("stage", ProblemCode::NotFound, "the pipeline has no stage of this key");
        let stage = |key: &String| self.stages.number_of_key(key).ok_or_else(unknown);
        let wanted = filter.stage.as_ref().map(stage).transpose()?;
        let period = self.points.get(point).ok_or(Error::broken("a point of the answer"))?.period;
        let mut found: Vec<Visit> = Vec::new();
        let (touches, group) = self.groups.split().narrowed(self.groups.wanted(filter.group.as_ref())?);
        visits(&self.facts.events, self.stages.len(), self.as_of, &Buckets::from(period), touches, |visit| {
            let of_group = group.is_none_or(|group| group == visit.value);
            let counted = match filter.state {
                VisitState::All => true,
                VisitState::Backdated => visit.backdated,
                VisitState::Ended => !visit.backdated && visit.left_at.is_some(),
                VisitState::Running => !visit.backdated && visit.left_at.is_none(),
            };
            let is_seen = || seen.is_none_or(|seen| seen.contains(&self.subject_id(&visit)));
            if counted && of_group && wanted.is_none_or(|stage| stage == visit.stage) && is_seen() {
                found.push(visit);
            }
        })
        .map_err(Error::internal)?;
        // Who passes through stages at one instant has a visit in each: what names the row names the stage too.
        let cursor = |visit: &Visit| {
            let id = Uuid::from_u128(self.subject_id(visit).as_u128() ^ u128::from(visit.stage));
            Cursor { key: visit.entered_at.micros(), id }
        };
        found.sort_unstable_by_key(|visit| (visit.entered_at, cursor(visit).id));
        let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
        let page = page.of_rising(&found, cursor);
        Ok(Listing { page: page.map(|visit| VisitRow { subject: self.subject.of(self.subject_id(&visit)), visit }), total })
    }

    fn subject_id(&self, visit: &Visit) -> Uuid {
        self.facts.subject(visit.subject)
    }
}
