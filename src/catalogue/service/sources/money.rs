//! What was won and what it cost.

use entity::kinds::Resource;
use entity::money::{BASIS_POINTS, CurrencyCode};
use rust_decimal::Decimal;

use super::{Loaded, missing};
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, DefinitionRead};
use crate::catalogue::service::asked::Asked;
use crate::catalogue::service::measured::Measured;
use crate::costs::exchange::service::Rates;
use crate::costs::service::{
    BudgetReport, BudgetScope, CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, budget_report, cost_per_close,
    cost_per_close_trend,
};
use crate::economics::service::{
    CloseRates, EconomicsQuestion, InvestmentReview, ReviewQuestion, UnitEconomics, close_rates as rates_of, investment_review,
    unit_economics, unit_economics_trend,
};
use crate::error::{Error, Result};
use crate::metrics::by_resource::ByResource;
use crate::metrics::cost_per_close::{Basis, Line, Refunds};
use crate::metrics::definition::Figure;
use crate::metrics::dimension::Value;
use crate::metrics::economics::Economics;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::shares;
use crate::metrics::sla::Fraction;

/// Which share of a budget a review looks at moving, and from how many closes on: neither changes what a close more costs.
const MOVED: (Decimal, i32) = (Decimal::from_parts(1, 0, 0, false, 1), 1);

fn rates(asked: &Asked) -> Rates {
    asked.args.constant_currency_on.map_or(Rates::OwnDate, Rates::Constant)
}

fn question(asked: &Asked) -> CostPerCloseQuestion {
    let args = &asked.args;
    let by = match args.value() {
        Some(Value::Tactic(_)) => CostDimension::Tactic,
        Some(Value::Team(_)) => CostDimension::Team,
        Some(Value::Channel(_)) => CostDimension::Channel,
        Some(Value::Resource(_) | Value::Segment(_) | Value::Owner(_)) | None => CostDimension::Resource,
    };
    CostPerCloseQuestion {
        period: Asked::wanted(&asked.period),
        by,
        basis: args.basis.unwrap_or(Basis::Net),
        refunds: args.refund_period.unwrap_or(Refunds::OriginalPeriod),
        matching: args.matching.unwrap_or_default(),
        rates: rates(asked),
        as_of: Some(asked.as_of),
    }
}

pub(super) async fn costs(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let question = question(asked);
    Ok(Loaded::Costs(match asked.grain {
        None => vec![cost_per_close(&scope, &question).await?],
        Some(grain) => cost_per_close_trend(&scope, &question, grain).await?,
    }))
}

/// Of what nothing was earned and spent there is no line.
fn line_of(answer: &CostPerClose, value: Value) -> Option<Line> {
    let wanted = match value {
        Value::Resource(resource) => LineSubject::Resource(resource),
        Value::Tactic(tactic) => LineSubject::Tactic(tactic),
        Value::Team(team) => LineSubject::Team(team),
        Value::Channel(channel) => LineSubject::Channel(channel),
        Value::Segment(_) | Value::Owner(_) => return None,
    };
    answer.lines().find(|(subject, _)| *subject == wanted).map(|(_, line)| *line)
}

fn major(minor: i64, currency: CurrencyCode) -> Decimal {
    Decimal::new(minor, currency.scale())
}

pub(super) fn of_costs(answer: &CostPerClose, asked: &Asked) -> Result<Measured> {
    let (report, currency, figure) = (answer.report(), answer.currency(), asked.definition.figure);
    let period = *answer.period();
    let number = |value: Decimal| Measured::number(period, value);
    // With no cost recorded at all nothing is known of it, which is not the same as nothing spent.
    let spent = |minor: i64, no_cost: Option<NullReason>| match no_cost {
        None => number(major(minor, currency)),
        Some(reason) => Measured::new(period, Ratio::null(major(minor, currency), Decimal::ONE, reason)),
    };
    let mut measured = match asked.args.value() {
        None => match figure {
            Figure::CreditedCloses => number(shares::closes(report.closes.saturating_mul(BASIS_POINTS))),
            Figure::CreditedValue => number(major(report.value_minor, currency)),
            Figure::NewMonthlyValue => number(major(report.monthly_minor, currency)),
            Figure::Cost => spent(report.cost_minor, report.no_cost),
            _ => Measured::new(period, report.blended),
        },
        Some(value) => {
            let none = Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::NoCostData);
            let line = line_of(answer, value);
            let minor = |of: fn(&Line) -> i64| major(line.as_ref().map_or(0, of), currency);
            match figure {
                Figure::CreditedCloses => number(shares::closes(line.map_or(0, |line| line.credit_bp))),
                Figure::CreditedValue => number(minor(|line| line.value_minor)),
                Figure::NewMonthlyValue => number(minor(|line| line.monthly_minor)),
                Figure::Cost => {
                    let no_cost = line.map_or(Some(NullReason::NoCostData), |line| line.no_cost);
                    spent(line.map_or(0, |line| line.cost_minor), no_cost)
                }
                Figure::ResourceIndex => Measured::new(period, line.map_or(none, |line| line.index)),
                _ => Measured::new(period, line.map_or(none, |line| line.cost_per_close)),
            }
        }
    };
    measured.unpriced = u64::try_from(answer.unpriced()).unwrap_or(u64::MAX);
    measured.unattributed = shares::closes(answer.unattributed_bp());
    if asked.definition.contributions && measured.ratio.value.is_some() {
        measured.contributions = contributions(answer, asked);
    }
    Ok(measured)
}

/// What each resource has of it: of a cost per close its part of the cost, over all closes.
fn contributions(answer: &CostPerClose, asked: &Asked) -> Option<ByResource<Fraction>> {
    let only = match asked.args.value() {
        None => None,
        Some(Value::Resource(resource)) => Some(resource),
        Some(_) => return None,
    };
    let scale = 10_i128.checked_pow(answer.currency().scale())?;
    let mut parts = ByResource::from_array([Fraction::ZERO; 3]);
    for &resource in Resource::ALL.iter().filter(|resource| only.is_none_or(|only| only == **resource)) {
        let line = line_of(answer, Value::Resource(resource))?;
        let all_closes = match only {
            None => i128::from(answer.report().closes).checked_mul(i128::from(BASIS_POINTS))?,
            Some(_) => i128::from(line.credit_bp),
        };
        let minor = |minor: i64| Fraction::new(minor.into(), scale);
        *parts.get_mut(resource) = match asked.definition.figure {
            Figure::CreditedCloses => Fraction::new(line.credit_bp.into(), BASIS_POINTS.into()),
            Figure::CreditedValue => minor(line.value_minor),
            Figure::NewMonthlyValue => minor(line.monthly_minor),
            Figure::Cost => minor(line.cost_minor),
            _ => Fraction::new(i128::from(line.cost_minor).checked_mul(i128::from(BASIS_POINTS))?, scale.checked_mul(all_closes)?),
        };
    }
    Some(parts)
}

pub(super) async fn economics(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let CostPerCloseQuestion { period, basis, refunds, matching, rates, as_of, .. } = question(asked);
    let gross_margin = asked.args.gross_margin.unwrap_or_default();
    let question = EconomicsQuestion { period, gross_margin, basis, refunds, matching, rates, as_of };
    Ok(Loaded::Economics(match asked.grain {
        None => vec![unit_economics(&scope, &question).await?],
        Some(grain) => unit_economics_trend(&scope, &question, grain).await?,
    }))
}

pub(super) fn of_economics(answer: &UnitEconomics, asked: &Asked) -> Result<Measured> {
    let economics = match asked.args.resource {
        None => answer.whole.1,
        Some(wanted) => answer.lines.iter().find(|(resource, ..)| *resource == wanted).ok_or_else(missing)?.2,
    };
    let Economics { payback, romi, roas } = economics;
    let ratio = match asked.definition.figure {
        Figure::CacPayback => payback,
        Figure::Romi => romi,
        _ => roas,
    };
    let mut measured = Measured::new(*answer.costs.period(), ratio);
    measured.unpriced = u64::try_from(answer.costs.unpriced()).unwrap_or(u64::MAX);
    Ok(measured)
}

pub(super) async fn marginal(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let mut answers = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        let (moved_share, fewest_closes) = MOVED;
        let period = Asked::wanted(part);
        let question = ReviewQuestion { period, compared_to: None, moved_share, fewest_closes, as_of: Some(asked.as_of) };
        answers.push(investment_review(&scope, &question).await?);
    }
    Ok(Loaded::Marginal(answers))
}

pub(super) fn of_marginal(answer: &InvestmentReview, asked: &Asked) -> Result<Measured> {
    let line = answer.lines.iter().find(|line| Some(line.resource) == asked.args.resource).ok_or_else(missing)?;
    let mut measured = Measured::new(*answer.costs.period(), line.marginal);
    measured.unpriced = u64::try_from(answer.unpriced()).unwrap_or(u64::MAX);
    Ok(measured)
}

pub(super) async fn close_rates(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let mut answers = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        answers.push(rates_of(&scope, part, asked.args.mature_after_days, asked.as_of).await?);
    }
    Ok(Loaded::CloseRates(answers))
}

pub(super) fn of_close_rates(part: Period, answer: &CloseRates, asked: &Asked) -> Result<Measured> {
    let resource = asked.args.resource.ok_or_else(missing)?;
    let brought = answer.brought.get(resource);
    let mut measured = Measured::new(part, brought.rate().map_err(Error::internal)?);
    measured.pending = brought.pending;
    Ok(measured)
}

pub(super) async fn budget(scope: &Scope<DefinitionRead>, asked: &Asked) -> Result<Loaded> {
    let scope = scope.also::<CostPerCloseRead>()?;
    let mut answers = Vec::with_capacity(asked.parts.len());
    for part in &asked.parts {
        answers.push(budget_report(&scope, &Asked::wanted(part), Some(asked.as_of)).await?);
    }
    Ok(Loaded::Budget(answers))
}

pub(super) fn of_budget(answer: &BudgetReport, asked: &Asked) -> Result<Measured> {
    let (resource, tactic) = (asked.args.resource.map(Into::into), asked.args.tactic_id);
    // The line of a tactic is that of the tactic, whoever owns its budget.
    let wanted =
        |of: &BudgetScope| if tactic.is_some() { of.tactic_id == tactic } else { of.tactic_id.is_none() && Some(of.owner) == resource };
    let line = answer.lines().iter().find(|line| wanted(&line.scope));
    let none = Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::ZeroDenominator);
    let mut measured = Measured::new(*answer.period(), line.map_or(none, |line| line.used));
    measured.unpriced = u64::try_from(answer.unpriced().len()).unwrap_or(u64::MAX);
    Ok(measured)
}
