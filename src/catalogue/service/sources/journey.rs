//! The way buyers go.

use rust_decimal::Decimal;

use super::{Loaded, breakdown, in_group};
use crate::auth::Scope;
use crate::auth::permission::grant::{DefinitionRead, FunnelRead};
use crate::catalogue::service::asked::Asked;
use crate::catalogue::service::measured::Measured;
use crate::credit::service::{LateEvidence, LateQuestion, RepFreeQuestion, RepFreeShare, late_evidence, rep_free_share};
use crate::error::{Error, ProblemCode, Result};
use crate::journey::funnel::service::{
    self as funnels, Counts, FunnelBreakdown, Known, KnownCounts, KnownQuestion, Mode, Question, Report, Shares, StageTimeQuestion,
    StageTimes, StepCounts, SubjectKind, anonymous_to_known, time_in_stage,
};
use crate::journey::service::{Enablement, EnablementQuestion, enablement_coverage};
use crate::metrics::coverage::Part;
use crate::metrics::definition::Figure;
use crate::metrics::durations::DAY_MICROS;
use crate::metrics::funnel::{Order, Share};
use crate::metrics::late_evidence::LateFigures;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::rep_free::RepFree;
use crate::segments::service::{Coverage, CoverageQuestion, FitOf, FitQuestion, FitReport, demand_coverage, icp_fit};

/// Within which time visitors have to tell who they are, where no window is named.
const KNOWN_WITHIN: i64 = 30 * DAY_MICROS;

fn nothing(part: Period) -> Measured {
    Measured::new(part, Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator))
}

fn subject(asked: &Asked) -> SubjectKind {
    asked.args.subject.unwrap_or(SubjectKind::Person)
}

pub(super) async fn funnel(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let args = &asked.args;
    let mode = match asked.definition.figure {
        Figure::StageEntries => Mode::Period,
        Figure::StageStock => Mode::Stock,
        _ => Mode::Cohort,
    };
    let question = Question {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        pipeline: args.pipeline_id,
        subject: subject(asked),
        mode,
        order: args.order.unwrap_or(Order::ReachedOrPassed),
        stages: None,
        window: args.window_micros,
        step_windows: Vec::new(),
        breakdown: breakdown(args).map(|split| FunnelBreakdown { split, at: None }),
        exclusions: Vec::new(),
        as_of: Some(asked.as_of),
    };
    funnels::funnel(&scope.also::<FunnelRead>()?, question).await.map(Loaded::Funnel)
}

/// The place of the stage among the steps.
fn step(report: &Report, asked: &Asked) -> Result<usize> {
    let wanted = asked.args.stage.as_deref();
    let is_it = |step: &u8| report.stage_of_step(*step).is_some_and(|stage| Some(stage.key.as_str()) == wanted);
    let steps = u8::try_from(report.plan().chosen.len()).map_err(Error::internal)?;
    (0..steps).find(is_it).map(usize::from).ok_or_else(|| no_stage("must be the key of a step of the funnel: of a stage on the way"))
}

fn no_stage(message: &str) -> Error {
    Error::invalid("args.stage", ProblemCode::NotFound, message)
}

pub(super) fn of_funnel(report: &Report, asked: &Asked) -> Result<Vec<Measured>> {
    let step = step(report, asked)?;
    let none = Counts::default();
    let nobody = Share { numerator: 0, denominator: 0 };
    let measured = |point: &funnels::Point| {
        let groups = point.groups.iter().map(|group| (group.value, &group.counts));
        let counts = in_group(asked, &point.whole, groups, &none);
        let found: Option<&StepCounts> = counts.steps.get(step);
        if asked.definition.figure != Figure::Funnel {
            return Ok(Measured::number(point.period, Decimal::from(found.map_or(0, |found| found.entered))));
        }
        let shares = found.and_then(|found| found.of_first).unwrap_or(Shares { naive: nobody, matured: Some(nobody) });
        let ratio = shares.matured_rate()?.ok_or(Error::broken("a cohort has matured rates"))?;
        let mut measured = Measured::new(point.period, ratio);
        measured.pending = counts.pending;
        Ok(measured)
    };
    report.points().iter().map(measured).collect()
}

pub(super) async fn stage_time(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let question = StageTimeQuestion {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        pipeline: asked.args.pipeline_id,
        subject: subject(asked),
        breakdown: breakdown(&asked.args),
        as_of: Some(asked.as_of),
    };
    time_in_stage(&scope.also::<FunnelRead>()?, question).await.map(Loaded::StageTime)
}

pub(super) fn of_stage_time(times: &StageTimes, asked: &Asked) -> Result<Vec<Measured>> {
    let wanted = asked.args.stage.as_deref();
    let none = Vec::new();
    let measured = |point: &funnels::StageTimePoint| {
        let groups = point.groups.iter().map(|(value, times)| (*value, times));
        let found = in_group(asked, &point.times, groups, &none);
        // A stage is known by the times of all, whoever is looked at.
        let is_it = |stage: &entity::stage::Model| Some(stage.key.as_str()) == wanted;
        if !times.lines(&point.times).any(|(stage, _)| is_it(stage)) {
            return Err(no_stage("must be the key of a stage of the pipeline"));
        }
        let mut lines = times.lines(found);
        let Some((_, time)) = lines.find(|(stage, _)| is_it(stage)) else { return Ok(nothing(point.period)) };
        let spread = &time.spread;
        let ratio = if asked.definition.figure == Figure::TimeInStageP90 { spread.ninetieth } else { spread.median };
        let mut measured = Measured::new(point.period, ratio);
        measured.pending = spread.running;
        Ok(measured)
    };
    times.points().iter().map(measured).collect()
}

pub(super) async fn known(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let question = KnownQuestion {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        window: asked.args.window_micros.unwrap_or(KNOWN_WITHIN),
        breakdown: breakdown(&asked.args),
        as_of: Some(asked.as_of),
    };
    anonymous_to_known(&scope.also::<FunnelRead>()?, question).await.map(Loaded::Known)
}

pub(super) fn of_known(known: &Known, asked: &Asked) -> Result<Vec<Measured>> {
    let (none, nobody) = (KnownCounts::default(), Share { numerator: 0, denominator: 0 });
    let measured = |point: &funnels::KnownPoint| {
        let counts = in_group(asked, &point.whole, point.groups.iter().map(|(value, counts)| (*value, counts)), &none);
        let shares = counts.shares.unwrap_or(Shares { naive: nobody, matured: Some(nobody) });
        let ratio = shares.matured_rate()?.ok_or(Error::broken("a cohort has matured rates"))?;
        let mut measured = Measured::new(point.period, ratio);
        measured.pending = counts.pending;
        Ok(measured)
    };
    known.points().iter().map(measured).collect()
}

pub(super) async fn late(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let (period, breakdown) = (Asked::wanted(&asked.period), breakdown(&asked.args));
    let question = LateQuestion { period, grain: asked.grain, breakdown, as_of: Some(asked.as_of) };
    late_evidence(&scope.also::<FunnelRead>()?, &question).await.map(Loaded::Late)
}

pub(super) fn of_late(late: &LateEvidence, asked: &Asked) -> Result<Vec<Measured>> {
    let none = LateFigures::default();
    let measured = |point: &crate::credit::service::LatePoint| {
        let figures = in_group(asked, &point.whole, point.groups.iter().map(|(value, figures)| (*value, figures)), &none);
        Ok(Measured::new(point.period, figures.share().map_err(Error::internal)?))
    };
    late.points().iter().map(measured).collect()
}

pub(super) async fn rep_free(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let (period, breakdown) = (Asked::wanted(&asked.period), breakdown(&asked.args));
    let question = RepFreeQuestion { period, grain: asked.grain, breakdown, as_of: Some(asked.as_of) };
    rep_free_share(&scope.also::<FunnelRead>()?, &question).await.map(Loaded::RepFree)
}

pub(super) fn of_rep_free(share: &RepFreeShare, asked: &Asked) -> Result<Vec<Measured>> {
    let none = RepFree::default();
    let measured = |point: &crate::credit::service::RepFreePoint| {
        let counted = in_group(asked, &point.whole, point.groups.iter().map(|(value, counted)| (*value, counted)), &none);
        Ok(Measured::new(point.period, counted.share().map_err(Error::internal)?))
    };
    share.points().iter().map(measured).collect()
}

pub(super) async fn enablement(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let period = Asked::wanted(&asked.period);
    let question = EnablementQuestion { period, pipeline: asked.args.pipeline_id, grain: asked.grain, as_of: Some(asked.as_of) };
    enablement_coverage(&scope.also::<FunnelRead>()?, &question).await.map(Loaded::Enablement)
}

pub(super) fn of_enablement(enablement: &Enablement) -> Vec<Measured> {
    enablement.points.iter().map(|point| Measured::new(point.period, point.grid.covered)).collect()
}

pub(super) async fn fit(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let question = FitQuestion {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        profile: asked.args.icp_profile_id,
        of: asked.args.of.unwrap_or(FitOf::Touches),
        as_of: Some(asked.as_of),
    };
    icp_fit(&scope.also::<FunnelRead>()?, question).await.map(Loaded::Fit)
}

pub(super) fn of_fit(report: &FitReport) -> Result<Vec<Measured>> {
    let measured = |point: &crate::segments::service::FitPoint| {
        let [on_fit, ..] = report.shares(point)?;
        let mut measured = Measured::new(point.period, on_fit);
        measured.unpriced = point.unpriced;
        Ok(measured)
    };
    report.points().iter().map(measured).collect()
}

pub(super) async fn coverage(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<FunnelRead>()?;
    let segment_id = asked.args.segment_id.ok_or_else(|| Error::unknown("segmentId"))?;
    let mut answers = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        let end = part.end().saturating_add_micros(-1).min(asked.as_of);
        answers.push(demand_coverage(&scope, CoverageQuestion { segment_id, since: None, as_of: Some(end) }).await?);
    }
    Ok(Loaded::Coverage(answers))
}

pub(super) fn of_coverage(part: Period, answer: &Coverage, asked: &Asked) -> Result<Measured> {
    Ok(Measured::new(part, answer.share(&[asked.args.reached.unwrap_or(Part::Touched)])?))
}
