//! The field of its own that tells what a metric tells: a document that can be sent as it is, with its variables, and where in its answer
//! the value stands.

use async_graphql::SimpleObject;
use serde_json::{Map, Value as JsonValue, json};

use crate::catalogue::service::{Measured, Measurement, MetricArgs};
use crate::costs::service::Matching;
use crate::graphql::scalar::{DateTime, Duration, Json};
use crate::metrics::definition::Figure;
use crate::metrics::dimension::Value;

/// The field of its own that tells what a metric tells.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricSource {
    /// Its name: a field of `Query`. The type it answers with has the rows.
    field: String,
    /// A document that asks it for the value.
    document: String,
    /// The variables of the document: what this value was told, at the instant it was.
    variables: Json,
    /// Where in `data` the value stands: names of fields with dots between; `[name=x]` takes the item of a list whose field `name` is
    /// `x`. Where there is no such item nothing belongs to it, and the value is that of nothing.
    path: String,
}

/// A field, its arguments with their types, and where in its answer the figure is.
struct Typed {
    field: &'static str,
    takes: &'static [(&'static str, &'static str)],
    path: String,
}

const COSTS: &[(&str, &str)] = &[
    ("by", "CostDimension!"),
    ("basis", "CloseBasis"),
    ("refundPeriod", "RefundPeriod"),
    ("matching", "CostMatchingInput"),
    ("constantCurrency", "ConstantCurrencyInput"),
];
const ECONOMICS: &[(&str, &str)] = &[
    ("grossMargin", "Decimal!"),
    ("basis", "CloseBasis"),
    ("refundPeriod", "RefundPeriod"),
    ("matching", "CostMatchingInput"),
    ("constantCurrency", "ConstantCurrencyInput"),
];
const EVIDENCE: &[(&str, &str)] = &[("model", "AttributionModel!"), ("pooling", "AttributionPooling"), ("lookbackDays", "Int")];
const ATTRIBUTION: &[(&str, &str)] =
    &[("by", "AttributionDimension!"), ("model", "AttributionModel!"), ("pooling", "AttributionPooling"), ("lookbackDays", "Int")];
const ORDERS: &[(&str, &str)] = &[("pooling", "AttributionPooling"), ("lookbackDays", "Int")];
const COHORT: &[(&str, &str)] = &[
    ("mode", "FunnelMode!"),
    ("pipeline", "ID"),
    ("subject", "FunnelSubject"),
    ("order", "FunnelOrder"),
    ("window", "Duration"),
    ("breakdown", "FunnelBreakdownInput"),
];
const STAGE_TIME: &[(&str, &str)] = &[("pipeline", "ID"), ("subject", "FunnelSubject"), ("breakdown", "BreakdownInput")];
const KNOWN: &[(&str, &str)] = &[("window", "Duration"), ("breakdown", "BreakdownInput")];
const SPLIT: &[(&str, &str)] = &[("breakdown", "BreakdownInput")];
const WINS: &[(&str, &str)] = &[("basis", "WinRateBasis"), ("breakdown", "BreakdownInput")];
const FIT: &[(&str, &str)] = &[("of", "IcpFitOf"), ("profileId", "ID")];
const AGREEMENT: &[(&str, &str)] = &[("agreementId", "ID!"), ("by", "SlaDimension")];

/// Says where the value of a metric is also told.
pub(super) fn source_of(of: &Measurement, measured: &Measured) -> MetricSource {
    let Typed { field, takes, path } = typed(of.definition.figure, &of.args);
    let mut told = told(of);
    let wanted = |name: &str| takes.iter().any(|(taken, _)| *taken == name);
    told.retain(|name, value| wanted(name) && !value.is_null());
    let period = &measured.period;
    if field == "demandCoverage" {
        // It is asked at an instant, not of a period.
        let at = period.end().saturating_add_micros(-1).min(of.as_of);
        told.insert("asOf".to_owned(), scalar(DateTime(at)));
        told.insert("segmentId".to_owned(), json!(of.args.segment_id));
    } else {
        let days = json!({ "from": period.from(), "to": period.to(), "timeZone": period.zone().name() });
        told.insert("period".to_owned(), days);
        told.insert("asOf".to_owned(), scalar(DateTime(of.as_of)));
    }
    let types = [("period", "PeriodInput!"), ("asOf", "DateTime"), ("segmentId", "ID!")];
    let declared = takes.iter().chain(&types).filter(|(name, _)| told.contains_key(*name));
    let variables: Vec<String> = declared.clone().map(|(name, of)| format!("${name}: {of}")).collect();
    let arguments: Vec<String> = declared.map(|(name, _)| format!("{name}: ${name}")).collect();
    let selection = selection(path.split('.'));
    let document = format!("query Metric({}) {{ {field}({}) {selection} }}", variables.join(", "), arguments.join(", "));
    MetricSource { field: field.to_owned(), document, variables: Json(JsonValue::Object(told)), path: format!("{field}.{}", plain(&path)) }
}

/// What to ask for, so that the path can be gone: of a list also the field that names its items.
fn selection<'a>(mut steps: impl Iterator<Item = &'a str>) -> String {
    let Some(step) = steps.next() else { return String::new() };
    let within = selection(steps);
    match step.split_once('[') {
        None => format!("{{ {step} {within} }}"),
        Some((list, named)) => {
            let name = named.split_once('=').map_or(named, |(name, _)| name);
            let name = name
                .split('>')
                .rev()
                .fold(String::new(), |within, field| if within.is_empty() { field.to_owned() } else { format!("{field} {{ {within} }}") });
            format!("{{ {list} {} }}", within.replacen('{', &format!("{{ {name}"), 1))
        }
    }
}

/// The path without what only the document needs: the arguments of its fields.
fn plain(path: &str) -> String {
    path.split('.').map(|step| step.split_once('(').map_or(step, |(field, _)| field)).collect::<Vec<_>>().join(".")
}

fn typed(figure: Figure, args: &MetricArgs) -> Typed {
    let key = args.value().map(Value::key);
    let of_line = |whole: &str, line: &str| match &key {
        None => whole.to_owned(),
        Some(key) => format!("lines[key={key}].{line}"),
    };
    let of_group = |whole: &str, group: &str| match &key {
        None => whole.to_owned(),
        Some(key) => format!("groups[of>value={key}].{group}"),
    };
    let in_split = |figure: &str| of_group(&format!("whole.{figure}"), &format!("figures.{figure}"));
    let stage = args.stage.clone().unwrap_or_default();
    let at_step = |figure: &str| {
        let step = format!("steps[stage>key={stage}].{figure}");
        of_group(&step, &step)
    };
    let in_stage = |figure: &str| {
        let step = format!("stages[stage>key={stage}].{figure}");
        of_group(&step, &step)
    };
    let of_agreement = |figure: &str| match &key {
        None => format!("whole.{figure}"),
        Some(key) => format!("groups[value={key}].figures.{figure}"),
    };
    let blocker = args.blocker.map_or_else(|| "all".to_owned(), |kind| format!("kinds[kind={}]", kind.name()));
    let resource = args.resource.map(|resource| resource.name()).unwrap_or_default();
    let of_unit = |figure: &str| match args.resource {
        None => format!("whole.{figure}.value"),
        Some(resource) => format!("lines[resource={}].{figure}.value", resource.name()),
    };
    let reached = args.reached.map_or_else(|| "TOUCHED".to_owned(), |part| name_of(&part));
    let (field, takes, path): (_, &'static [(&'static str, &'static str)], _) = match figure {
        Figure::CreditedCloses => ("costPerClose", COSTS, of_line("blended.closes", "creditedCloses")),
        Figure::CreditedValue => ("costPerClose", COSTS, of_line("blended.value.amount", "creditedValue.amount")),
        Figure::NewMonthlyValue => ("costPerClose", COSTS, of_line("blended.newMonthly.amount", "newMonthly.amount")),
        Figure::Cost => ("costPerClose", COSTS, of_line("blended.cost.amount", "cost.amount")),
        Figure::CostPerClose => ("costPerClose", COSTS, of_line("blended.costPerClose.value", "costPerClose.value")),
        Figure::ResourceIndex => ("costPerClose", COSTS, of_line("blended.costPerClose.value", "index.value")),
        Figure::CacPayback => ("unitEconomics", ECONOMICS, of_unit("cacPayback")),
        Figure::Romi => ("unitEconomics", ECONOMICS, of_unit("romi")),
        Figure::Roas => ("unitEconomics", ECONOMICS, of_unit("roas")),
        Figure::MarginalCostPerClose => ("investmentReview", &[], format!("lines[resource={resource}].marginalCostPerClose.value")),
        Figure::CloseRate => ("resourceScoreboard", &[("matureAfterDays", "Int")], format!("lines[resource={resource}].closeRate.value")),
        Figure::BudgetUse => ("budgetReport", &[], of_line("", "used.value")),
        Figure::WordOfMouth => ("investmentReview", &[], "wordOfMouth.share.value".to_owned()),
        Figure::Attribution => ("attribution", ATTRIBUTION, of_line("", "share.value")),
        Figure::CreditGap => ("creditGap", EVIDENCE, of_line("", "gap")),
        Figure::OrderTaking => ("orderTaking", ORDERS, "share.value".to_owned()),
        Figure::TacticImportance => ("tacticImportance", EVIDENCE, of_line("", "index.value")),
        Figure::Funnel => ("funnel", COHORT, at_step("ofFirst.matured.value")),
        Figure::StageEntries | Figure::StageStock => ("funnel", COHORT, at_step("entered")),
        Figure::TimeInStage => ("timeInStage", STAGE_TIME, in_stage("median.value")),
        Figure::TimeInStageP90 => ("timeInStage", STAGE_TIME, in_stage("ninetieth.value")),
        Figure::AnonymousToKnown => ("anonymousToKnown", KNOWN, of_group("rates.matured.value", "rates.matured.value")),
        Figure::LateEvidence => ("lateEvidence", SPLIT, of_group("rate.value", "rate.value")),
        Figure::RepFreeShare => ("repFreeShare", SPLIT, in_split("share.value")),
        Figure::EnablementCoverage => ("enablementCoverage", &[("pipelineId", "ID")], "covered.value".to_owned()),
        Figure::WinRate => ("winRate", WINS, in_split("value.value")),
        Figure::CompetitiveWinRate => ("noDecision", SPLIT, in_split("competitiveWinRate.value")),
        Figure::NoDecision => ("noDecision", SPLIT, in_split("rate.value")),
        Figure::NoDecisionShareOfLosses => ("noDecision", SPLIT, in_split("shareOfLosses.value")),
        Figure::PipelineVelocity => ("pipelineVelocity", SPLIT, in_split("perDay.amount")),
        Figure::BlockerReport => ("blockerReport", SPLIT, in_split(&format!("{blocker}.resolutionRate.value"))),
        Figure::SlaStatus => ("slaStatus", AGREEMENT, of_agreement("receiving.attainment.value")),
        Figure::SlaAcknowledgement => ("slaStatus", AGREEMENT, of_agreement("offering.attainment.value")),
        Figure::SlaVolume => ("slaStatus", AGREEMENT, "volume.attainment.value".to_owned()),
        Figure::SlaQuality => ("slaStatus", AGREEMENT, of_agreement("handoffs.acceptanceRate.value")),
        Figure::HandoffRejectRate => ("slaStatus", AGREEMENT, of_agreement("handoffs.rejectRate.value")),
        Figure::HandoffDrift => {
            ("handoffDrift", &[("agreementId", "ID!")], format!("tactics[tacticId={}].driftPoints", key.unwrap_or_default()))
        }
        Figure::IcpFit => ("icpFit", FIT, "parts[fit=FIT].share.value".to_owned()),
        Figure::DemandCoverage => ("demandCoverage", &[], format!("share(parts: {reached}).value")),
    };
    Typed { field, takes, path }
}

/// What a metric was told, by the names and in the forms that the fields of their own have for it.
fn told(of: &Measurement) -> Map<String, JsonValue> {
    let (args, figure) = (&of.args, of.definition.figure);
    let dimension = args.value().map(|value| match value {
        Value::Resource(_) => "RESOURCE",
        Value::Tactic(_) => "TACTIC",
        Value::Team(_) => "TEAM",
        Value::Channel(_) => "CHANNEL",
        Value::Segment(_) => "SEGMENT",
        Value::Owner(_) => "OWNER",
    });
    let breakdown = dimension.map(|by| match args.segment_id {
        Some(segment) => json!({ "by": by, "segments": [segment] }),
        None => json!({ "by": by }),
    });
    let is_of_costs = matches!(
        figure,
        Figure::CreditedCloses
            | Figure::CreditedValue
            | Figure::NewMonthlyValue
            | Figure::Cost
            | Figure::CostPerClose
            | Figure::ResourceIndex
    );
    let basis = match args.win_rate_of_cohort {
        Some(true) => json!("COHORT_BASIS"),
        Some(false) => json!("CLOSED_BASIS"),
        None => json!(args.basis),
    };
    let mode = match figure {
        Figure::StageEntries => "PERIOD",
        Figure::StageStock => "STOCK",
        _ => "COHORT",
    };
    let matching = args.matching.map(|matching| match matching {
        Matching::SamePeriod => json!({ "mode": "SAME_PERIOD" }),
        Matching::Lagged { days } => json!({ "mode": "LAGGED", "days": days }),
        Matching::Cohort { mature_after_days } => json!({ "mode": "COHORT", "matureAfterDays": mature_after_days }),
    });
    let pairs = [
        ("by", json!(dimension.or(is_of_costs.then_some("RESOURCE")))),
        ("basis", basis),
        ("refundPeriod", json!(args.refund_period)),
        ("matching", json!(matching)),
        ("constantCurrency", json!(args.constant_currency_on.map(|on| json!({ "on": on })))),
        ("grossMargin", json!(args.gross_margin)),
        ("matureAfterDays", json!(args.mature_after_days)),
        ("pipeline", json!(args.pipeline_id)),
        ("pipelineId", json!(args.pipeline_id)),
        ("mode", json!(mode)),
        ("subject", json!(args.subject)),
        ("order", json!(args.order)),
        ("window", args.window_micros.map_or(JsonValue::Null, |micros| scalar(Duration::from_micros(micros)))),
        ("breakdown", json!(breakdown)),
        ("model", json!(args.model.map_or_else(|| json!("LINEAR"), |model| json!(model)))),
        ("pooling", json!(args.pooling)),
        ("lookbackDays", json!(args.lookback_days)),
        ("agreementId", json!(args.agreement_id)),
        ("of", json!(args.of)),
        ("profileId", json!(args.icp_profile_id)),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A scalar as it is sent.
fn scalar(value: impl async_graphql::ScalarType) -> JsonValue {
    value.to_value().into_json().unwrap_or_default()
}

/// What a closed set calls one of its values.
fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
