//! What the resources owe each other.

use std::sync::Arc;

use entity::kinds::ClauseKind;
use rust_decimal::Decimal;

use super::Loaded;
use crate::agreements::report::service::{Figures, Group, Question, Report, Split, report as report_on};
use crate::auth::Scope;
use crate::auth::permission::grant::{AgreementRead, DefinitionRead};
use crate::catalogue::service::asked::Asked;
use crate::catalogue::service::measured::Measured;
use crate::error::{Error, Result};
use crate::metrics::definition::Figure;
use crate::metrics::dimension::Value;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::sla::{ClockCounts, Dimension, HandoffCounts};

pub(super) async fn report(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<AgreementRead>()?;
    let agreement_id = asked.args.agreement_id.ok_or_else(|| Error::unknown("agreementId"))?;
    let question =
        |period: &Period, grain, before| Question { agreement_id, period: Asked::wanted(period), grain, before, as_of: Some(asked.as_of) };
    if asked.definition.figure != Figure::HandoffDrift {
        return Ok(Loaded::Agreement(vec![report_on(&scope, question(&asked.period, asked.grain, false)).await?]));
    }
    // Each part is compared with the one before it.
    let mut reports = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        reports.push(report_on(&scope, question(part, None, true)).await?);
    }
    Ok(Loaded::Agreement(reports))
}

pub(super) fn of_reports(reports: &[Arc<Report>], asked: &Asked) -> Result<Vec<Measured>> {
    if asked.definition.figure == Figure::HandoffDrift {
        return reports.iter().map(|report| drift(report, asked)).collect();
    }
    let report = reports.first().ok_or(Error::broken("a question is answered from a report"))?;
    report.points().iter().enumerate().map(|(place, part)| figure(report, place, *part, asked)).collect()
}

fn figure(report: &Report, place: usize, part: Period, asked: &Asked) -> Result<Measured> {
    if asked.definition.figure == Figure::SlaVolume {
        let volume = report.volume(place)?;
        // Where nothing was in force that commits to a number, there is none to reach.
        let none = Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator);
        return Ok(Measured::new(part, volume.map_or(none, |volume| volume.reached.raw)));
    }
    let by = asked.args.value().and_then(|value| match value {
        Value::Owner(_) => Some(Dimension::Owner),
        Value::Team(_) => Some(Dimension::Team),
        Value::Tactic(_) => Some(Dimension::Tactic),
        Value::Resource(_) | Value::Channel(_) | Value::Segment(_) => None,
    });
    let split = report.split(place, by)?;
    let figures = one(&split, asked);
    let clocks = |side: fn(ClauseKind) -> bool| figures.map_or_else(ClockCounts::default, |figures| figures.clocks_of(side));
    let handoffs = figures.map_or_else(HandoffCounts::default, |figures| figures.handoffs);
    let of_clocks = |clocks: ClockCounts| (clocks.attainment(), clocks.pending());
    let (ratio, pending) = match asked.definition.figure {
        Figure::SlaAcknowledgement => of_clocks(clocks(|kind| kind == ClauseKind::Acknowledgement)),
        Figure::SlaQuality => (handoffs.quality(), handoffs.pending()),
        Figure::HandoffRejectRate => (handoffs.reject_rate(), handoffs.pending()),
        _ => of_clocks(clocks(|kind| matches!(kind, ClauseKind::Speed | ClauseKind::Depth))),
    };
    let mut measured = Measured::new(part, ratio);
    measured.pending = pending;
    Ok(measured)
}

fn one<'a>(split: &'a Split, asked: &Asked) -> Option<&'a Figures> {
    let Some(value) = asked.args.value() else { return Some(&split.whole) };
    let is_it = |group: &Group| match *group {
        Group::Owner(owner) => owner.map(Value::Owner) == Some(value),
        Group::Team(team) => team.map(Value::Team) == Some(value),
        Group::Tactic(tactic) => tactic.map(Value::Tactic) == Some(value),
        Group::Reason(_) => false,
    };
    split.groups.iter().find(|(group, _)| is_it(group)).map(|(_, figures)| figures)
}

fn drift(report: &Report, asked: &Asked) -> Result<Measured> {
    let drifted = report.drift()?;
    let tactic = |code: u32| drifted.tactics.get(usize::try_from(code).ok()?).copied();
    let line = drifted.drift.tactics.iter().find(|line| line.tactic.and_then(tactic) == asked.args.tactic_id);
    let points = line.and_then(|line| line.points);
    let none = || Measured::new(*report.period(), Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator));
    Ok(points.map_or_else(none, |points| Measured::number(*report.period(), points)))
}
