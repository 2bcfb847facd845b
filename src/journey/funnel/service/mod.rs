//! Asking the funnel.

mod catalogue;
mod facts;
mod known;
mod question;
mod report;
mod rows;
mod stage_time;

use std::sync::Arc;

use entity::ids::PipelineId;
use entity::time::Timestamp;

pub use catalogue::NumberedStages;
pub use known::{Known, KnownCounts, KnownPoint, KnownQuestion, VisitorFilter, VisitorRow, VisitorState, anonymous_to_known, visitor_rows};
pub use question::{Count, FunnelBreakdown, Mode, Moment, Plan, Question, SubjectKind, WantedExclusion, WantedStepWindow};
pub use report::{Counts, GroupCounts, Point, Report, Shares, StepCounts};
pub use rows::{ReachedStep, Row, RowFilter, RowState};
pub use stage_time::{StageTimePoint, StageTimeQuestion, StageTimes, VisitFilter, VisitRow, VisitState, time_in_stage, visit_rows};

pub(super) use facts::{Event, Events};

use facts::Facts;

use super::store::{self, Span};
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::breakdown::service::{Groups, Subjects, SubjectsOf, WantedBreakdown, read};
use crate::buyers::service::{Canonical, canonical};
use crate::db::{Listing, PageRequest, TenantTx};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::journey::service::{catalogue_as_of, versions_of};
use crate::metrics::period::{Grain, Period};
use crate::organization;

/// Facts that are counted in well under a millisecond, so that handing them to another thread would cost more.
const FEW: usize = 10_000;

/// Answers a question.
///
/// # Errors
/// Problems with the arguments, by name: `period`, `pipeline`, `stages`, `window`, `stepWindows`, `breakdown`, `exclusions`, `asOf`.
pub async fn funnel(scope: &Scope<FunnelRead>, question: Question) -> Result<Arc<Report>> {
    let tx = scope.read().await?;
    let asked = Asked::of(scope, &tx, &question.period, question.grain, question.pipeline, question.as_of).await?;
    let Asked { as_of, period, parts, stages } = asked;
    if let Some(breakdown) = &question.breakdown {
        breakdown.split.check(&tx).await?;
    }
    let plan = question.plan(&stages, as_of)?;
    let report = load(&tx, question, stages, plan, period, as_of).await?;
    drop(tx);
    let report = on_a_thread_if_long(report.facts.events.len(), move || report.count(parts)).await?;
    report.map(Arc::new)
}

/// When a question is about, and as of when.
struct AskedPeriod {
    as_of: Timestamp,
    period: Period,
    /// The period itself where it is not divided.
    parts: Vec<Period>,
}

impl AskedPeriod {
    async fn of<P: Grant>(
        scope: &Scope<P>,
        tx: &TenantTx,
        period: &WantedPeriod,
        grain: Option<Grain>,
        as_of: Option<Timestamp>,
    ) -> Result<Self> {
        let as_of = input::as_of(as_of, scope.now())?;
        let organization = organization::service::settings(tx).await?;
        let period = input::period(period, &organization)?;
        let parts = match grain {
            Some(grain) => input::parts(&period, grain, &organization)?,
            None => vec![period],
        };
        Ok(Self { as_of, period, parts })
    }
}

/// What every question about stages names.
struct Asked {
    as_of: Timestamp,
    period: Period,
    parts: Vec<Period>,
    stages: NumberedStages,
}

impl Asked {
    async fn of(
        scope: &Scope<FunnelRead>,
        tx: &TenantTx,
        period: &WantedPeriod,
        grain: Option<Grain>,
        pipeline: Option<PipelineId>,
        as_of: Option<Timestamp>,
    ) -> Result<Self> {
        let AskedPeriod { as_of, period, parts } = AskedPeriod::of(scope, tx, period, grain, as_of).await?;
        let catalogue = catalogue_as_of(tx, pipeline, as_of).await.map_err(of_argument_pipeline)?;
        let versions = versions_of(tx, &catalogue.pipeline.key).await?;
        let stages = NumberedStages::new(catalogue, &versions);
        Ok(Self { as_of, period, parts, stages })
    }
}

/// The area calls the argument `pipelineId`, as its inputs do.
fn of_argument_pipeline(error: Error) -> Error {
    match error {
        Error::Invalid(_) => Error::unknown("pipeline"),
        other => other,
    }
}

/// One page of the subjects behind a number that the caller sees, oldest entry first.
///
/// # Errors
/// Problems with `step`, `group` and `state`.
pub async fn rows(
    scope: &Scope<BuyerRead>,
    report: &Arc<Report>,
    point: usize,
    filter: RowFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<Row>> {
    let seen = store::seen(&scope.read().await?, report.question.subject).await?;
    let report = Arc::clone(report);
    on_a_thread_if_long(report.facts.events.len(), move || report.rows(point, &filter, seen.as_ref(), page, with_total)).await?
}

/// Reads what the question is about.
async fn load(tx: &TenantTx, question: Question, stages: NumberedStages, plan: Plan, period: Period, as_of: Timestamp) -> Result<Report> {
    let canonical = canonical(tx, question.subject.into(), as_of).await?;
    let who = (question.subject, &canonical);
    let events = store::events(tx, &stages, who, span(question.mode, &period, as_of), as_of).await?;
    let facts = on_a_thread_if_long(events.len(), move || Facts::new(events)).await??;
    let split = question.breakdown.as_ref().map(|breakdown| &breakdown.split);
    let groups = groups(tx, split, (question.subject.into(), &facts, &canonical), (as_of, as_of)).await?;
    Ok(Report { question, stages, plan, as_of, period, facts, groups, points: Vec::new() })
}

/// What subjects are split by, from what happened until an instant and was known as of another one.
async fn groups(
    tx: &TenantTx,
    breakdown: Option<&WantedBreakdown>,
    (of, facts, same): (SubjectsOf, &Facts, &Canonical),
    until: (Timestamp, Timestamp),
) -> Result<Groups> {
    let found = read(tx, breakdown, Subjects { of, ids: &facts.subjects, same }, until).await?;
    on_a_thread_if_long(found.len(), move || found.finish()).await?
}

/// When events can count: a cohort needs what was before, to know who entered already, and what came after; a stock what
/// was before; what happened in a period lies in it.
fn span(mode: Mode, period: &Period, as_of: Timestamp) -> Span {
    let last = period.end().saturating_add_micros(-1).min(as_of);
    match mode {
        Mode::Cohort => Span { from: Timestamp::MIN, to: as_of },
        Mode::Period => Span { from: period.start(), to: last },
        Mode::Stock => Span { from: Timestamp::MIN, to: last },
    }
}

/// Counting millions of facts takes a while, and a thread that counts answers nobody else; so it is done on one that
/// the runtime keeps for such work. There it is not cut short when the request is.
async fn on_a_thread_if_long<T: Send + 'static>(facts: usize, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if facts <= FEW { Ok(work()) } else { tokio::task::spawn_blocking(work).await.map_err(Error::internal) }
}
