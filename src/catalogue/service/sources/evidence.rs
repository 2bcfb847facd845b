//! Who earned what was won.

use rust_decimal::Decimal;

use super::{Loaded, dimension, missing};
use crate::attribution::service::{
    self, Attribution, CreditGap, EvidenceQuestion, ModelName, OrderQuestion, OrdersTaken, Pooling, TacticImportance, WantedModel,
};
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, DefinitionRead, FunnelRead};
use crate::catalogue::service::asked::Asked;
use crate::catalogue::service::measured::Measured;
use crate::economics::service::{Talk, word_of_mouth};
use crate::error::{Error, Result};
use crate::metrics::attribution::WHOLE;
use crate::metrics::dimension::Dimension;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};

fn model(asked: &Asked) -> WantedModel {
    WantedModel::usual(asked.args.model.unwrap_or(ModelName::Linear))
}

fn question(asked: &Asked, by: Dimension) -> EvidenceQuestion {
    EvidenceQuestion {
        period: Asked::wanted(&asked.period),
        grain: asked.grain,
        by,
        pooling: asked.args.pooling.unwrap_or(Pooling::Account),
        lookback_days: asked.args.lookback_days,
        as_of: Some(asked.as_of),
    }
}

pub(super) async fn talk(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let (_, answers) = word_of_mouth(&scope, &Asked::wanted(&asked.period), asked.grain, Some(asked.as_of)).await?;
    Ok(Loaded::Talk(answers))
}

pub(super) fn of_talk(answer: &Talk) -> Result<Measured> {
    Ok(Measured::new(answer.period, answer.counted.share().map_err(Error::internal)?))
}

pub(super) async fn attribution(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let by = asked.args.value().map_or(Dimension::Resource, dimension);
    let answers = service::attribution(&scope.also::<CostPerCloseRead>()?, &question(asked, by), &model(asked)).await?;
    Ok(Loaded::Attribution(answers))
}

pub(super) fn of_attribution(answer: &Attribution, asked: &Asked) -> Result<Measured> {
    let line = answer.lines().iter().find(|line| line.value == asked.args.value());
    let share = answer.share(line.map_or(0, |line| line.closes))?;
    // Where there are too few journeys everything is unattributed, and a share of nothing says nothing.
    let immature = answer.is_immature() && share.null_reason.is_none();
    let share = if immature { Ratio::null(share.numerator, share.denominator, NullReason::Immature) } else { share };
    let mut measured = Measured::new(*answer.part(), share);
    measured.unpriced = answer.report().unpriced;
    measured.unattributed = Decimal::from_i128_with_scale(answer.unattributed().into(), WHOLE.ilog10());
    Ok(measured)
}

pub(super) async fn gap(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let answers = service::credit_gap(&scope.also::<CostPerCloseRead>()?, &question(asked, Dimension::Resource), &model(asked)).await?;
    Ok(Loaded::Gap(answers))
}

pub(super) fn of_gap(answer: &CreditGap, asked: &Asked) -> Result<Measured> {
    let resource = asked.args.resource.ok_or_else(missing)?;
    let line = answer.line(resource).ok_or_else(missing)?;
    let part = *answer.evidence.part();
    let immature = answer.evidence.is_immature() && !answer.evidence.all_closes().is_zero();
    let reason = if immature { NullReason::Immature } else { NullReason::ZeroCloses };
    let mut measured = match line.gap {
        Some(gap) => Measured::number(part, gap.points()),
        None => Measured::new(part, Ratio::null(Decimal::ZERO, Decimal::ZERO, reason)),
    };
    measured.unpriced = answer.evidence.report().unpriced;
    measured.unattributed = Decimal::from_i128_with_scale(answer.evidence.unattributed().into(), WHOLE.ilog10());
    Ok(measured)
}

pub(super) async fn orders(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let EvidenceQuestion { period, grain, pooling, lookback_days, as_of, .. } = question(asked, Dimension::Resource);
    let question = OrderQuestion { period, grain, intent: None, pooling, lookback_days, as_of };
    service::order_taking(&scope.also::<FunnelRead>()?, question).await.map(Loaded::Orders)
}

pub(super) fn of_orders(answer: &OrdersTaken) -> Result<Vec<Measured>> {
    let measured = |(part, taken): &(Period, crate::metrics::order_taking::OrderTaking)| {
        Ok(Measured::new(*part, taken.share().map_err(Error::internal)?))
    };
    answer.points().iter().map(measured).collect()
}

pub(super) async fn tactics(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let mut answers = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        let question = EvidenceQuestion { period: Asked::wanted(part), grain: None, ..question(asked, Dimension::Tactic) };
        answers.push(service::tactic_importance(&scope, &question, &model(asked), None).await?);
    }
    Ok(Loaded::Tactics(answers))
}

pub(super) fn of_tactics(part: Period, answer: &TacticImportance, asked: &Asked) -> Measured {
    let line = answer.lines.iter().find(|line| Some(line.tactic) == asked.args.tactic_id);
    // What neither earned nor cost anything has no line.
    let none = Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator);
    let mut measured = Measured::new(part, line.map_or(none, |line| line.importance.index));
    measured.unpriced = answer.unpriced;
    measured
}
