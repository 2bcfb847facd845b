//! The API of what tactics earn for what they cost.

use std::sync::Arc;

use async_graphql::{Context, Description, Object};

use super::attribution::{Attribution, question};
use super::model::{AttributionDimension, AttributionModel, AttributionSettingsInput, PoolingOutput, wanted};
use super::rows::closes;
use crate::attribution::service::{self, TacticLine};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CostPerCloseRead, TacticRead};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{MetricDefinition, MetricUnit, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, int};
use crate::journey::graphql::Tactic;
use crate::metrics::definition::{COST_PER_CLOSE, TACTIC_IMPORTANCE};

/// Asking what tactics earn for what they cost.
#[derive(Debug, Default)]
pub struct ImportanceQuery;

#[Object]
impl ImportanceQuery {
    /// What each tactic earned of what was won in a period, by the evidence of touches, for what it cost; and beside it what would be
    /// lost without it, and how often its buyers buy. It is correlation, not cause.
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn tactic_importance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won, and to which cost is accrued.")] period: PeriodInput,
        #[graphql(desc = "How closes are divided. Default: LINEAR.", default_with = "AttributionModel::Linear")] model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "Removal effects are null with fewer journeys, won and lost. Default 200.")] minimum_journeys: Option<i32>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<TacticImportance> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, None, AttributionDimension::Tactic, (pooling, lookback_days, as_of));
        let answer = service::tactic_importance(&scope, &question, &wanted(model, settings), minimum_journeys).await?;
        Ok(TacticImportance { answer: Arc::new(answer), visibility: scope.reach() })
    }
}

/// What tactics earned for what they cost, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct TacticImportance {
    answer: Arc<service::TacticImportance>,
    visibility: Reach,
}

#[Object(use_type_description)]
impl TacticImportance {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        TACTIC_IMPORTANCE.into()
    }

    /// What indexes are measured in.
    async fn unit(&self) -> MetricUnit {
        TACTIC_IMPORTANCE.unit.into()
    }

    /// The days in which closes were won, and to which cost is accrued.
    async fn period(&self) -> PeriodOutput {
        self.answer.evidence.part().into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.evidence.as_of())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.evidence.currency().to_string())
    }

    /// What closes and values are from, with the model and its rows. The cost behind a tactic stands in the rows of `costPerClose`.
    async fn evidence(&self) -> Attribution {
        Attribution::new(service::Attribution::clone(&self.answer.evidence), self.visibility)
    }

    /// Whether it tells causes: never, it is correlation.
    async fn causal(&self) -> bool {
        false
    }

    /// Cost entries of tactics without a rate for their currency: they are left out.
    async fn unpriced_costs(&self) -> i32 {
        int(self.answer.unpriced)
    }

    /// Whether pay is left out that is not said to be of three people at least, because you may not see what single people are paid.
    async fn pay_left_out(&self) -> bool {
        self.answer.pay_left_out
    }

    /// Journeys won behind the removal effects.
    async fn journeys_won(&self) -> i32 {
        int(self.answer.journeys.0)
    }

    /// Journeys lost behind the removal effects.
    async fn journeys_lost(&self) -> i32 {
        int(self.answer.journeys.1)
    }

    /// The tactics that earned or cost anything, or touched what was decided.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn lines(&self) -> Vec<TacticImportanceLine> {
        self.answer.lines.iter().map(|line| TacticImportanceLine { answer: Arc::clone(&self.answer), line: *line }).collect()
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

/// What a tactic earned for what it cost.
#[derive(Clone, Debug, Description)]
pub struct TacticImportanceLine {
    answer: Arc<service::TacticImportance>,
    line: TacticLine,
}

#[Object(use_type_description)]
impl TacticImportanceLine {
    /// Names the line, also for `evidence { rows(line:) }`.
    async fn key(&self) -> String {
        self.line.tactic.to_string()
    }

    /// The tactic.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        if ctx.permits::<TacticRead>() { Tactic::find(ctx, self.line.tactic).await } else { Ok(None) }
    }

    /// Closes credited to it.
    async fn credited_closes(&self) -> Decimal {
        closes(self.line.earned.closes)
    }

    /// The value credited to it.
    async fn credited_value(&self) -> Money {
        self.answer.evidence.money(self.line.earned.value_minor).into()
    }

    /// What it cost in the period; null where no cost was recorded, which is not the same as nothing.
    async fn cost(&self) -> Option<Money> {
        self.line.earned.cost_minor.map(|cost| self.answer.evidence.money(cost).into())
    }

    /// Its share of the value of all tactics.
    async fn value_share(&self) -> RatioMetric {
        RatioMetric::new(&self.line.importance.value_share, TACTIC_IMPORTANCE.unit)
    }

    /// Its share of the cost of all tactics.
    async fn cost_share(&self) -> RatioMetric {
        RatioMetric::new(&self.line.importance.cost_share, TACTIC_IMPORTANCE.unit)
    }

    /// Its share of value divided by its share of cost: above 1 it earns more than its budget.
    async fn index(&self) -> RatioMetric {
        RatioMetric::new(&self.line.importance.index, TACTIC_IMPORTANCE.unit)
    }

    /// Its cost divided by its closes.
    async fn cost_per_close(&self) -> RatioMetric {
        RatioMetric::new(&self.line.importance.cost_per_close, COST_PER_CLOSE.unit)
    }

    /// Which part of what was won would have been lost if journeys ended at it, by a first-order chain over tactics. Null where there
    /// are too few journeys, or more tactics than they can be told apart by.
    async fn removal_effect(&self) -> RatioMetric {
        RatioMetric::new(&self.line.effect, TACTIC_IMPORTANCE.unit)
    }

    /// Of the opportunities decided in the period with a touch of it before, those won.
    async fn touched_win_rate(&self) -> RatioMetric {
        RatioMetric::new(&self.line.rates.of_touched(), TACTIC_IMPORTANCE.unit)
    }

    /// Of the other opportunities decided in the period, those won.
    async fn untouched_win_rate(&self) -> RatioMetric {
        RatioMetric::new(&self.line.rates.of_untouched(), TACTIC_IMPORTANCE.unit)
    }

    /// Whether the two rates are correlation: always, for who is touched is not chosen by lot.
    async fn correlational(&self) -> bool {
        true
    }
}
