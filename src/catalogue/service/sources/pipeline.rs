//! How deals end.

use rust_decimal::Decimal;

use super::{Loaded, breakdown};
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, DefinitionRead, FunnelRead};
use crate::catalogue::service::asked::Asked;
use crate::catalogue::service::measured::Measured;
use crate::error::{Error, Result};
use crate::metrics::blockers::blockers;
use crate::metrics::definition::{Access, Figure};
use crate::metrics::outcomes::Outcomes;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::pipeline::report::service::{BlockerSummary, Question, Report, Split, Subjects, VelocityFigures, WinFigures, report};

pub(super) async fn deals(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let subjects = if asked.definition.figure == Figure::BlockerReport { Subjects::Blockers } else { Subjects::Opportunities };
    let question = Question {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        breakdown: breakdown(&asked.args),
        as_of: Some(asked.as_of),
        subjects,
    };
    let found = match asked.definition.access {
        Access::CostPerClose => report(&scope.also::<CostPerCloseRead>()?, question).await?,
        Access::Funnel | Access::Agreement => report(&scope.also::<FunnelRead>()?, question).await?,
    };
    Ok(Loaded::Deals(found))
}

pub(super) fn of_deals(report: &Report, asked: &Asked) -> Result<Vec<Measured>> {
    let measured = |(place, part): (usize, &Period)| match asked.definition.figure {
        Figure::PipelineVelocity => velocity(report, place, *part, asked),
        Figure::BlockerReport => resolved(report, place, *part, asked),
        Figure::NoDecision | Figure::NoDecisionShareOfLosses => {
            let split = report.ends(place)?;
            let ends: Outcomes = one(asked, &split).copied().unwrap_or_default();
            let rates = ends.rates();
            let rate = if asked.definition.figure == Figure::NoDecision { rates.no_decision } else { rates.no_decision_of_losses };
            Ok(Measured::new(*part, rate))
        }
        _ => wins(report, place, *part, asked),
    };
    report.points().iter().enumerate().map(measured).collect()
}

/// The figures of all, or of the group that is wanted; none where nothing belongs to it.
fn one<'a, T>(asked: &Asked, split: &'a Split<T>) -> Option<&'a T> {
    match asked.args.value() {
        None => Some(&split.whole),
        Some(value) => split.groups.iter().find(|group| group.value == Some(value)).map(|group| &group.figures),
    }
}

fn wins(report: &Report, place: usize, part: Period, asked: &Asked) -> Result<Measured> {
    let split = report.wins(place)?;
    let WinFigures { closed, created } = one(asked, &split).copied().unwrap_or_default();
    let of_cohort = asked.args.win_rate_of_cohort == Some(true);
    let ratio = match asked.definition.figure {
        Figure::CompetitiveWinRate => closed.rates().competitive_win,
        _ if of_cohort => created.cohort().win,
        _ => closed.rates().win,
    };
    let mut measured = Measured::new(part, ratio);
    measured.pending = if of_cohort { created.open } else { 0 };
    Ok(measured)
}

fn velocity(report: &Report, place: usize, part: Period, asked: &Asked) -> Result<Measured> {
    let split = report.velocities(place)?;
    let Some(VelocityFigures { moving, velocity, .. }) = one(asked, &split) else {
        return Ok(Measured::new(part, Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator)));
    };
    let mut measured = match (velocity.per_day_minor, velocity.null_reason) {
        (Some(minor), _) => Measured::number(part, Decimal::new(minor, report.currency().scale())),
        (None, reason) => Measured::new(part, Ratio::null(Decimal::ZERO, Decimal::ZERO, reason.unwrap_or(NullReason::ZeroDenominator))),
    };
    measured.unpriced = moving.unpriced;
    Ok(measured)
}

fn resolved(report: &Report, place: usize, part: Period, asked: &Asked) -> Result<Measured> {
    let split = report.blockers(place)?;
    let found = one(asked, &split).and_then(|BlockerSummary { all, kinds }| match asked.args.blocker {
        None => Some(all),
        Some(kind) => kinds.iter().find(|figures| figures.line.kind == Some(kind)),
    });
    let line = match found {
        Some(figures) => figures.line.resolved,
        // Of a kind that never came up, as of no blockers at all.
        None => blockers(&[], report.as_of()).map_err(Error::internal)?.first().ok_or(Error::broken("there is a line of all"))?.resolved,
    };
    Ok(Measured::new(part, line))
}
