//! The API of where to invest.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, Object, SimpleObject};
use entity::kinds::Resource;

use super::ANSWER_COST;
use super::talk::WordOfMouth;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::graphql::{CostPerCloseReport, closes};
use crate::economics::service::{self, ReviewLine, ReviewQuestion};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{MetricDefinition, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, int};
use crate::input::WantedPeriod;
use crate::metrics::definition::{COST_PER_CLOSE, MARGINAL_COST_PER_CLOSE, RESOURCE_INDEX};

/// The share of what a resource spends that is thought of as moved, in percent.
const MOVED_PERCENT: i64 = 10;

/// The fewest closes a resource is judged by where nothing else is said.
const FEWEST_CLOSES: i32 = 10;

/// Asking where to invest.
#[derive(Debug, Default)]
pub struct ReviewQuery;

#[Object]
impl ReviewQuery {
    /// Where the next unit of money does most by the figures of a period: what the last closes cost from each resource, how sure that is,
    /// who closes nothing, how much is won by word of mouth, and what moving money would bring, with the arithmetic. It supposes that the
    /// next unit works as the last ones did, and is no forecast.
    #[graphql(complexity = "2 * ANSWER_COST + child_complexity")]
    async fn investment_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about: closes won, and cost accrued, on them.")] period: PeriodInput,
        #[graphql(desc = "The days they are compared with, as many months or days. Default: the period before.")] compared_to: Option<
            PeriodInput,
        >,
        #[graphql(desc = "The share of what a resource spends that might be moved, above 0 and at most 1. Default 0.1.")]
        moved_share: Option<Decimal>,
        #[graphql(desc = "The fewest closes a resource is judged by. Default 10.", default_with = "FEWEST_CLOSES")] fewest_closes: i32,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<InvestmentReview> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = ReviewQuestion {
            period: (&period).into(),
            compared_to: compared_to.as_ref().map(WantedPeriod::from),
            moved_share: moved_share.map_or(rust_decimal::Decimal::new(MOVED_PERCENT, 2), |share| share.0),
            fewest_closes,
            as_of: as_of.map(|at| at.0),
        };
        let answer = service::investment_review(&scope, &question).await?;
        Ok(InvestmentReview { answer: Arc::new(answer), visibility: scope.reach() })
    }
}

/// Where the next unit of money does most, with everything that explains it.
#[derive(Clone, Debug, Description)]
pub struct InvestmentReview {
    answer: Arc<service::InvestmentReview>,
    visibility: Reach,
}

#[Object(use_type_description)]
impl InvestmentReview {
    /// What is computed.
    async fn definitions(&self) -> Vec<MetricDefinition> {
        [COST_PER_CLOSE, RESOURCE_INDEX, MARGINAL_COST_PER_CLOSE].map(Into::into).to_vec()
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        self.answer.costs.period().into()
    }

    /// The days they are compared with.
    async fn compared_to(&self) -> PeriodOutput {
        self.answer.costs_before.period().into()
    }

    /// All of it as seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.costs.as_of())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.costs.currency().to_string())
    }

    /// Closes and cost entries of either period in a currency without a rate. While there is a cost entry among those of the period,
    /// nothing is suggested.
    async fn unpriced(&self) -> i32 {
        int(self.answer.unpriced())
    }

    /// SALES, MARKETING, PRODUCT.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn lines(&self) -> Vec<InvestmentLine> {
        self.answer.lines.iter().map(|line| InvestmentLine { answer: Arc::clone(&self.answer), line: *line }).collect()
    }

    /// The resources that closed nothing in the period: what they cost bought no close.
    async fn zero_close_alarm(&self) -> Vec<Resource> {
        self.answer.lines.iter().filter(|line| line.closes_nothing).map(|line| line.resource).collect()
    }

    /// How much was won in the period because people talk.
    async fn word_of_mouth(&self) -> WordOfMouth {
        WordOfMouth(Arc::new(self.answer.talk.clone()))
    }

    /// How much in the one compared with.
    async fn word_of_mouth_before(&self) -> WordOfMouth {
        WordOfMouth(Arc::new(self.answer.talk_before.clone()))
    }

    /// Whether to invest in the product, because it is what people talk of: each condition by itself.
    async fn product_signal(&self) -> ProductSignal {
        let signal = self.answer.product;
        ProductSignal {
            invest: signal.invest(),
            earns_more_than_its_budget: signal.earns_more_than_its_budget,
            earns_most: signal.earns_most,
            enough_closes: signal.is_enough,
            word_of_mouth_holds: signal.word_of_mouth_holds,
        }
    }

    /// Money that would do more elsewhere: from the resource with the lowest index to the one with the highest. Null has a reason.
    async fn suggestion(&self) -> Option<InvestmentShift> {
        let shift = self.answer.shift.ok()?;
        let costs = &self.answer.costs;
        Some(InvestmentShift {
            from: shift.from,
            to: shift.to,
            amount: costs.money(shift.amount_minor).into(),
            cost_per_close_from: RatioMetric::new(&shift.price_from, COST_PER_CLOSE.unit),
            cost_per_close_to: RatioMetric::new(&shift.price_to, COST_PER_CLOSE.unit),
            priced_by: shift.priced_by.into(),
            closes_lost: Decimal(shift.lost),
            closes_gained: Decimal(shift.gained),
            net_closes: Decimal(shift.net()),
            arithmetic: shift.steps(&self.answer.terms, &costs.currency().to_string()),
        })
    }

    /// Why there is no suggestion; null where there is one.
    async fn no_suggestion(&self) -> Option<NoShift> {
        self.answer.shift.err().map(Into::into)
    }

    /// The share of what a resource spends that might be moved.
    async fn moved_share(&self) -> Decimal {
        Decimal(self.answer.terms.moved_share)
    }

    /// The fewest closes a resource is judged by.
    async fn fewest_closes(&self) -> i32 {
        int(self.answer.terms.fewest_closes)
    }

    /// What the figures of the period are from: its rows add up to them.
    async fn costs(&self) -> CostPerCloseReport {
        CostPerCloseReport::new(self.answer.costs.clone(), self.visibility)
    }

    /// What the figures compared with are from.
    async fn costs_before(&self) -> CostPerCloseReport {
        CostPerCloseReport::new(self.answer.costs_before.clone(), self.visibility)
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

/// What one resource did with what it cost.
#[derive(Clone, Debug, Description)]
pub struct InvestmentLine {
    answer: Arc<service::InvestmentReview>,
    line: ReviewLine,
}

#[Object(use_type_description)]
impl InvestmentLine {
    /// The resource.
    async fn resource(&self) -> Resource {
        self.line.resource
    }

    /// Closes credited to it in the period.
    async fn credited_closes(&self) -> Decimal {
        closes(self.line.now.credit_bp)
    }

    /// Closes credited to it in the one compared with.
    async fn credited_closes_before(&self) -> Decimal {
        closes(self.line.before.credit_bp)
    }

    /// What it cost in the period.
    async fn cost(&self) -> Money {
        self.answer.costs.money(self.line.now.cost_minor).into()
    }

    /// What it cost in the one compared with.
    async fn cost_before(&self) -> Money {
        self.answer.costs_before.money(self.line.before.cost_minor).into()
    }

    /// Its cost divided by its credited closes: what all of them cost.
    async fn cost_per_close(&self) -> RatioMetric {
        RatioMetric::new(&self.line.now.cost_per_close, COST_PER_CLOSE.unit)
    }

    /// Change of cost divided by change of credited closes: what the last ones cost.
    async fn marginal_cost_per_close(&self) -> RatioMetric {
        RatioMetric::new(&self.line.marginal, MARGINAL_COST_PER_CLOSE.unit)
    }

    /// Its share of credited closes divided by its share of cost: above 1 it earns more than its budget.
    async fn index(&self) -> RatioMetric {
        RatioMetric::new(&self.line.now.index, RESOURCE_INDEX.unit)
    }

    /// In how many closes of the period it holds credit: how sure its figures are.
    async fn closes(&self) -> i32 {
        int(self.line.closes)
    }

    /// Whether these are enough to judge it by.
    async fn enough_closes(&self) -> bool {
        self.line.is_enough
    }

    /// Whether it closed nothing in the period.
    async fn zero_closes(&self) -> bool {
        self.line.closes_nothing
    }
}

/// Whether to invest in the product.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(name = "ProductSignal")]
pub struct ProductSignal {
    /// Whether all of the following holds.
    invest: bool,
    /// PRODUCT's index is above 1.
    earns_more_than_its_budget: bool,
    /// It is the highest of the three.
    earns_most: bool,
    /// There are enough closes to judge it by.
    enough_closes: bool,
    /// Word of mouth is behind some closes, and behind as great a share of them as before.
    word_of_mouth_holds: bool,
}

/// By what closes are priced.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "InvestmentPricing", remote = "crate::metrics::investment::PricedBy")]
pub enum PricedBy {
    /// What the last closes cost: more than all of them.
    Marginal,
    /// What all of them cost: the last ones were no dearer, or it did not both spend and close more than before.
    Average,
}

/// Why nothing is suggested.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "NoInvestmentShift", remote = "crate::metrics::investment::NoShift")]
pub enum NoShift {
    /// What somebody spent is not known, or only in part, or was nothing; or nobody closed anything: there is no index to compare.
    NoCostData,
    /// Too few closes to judge by.
    TooFewCloses,
    /// Moving money would bring no more closes than it takes.
    NoGain,
}

/// Money that would do more elsewhere.
#[derive(Clone, Debug, SimpleObject)]
pub struct InvestmentShift {
    /// Who would spend less.
    from: Resource,
    /// Who would spend more.
    to: Resource,
    /// How much.
    amount: Money,
    /// What a close costs the giver; null where it closes none.
    cost_per_close_from: RatioMetric,
    /// What one close more costs the receiver.
    cost_per_close_to: RatioMetric,
    /// By what the receiver's closes are priced.
    priced_by: PricedBy,
    /// Closes the giver would lose.
    closes_lost: Decimal,
    /// Closes the receiver would gain.
    closes_gained: Decimal,
    /// Closes gained beyond those lost.
    net_closes: Decimal,
    /// Each step of it, in words and numbers.
    arithmetic: Vec<String>,
}
