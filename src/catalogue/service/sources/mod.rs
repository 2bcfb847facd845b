//! From where metrics are told: the use cases behind the fields of their own, and which figure of their answers the value is.

mod agreements;
mod evidence;
mod journey;
mod money;
mod pipeline;

use std::sync::Arc;

use entity::time::Timestamp;

use super::args::MetricArgs;
use super::asked::Asked;
use super::measured::Measured;
use crate::attribution::service::{Attribution, CreditGap, OrdersTaken, TacticImportance};
use crate::auth::Scope;
use crate::auth::permission::grant::DefinitionRead;
use crate::breakdown::service::WantedBreakdown;
use crate::costs::service::{BudgetReport, CostPerClose};
use crate::credit::service::{LateEvidence, RepFreeShare};
use crate::economics::service::{CloseRates, InvestmentReview, Talk, UnitEconomics};
use crate::error::{Error, Result};
use crate::journey::funnel::service::{Known, Report as FunnelReport, StageTimes};
use crate::journey::service::Enablement;
use crate::metrics::definition::Figure;
use crate::metrics::dimension::{Dimension, Value};
use crate::metrics::period::{Grain, Period};
use crate::pipeline::report::service::Report as PipelineReport;
use crate::segments::service::{Coverage, FitReport};

/// What is asked of which use case: equal sources have equal answers, whichever figure of these is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    of: Kind,
    /// What the use case is told: without what only says which figure is wanted.
    args: MetricArgs,
    /// By what its answer is split.
    by: Option<Dimension>,
    period: Period,
    grain: Option<Grain>,
    as_of: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Costs,
    Economics,
    Marginal,
    CloseRates,
    Budget,
    Talk,
    Attribution,
    Gap,
    Orders,
    Tactics,
    Cohort,
    Entries,
    Stock,
    StageTime,
    Known,
    Late,
    RepFree,
    Enablement,
    Deals,
    Blockers,
    Agreement,
    Fit,
    Coverage,
}

impl Kind {
    const fn of(figure: Figure) -> Self {
        match figure {
            Figure::CreditedCloses
            | Figure::CreditedValue
            | Figure::NewMonthlyValue
            | Figure::Cost
            | Figure::CostPerClose
            | Figure::ResourceIndex => Self::Costs,
            Figure::CacPayback | Figure::Romi | Figure::Roas => Self::Economics,
            Figure::MarginalCostPerClose => Self::Marginal,
            Figure::CloseRate => Self::CloseRates,
            Figure::BudgetUse => Self::Budget,
            Figure::WordOfMouth => Self::Talk,
            Figure::Attribution => Self::Attribution,
            Figure::CreditGap => Self::Gap,
            Figure::OrderTaking => Self::Orders,
            Figure::TacticImportance => Self::Tactics,
            Figure::Funnel => Self::Cohort,
            Figure::StageEntries => Self::Entries,
            Figure::StageStock => Self::Stock,
            Figure::TimeInStage | Figure::TimeInStageP90 => Self::StageTime,
            Figure::AnonymousToKnown => Self::Known,
            Figure::LateEvidence => Self::Late,
            Figure::RepFreeShare => Self::RepFree,
            Figure::EnablementCoverage => Self::Enablement,
            Figure::WinRate
            | Figure::CompetitiveWinRate
            | Figure::NoDecision
            | Figure::NoDecisionShareOfLosses
            | Figure::PipelineVelocity => Self::Deals,
            Figure::BlockerReport => Self::Blockers,
            Figure::SlaStatus
            | Figure::SlaAcknowledgement
            | Figure::SlaVolume
            | Figure::SlaQuality
            | Figure::HandoffRejectRate
            | Figure::HandoffDrift => Self::Agreement,
            Figure::IcpFit => Self::Fit,
            Figure::DemandCoverage => Self::Coverage,
        }
    }
}

/// What a use case answered, or answered for each part of the period.
#[derive(Debug)]
pub(super) enum Loaded {
    Costs(Vec<CostPerClose>),
    Economics(Vec<UnitEconomics>),
    Marginal(Vec<InvestmentReview>),
    CloseRates(Vec<CloseRates>),
    Budget(Vec<BudgetReport>),
    Talk(Vec<Talk>),
    Attribution(Vec<Attribution>),
    Gap(Vec<CreditGap>),
    Orders(Arc<OrdersTaken>),
    Tactics(Vec<TacticImportance>),
    Funnel(Arc<FunnelReport>),
    StageTime(Arc<StageTimes>),
    Known(Arc<Known>),
    Late(Arc<LateEvidence>),
    RepFree(Arc<RepFreeShare>),
    Enablement(Arc<Enablement>),
    Deals(Arc<PipelineReport>),
    Agreement(Vec<Arc<crate::agreements::report::service::Report>>),
    Fit(Arc<FitReport>),
    Coverage(Vec<Coverage>),
}

impl Source {
    /// What a question is answered from.
    pub(super) fn of(asked: &Asked) -> Self {
        let of = Kind::of(asked.definition.figure);
        let by = asked.args.value().map(dimension);
        let mut args = asked.args.clone();
        // Which line, group, stage or kind is wanted does not change what is read.
        (args.resource, args.tactic_id, args.team_id, args.channel, args.owner_id) = (None, None, None, None, None);
        (args.blocker, args.reached, args.win_rate_of_cohort) = (None, None, None);
        if of == Kind::StageTime {
            args.stage = None;
        }
        Self { of, args, by, period: asked.period, grain: asked.grain, as_of: asked.as_of }
    }
}

const fn dimension(value: Value) -> Dimension {
    match value {
        Value::Channel(_) => Dimension::Channel,
        Value::Resource(_) => Dimension::Resource,
        Value::Tactic(_) => Dimension::Tactic,
        Value::Team(_) => Dimension::Team,
        Value::Segment(_) => Dimension::Segment,
        Value::Owner(_) => Dimension::Owner,
    }
}

/// By what an answer has to be split, so that it holds what a metric is narrowed to.
fn breakdown(args: &MetricArgs) -> Option<WantedBreakdown> {
    let by = dimension(args.value()?);
    Some(WantedBreakdown { by, segments: args.segment_id.map(|segment| vec![segment]) })
}

/// Asks the use case.
pub(super) async fn load(scope: &Scope<DefinitionRead>, asked: &Asked, source: &Source) -> Result<Loaded> {
    match source.of {
        Kind::Costs => money::costs(scope, asked).await,
        Kind::Economics => money::economics(scope, asked).await,
        Kind::Marginal => money::marginal(scope, asked).await,
        Kind::CloseRates => money::close_rates(scope, asked).await,
        Kind::Budget => money::budget(scope, asked).await,
        Kind::Talk => evidence::talk(scope, asked).await,
        Kind::Attribution => evidence::attribution(scope, asked).await,
        Kind::Gap => evidence::gap(scope, asked).await,
        Kind::Orders => evidence::orders(scope, asked).await,
        Kind::Tactics => evidence::tactics(scope, asked).await,
        Kind::Cohort | Kind::Entries | Kind::Stock => journey::funnel(scope, asked).await,
        Kind::StageTime => journey::stage_time(scope, asked).await,
        Kind::Known => journey::known(scope, asked).await,
        Kind::Late => journey::late(scope, asked).await,
        Kind::RepFree => journey::rep_free(scope, asked).await,
        Kind::Enablement => journey::enablement(scope, asked).await,
        Kind::Deals | Kind::Blockers => pipeline::deals(scope, asked).await,
        Kind::Agreement => agreements::report(scope, asked).await,
        Kind::Fit => journey::fit(scope, asked).await,
        Kind::Coverage => journey::coverage(scope, asked).await,
    }
}

/// Takes the figure of a metric from what its use case answered.
pub(super) fn pick(loaded: &Loaded, asked: &Asked) -> Result<Vec<Measured>> {
    match loaded {
        Loaded::Costs(answers) => answers.iter().map(|answer| money::of_costs(answer, asked)).collect(),
        Loaded::Economics(answers) => answers.iter().map(|answer| money::of_economics(answer, asked)).collect(),
        Loaded::Marginal(answers) => answers.iter().map(|answer| money::of_marginal(answer, asked)).collect(),
        Loaded::CloseRates(answers) => by_part(asked, answers, |part, answer| money::of_close_rates(*part, answer, asked)),
        Loaded::Budget(answers) => answers.iter().map(|answer| money::of_budget(answer, asked)).collect(),
        Loaded::Talk(answers) => answers.iter().map(evidence::of_talk).collect(),
        Loaded::Attribution(answers) => answers.iter().map(|answer| evidence::of_attribution(answer, asked)).collect(),
        Loaded::Gap(answers) => answers.iter().map(|answer| evidence::of_gap(answer, asked)).collect(),
        Loaded::Orders(answer) => evidence::of_orders(answer),
        Loaded::Tactics(answers) => by_part(asked, answers, |part, answer| Ok(evidence::of_tactics(*part, answer, asked))),
        Loaded::Funnel(report) => journey::of_funnel(report, asked),
        Loaded::StageTime(times) => journey::of_stage_time(times, asked),
        Loaded::Known(known) => journey::of_known(known, asked),
        Loaded::Late(late) => journey::of_late(late, asked),
        Loaded::RepFree(share) => journey::of_rep_free(share, asked),
        Loaded::Enablement(enablement) => Ok(journey::of_enablement(enablement)),
        Loaded::Deals(report) => pipeline::of_deals(report, asked),
        Loaded::Agreement(reports) => agreements::of_reports(reports, asked),
        Loaded::Fit(report) => journey::of_fit(report),
        Loaded::Coverage(answers) => by_part(asked, answers, |part, answer| journey::of_coverage(*part, answer, asked)),
    }
}

/// Answers of use cases that know no trends, with the parts of the period they are for.
fn by_part<T>(asked: &Asked, answers: &[T], of: impl Fn(&Period, &T) -> Result<Measured>) -> Result<Vec<Measured>> {
    asked.parts.iter().zip(answers).map(|(part, answer)| of(part, answer)).collect()
}

/// The figures of the group that a metric is narrowed to; those of none where nothing belongs to it.
fn in_group<'a, T: 'a>(asked: &Asked, whole: &'a T, groups: impl IntoIterator<Item = (Option<Value>, &'a T)>, none: &'a T) -> &'a T {
    match asked.args.value() {
        None => whole,
        Some(value) => groups.into_iter().find(|(of, _)| *of == Some(value)).map_or(none, |(_, figures)| figures),
    }
}

fn missing() -> Error {
    Error::broken("every resource has its line")
}
