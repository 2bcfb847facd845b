//! The API of the scoreboard of resources.

use std::sync::Arc;

use async_graphql::{Context, Description, Object};
use entity::kinds::Resource;

use super::ANSWER_COST;
use crate::attribution::graphql::gap::{CreditGap, CreditGapLine};
use crate::attribution::graphql::model::{AttributionModel, AttributionModelUsed, AttributionSettingsInput, PoolingOutput, wanted};
use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CostPerCloseRead, CreditRead, OpportunityRead};
use crate::connections;
use crate::costs::graphql::{CostPerCloseReport, closes};
use crate::db::PageRequest;
use crate::economics::service::{self, OpportunityCredit, ScoreLine, ScoreboardQuestion};
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{MetricDefinition, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, int};
use crate::metrics::definition::{CLOSE_RATE, COST_PER_CLOSE, CREDIT_GAP, RESOURCE_INDEX};
use crate::pipeline::graphql::Opportunity;

/// Asking how resources stand.
#[derive(Debug, Default)]
pub struct ScoreboardQuery;

#[Object]
impl ScoreboardQuery {
    /// What each resource closed and cost, what a close cost from it, how much of what it brought in it closes, and how much more, or
    /// less, credit it holds than evidence gives it.
    #[graphql(complexity = "ANSWER_COST + child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn resource_scoreboard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about: closes won, cost accrued, and opportunities that began, on them.")] period: PeriodInput,
        #[graphql(desc = "How evidence divides closes. Default: LINEAR.", default_with = "AttributionModel::Linear")]
        model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "How many days opportunities have before they count for close rates, 0 to 3 650. Default: as many as touches \
            count by the credit policy.")]
        mature_after_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<ResourceScoreboard> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = ScoreboardQuestion {
            period: (&period).into(),
            model: wanted(model, settings),
            pooling: pooling.pooling(),
            lookback_days,
            mature_after_days,
            as_of: as_of.map(|at| at.0),
        };
        answered(&scope, &question).await
    }
}

/// Answers a question about the scoreboard.
pub(super) async fn answered(scope: &Scope<CostPerCloseRead>, question: &ScoreboardQuestion) -> Result<ResourceScoreboard> {
    let answer = service::resource_scoreboard(scope, question).await?;
    Ok(ResourceScoreboard { gap: Arc::new(answer.gap.clone()), answer: Arc::new(answer), visibility: scope.reach() })
}

/// How resources stand, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct ResourceScoreboard {
    answer: Arc<service::ResourceScoreboard>,
    gap: Arc<crate::attribution::service::CreditGap>,
    visibility: Reach,
}

impl ResourceScoreboard {
    fn line(&self, line: &ScoreLine) -> ResourceScore {
        ResourceScore { answer: Arc::clone(&self.answer), gap: Arc::clone(&self.gap), line: *line }
    }
}

#[Object(use_type_description)]
impl ResourceScoreboard {
    /// What is computed.
    async fn definitions(&self) -> Vec<MetricDefinition> {
        [COST_PER_CLOSE, RESOURCE_INDEX, CLOSE_RATE, CREDIT_GAP].map(Into::into).to_vec()
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        self.answer.costs.period().into()
    }

    /// All of it as seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.costs.as_of())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.costs.currency().to_string())
    }

    /// How evidence divided closes.
    async fn model(&self) -> AttributionModelUsed {
        self.answer.gap.evidence.model().into()
    }

    /// Whether evidence tells causes: never, it is correlation.
    async fn causal(&self) -> bool {
        false
    }

    /// SALES, MARKETING, PRODUCT.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn lines(&self) -> Vec<ResourceScore> {
        self.answer.lines.iter().map(|line| self.line(line)).collect()
    }

    /// The resource that holds most more credit than evidence gives it; null where none does.
    async fn most_over_credited(&self) -> Option<ResourceScore> {
        self.answer.most_over_credited().map(|line| self.line(line))
    }

    /// The resource whose closes cost least; null where nobody closed anything at a known cost.
    async fn cheapest(&self) -> Option<ResourceScore> {
        self.answer.cheapest().map(|line| self.line(line))
    }

    /// What closes, values and costs are from: its rows add up to them.
    async fn costs(&self) -> CostPerCloseReport {
        CostPerCloseReport::new(self.answer.costs.clone(), self.visibility)
    }

    /// What shares and gaps are from: its rows add up to them.
    async fn credit_gap(&self) -> CreditGap {
        CreditGap::new(crate::attribution::service::CreditGap::clone(&self.gap), self.visibility)
    }

    /// How many days opportunities have before they count for close rates.
    async fn mature_after_days(&self) -> i32 {
        int(self.answer.rates.mature_after_days)
    }

    /// Opportunities that began in the period and have not had their days: they are in no close rate.
    async fn pending(&self) -> i32 {
        int(self.answer.rates.pending())
    }

    /// Opportunities that began in the period of which nobody said who brought them in: they are in the denominator of none.
    async fn unsourced(&self) -> i32 {
        int(self.answer.rates.unsourced)
    }

    /// Closes and cost entries in a currency without a rate.
    async fn unpriced(&self) -> i32 {
        int(self.answer.costs.unpriced())
    }

    /// The opportunities that began in the period, of those you may see, in the order in which they began. Mature ones of a source count
    /// 1 each in the denominator of its close rate, the basis points of mature ones add up to its numerator.
    #[graphql(complexity = "ANSWER_COST + page_cost(first, last, child_complexity)")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those that it brought in or, as far as you may read the ledger, holds credit for. Default: all.")]
        resource: Option<Resource>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<OpportunityCreditConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let ledger = if ctx.permits::<CreditRead>() { Some(ctx.authorize::<CreditRead>()?) } else { None };
        let (rows, visibility) = self.answer.rates.rows(&ctx.authorize::<OpportunityRead>()?, ledger.as_ref(), resource, page).await?;
        Ok(OpportunityCreditConnection::new(rows, visibility))
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

/// How one resource stands.
#[derive(Clone, Debug, Description)]
pub struct ResourceScore {
    answer: Arc<service::ResourceScoreboard>,
    gap: Arc<crate::attribution::service::CreditGap>,
    line: ScoreLine,
}

#[Object(use_type_description)]
impl ResourceScore {
    /// The resource; its name is the key of its line in `costs` and `creditGap`.
    async fn resource(&self) -> Resource {
        self.line.resource
    }

    /// Closes credited to it in the ledger; a close has 10 000 basis points.
    async fn closes(&self) -> Decimal {
        closes(self.line.cost.credit_bp)
    }

    /// The value credited to it in the ledger.
    async fn value(&self) -> Money {
        self.answer.costs.money(self.line.cost.value_minor).into()
    }

    /// What it cost, its part of shared cost among it.
    async fn cost(&self) -> Money {
        self.answer.costs.money(self.line.cost.cost_minor).into()
    }

    /// Its cost divided by its credited closes.
    async fn cost_per_close(&self) -> RatioMetric {
        RatioMetric::new(&self.line.cost.cost_per_close, COST_PER_CLOSE.unit)
    }

    /// Its share of all cost.
    async fn cost_share(&self) -> RatioMetric {
        RatioMetric::new(&self.line.cost.cost_share, RESOURCE_INDEX.unit)
    }

    /// Its share of credited closes divided by its share of cost: above 1 it earns more than its budget.
    async fn index(&self) -> RatioMetric {
        RatioMetric::new(&self.line.cost.index, RESOURCE_INDEX.unit)
    }

    /// Credited closes of the opportunities that began in the period and have had their days, divided by those of them it brought in.
    async fn close_rate(&self) -> RatioMetric {
        RatioMetric::new(&self.line.close_rate, CLOSE_RATE.unit)
    }

    /// Its share of closes in the ledger less that by evidence, in percentage points: above zero it holds more credit than evidence gives
    /// it. Null where a share is.
    async fn gap(&self) -> Option<Decimal> {
        self.line.gap.gap.map(|gap| Decimal(gap.points()))
    }

    /// Both shares, and what they are made of.
    async fn credit_gap(&self) -> CreditGapLine {
        CreditGapLine::new(Arc::clone(&self.gap), self.line.gap)
    }
}

/// An opportunity that began in the period, and who holds the credit of its close.
#[derive(Clone, Debug, Description)]
pub struct OpportunityCreditRow {
    row: OpportunityCredit,
}

impl From<OpportunityCredit> for OpportunityCreditRow {
    fn from(row: OpportunityCredit) -> Self {
        Self { row }
    }
}

connections! {
    OpportunityCreditConnection, OpportunityCreditEdge, OpportunityCreditRow, "opportunities with the credit of their closes", visibility;
}

#[Object(use_type_description)]
impl OpportunityCreditRow {
    /// The opportunity.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        Opportunity::find(ctx, self.row.id).await
    }

    /// Who brought it in.
    async fn source(&self) -> Option<Resource> {
        self.row.source
    }

    /// Whether it has had its days, so that it counts.
    async fn mature(&self) -> bool {
        self.row.is_mature
    }

    /// How much of its close a resource holds, of 10 000: 0 where none stands, null where you may not read the ledger of it.
    async fn basis_points(&self, #[graphql(desc = "Whose credit.")] resource: Resource) -> Option<i32> {
        let bp = int(self.row.shares.map_or(0, |shares| shares.bp(resource)));
        Some(bp).filter(|_| !self.row.is_credit_hidden)
    }
}
