//! The API of payback and return.

use std::sync::Arc;

use async_graphql::{Context, Description, Object};
use entity::kinds::Resource;

use crate::auth::permission::Reach;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::graphql::ConstantCurrencyInput;
use crate::costs::graphql::CostPerCloseReport;
use crate::costs::graphql::question::{CloseBasis, CostMatchingInput, RefundPeriod};
use crate::costs::service::Matching;
use crate::economics::service::{self, EconomicsQuestion};
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, MetricDefinition, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, int};
use crate::metrics::definition::{CAC_PAYBACK, ROAS, ROMI};
use crate::metrics::economics::{Economics, Spent};
use crate::metrics::period::Period;
use crate::trends;

/// Asking what closes bring against what they cost.
#[derive(Debug, Default)]
pub struct UnitEconomicsQuery;

#[Object]
impl UnitEconomicsQuery {
    /// In how many months new customers pay back what they cost, and what comes back of what was spent: of each resource, and of all.
    #[expect(clippy::too_many_arguments, reason = "each is a way to ask")]
    async fn unit_economics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about: closes won, and cost accrued, on them.")] period: PeriodInput,
        #[graphql(desc = "What is left of revenue once what was sold is paid for: above 0, at most 1.")] gross_margin: Decimal,
        #[graphql(desc = "Which closes count.", default)] basis: CloseBasis,
        #[graphql(desc = "When counts what is given back, voided or reinstated.", default)] refund_period: RefundPeriod,
        #[graphql(desc = "Which closes and which costs are held against each other. Default: those of the same days.")] matching: Option<
            CostMatchingInput,
        >,
        #[graphql(desc = "Restate amounts in other currencies at the rates of one day. Default: each at the rate of its own date.")]
        constant_currency: Option<ConstantCurrencyInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<UnitEconomics> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = asked((&period, gross_margin), (basis, refund_period), (matching, constant_currency), as_of)?;
        Ok(UnitEconomics::new(service::unit_economics(&scope, &question).await?, scope.reach()))
    }

    /// Payback and return in each part of a period, each as `unitEconomics` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is a way to ask")]
    async fn unit_economics_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "What is left of revenue once what was sold is paid for: above 0, at most 1.")] gross_margin: Decimal,
        #[graphql(desc = "Which closes count.", default)] basis: CloseBasis,
        #[graphql(desc = "When counts what is given back, voided or reinstated.", default)] refund_period: RefundPeriod,
        #[graphql(desc = "Which closes and which costs are held against each other. Default: those of the same days.")] matching: Option<
            CostMatchingInput,
        >,
        #[graphql(desc = "Restate amounts in other currencies at the rates of one day. Default: each at the rate of its own date.")]
        constant_currency: Option<ConstantCurrencyInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<UnitEconomicsTrend> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = asked((&period, gross_margin), (basis, refund_period), (matching, constant_currency), as_of)?;
        let answers = service::unit_economics_trend(&scope, &question, grain.into()).await?;
        let ends = answers.first().zip(answers.last()).map(|(first, last)| (first.costs.period(), last.costs.period()));
        let (first, last) = ends.ok_or(Error::broken("a period has a part"))?;
        let whole = Period::new(first.from(), last.to(), first.zone()).map_err(Error::internal)?;
        let as_of = answers.first().map(|answer| answer.costs.as_of()).ok_or(Error::broken("a period has a part"))?;
        let points = answers.into_iter().map(|answer| UnitEconomics::new(answer, scope.reach())).collect();
        Ok(UnitEconomicsTrend::new(CAC_PAYBACK, (&whole, grain, as_of), scope.reach(), points))
    }
}

fn asked(
    (period, gross_margin): (&PeriodInput, Decimal),
    (basis, refunds): (CloseBasis, RefundPeriod),
    (matching, constant): (Option<CostMatchingInput>, Option<ConstantCurrencyInput>),
    as_of: Option<DateTime>,
) -> Result<EconomicsQuestion> {
    Ok(EconomicsQuestion {
        period: period.into(),
        gross_margin: gross_margin.0,
        basis: basis.into(),
        refunds: refunds.into(),
        matching: matching.map_or(Ok(Matching::SamePeriod), CostMatchingInput::read)?,
        rates: ConstantCurrencyInput::rates(constant.as_ref()),
        as_of: as_of.map(|at| at.0),
    })
}

/// What closes brought against what they cost, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct UnitEconomics {
    answer: Arc<service::UnitEconomics>,
    visibility: Reach,
}

impl UnitEconomics {
    fn new(answer: service::UnitEconomics, visibility: Reach) -> Self {
        Self { answer: Arc::new(answer), visibility }
    }

    fn line(&self, resource: Option<Resource>, (spent, economics): (Spent, Economics)) -> UnitEconomicsLine {
        UnitEconomicsLine { answer: Arc::clone(&self.answer), resource, spent, economics }
    }
}

#[Object(use_type_description)]
impl UnitEconomics {
    /// What is computed: payback, return on what was spent, and value for each unit spent.
    async fn definitions(&self) -> Vec<MetricDefinition> {
        [CAC_PAYBACK, ROMI, ROAS].map(Into::into).to_vec()
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        self.answer.costs.period().into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.costs.as_of())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.costs.currency().to_string())
    }

    /// What is left of revenue once what was sold is paid for.
    async fn gross_margin(&self) -> Decimal {
        Decimal(self.answer.margin.share())
    }

    /// Closes and cost entries in a currency without a rate: closes bring nothing, and cost entries are left out.
    async fn unpriced(&self) -> i32 {
        int(self.answer.costs.unpriced())
    }

    /// Of each resource.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn lines(&self) -> Vec<UnitEconomicsLine> {
        self.answer.lines.iter().map(|&(resource, spent, economics)| self.line(Some(resource), (spent, economics))).collect()
    }

    /// Of all resources together.
    async fn whole(&self) -> UnitEconomicsLine {
        self.line(None, self.answer.whole)
    }

    /// What it was computed from: its rows add up to cost, value and what new customers bring each month.
    async fn costs(&self) -> CostPerCloseReport {
        CostPerCloseReport::new(self.answer.costs.clone(), self.visibility)
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

trends! {
    /// Payback and return in each part of a period.
    UnitEconomicsTrend of UnitEconomics;
}

/// What closes of one resource, or of all, brought against what they cost.
#[derive(Clone, Debug, Description)]
pub struct UnitEconomicsLine {
    answer: Arc<service::UnitEconomics>,
    resource: Option<Resource>,
    spent: Spent,
    economics: Economics,
}

#[Object(use_type_description)]
impl UnitEconomicsLine {
    /// The resource; null for all together.
    async fn resource(&self) -> Option<Resource> {
        self.resource
    }

    /// What was spent.
    async fn cost(&self) -> Money {
        self.answer.costs.money(self.spent.cost_minor).into()
    }

    /// The value of its credited closes.
    async fn value(&self) -> Money {
        self.answer.costs.money(self.spent.value_minor).into()
    }

    /// What the new customers among them bring each month; more business with a customer is none of it.
    async fn new_monthly(&self) -> Money {
        self.answer.costs.money(self.spent.monthly_minor).into()
    }

    /// Months until new customers have paid back what was spent, out of what is left of what they bring. Null where they bring nothing
    /// each month.
    async fn cac_payback(&self) -> RatioMetric {
        RatioMetric::new(&self.economics.payback, CAC_PAYBACK.unit)
    }

    /// What is left of the value, less what was spent, as a share of what was spent: `0.8667` is 86.67 %. Null where nothing was.
    async fn romi(&self) -> RatioMetric {
        RatioMetric::new(&self.economics.romi, ROMI.unit)
    }

    /// Value for each unit spent. Null where nothing was.
    async fn roas(&self) -> RatioMetric {
        RatioMetric::new(&self.economics.roas, ROAS.unit)
    }
}
