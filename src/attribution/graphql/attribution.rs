//! Who earned what was won, by the evidence of touches.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject};
use entity::kinds::{Channel, Resource};

use super::model::{
    AttributionDimension, AttributionModel, AttributionModelInput, AttributionModelUsed, AttributionSettingsInput, PoolingOutput, wanted,
};
use super::rows::{AttributionRowConnection, closes, rows_cost};
use crate::attribution::service::{self, AttributionLine as Line, EvidenceQuestion, key_of};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CostPerCloseRead, DirectoryRead, TacticRead};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::metric::{
    Grain, MetricDefinition, MetricUnit, Money, NullReasonOutput, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost,
};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, Duration, int};
use crate::journey::graphql::Tactic;
use crate::metrics::definition::ATTRIBUTION;
use crate::metrics::dimension::Value;
use crate::organization::graphql::Team;
use crate::trends;

/// Points a model costs: facts are walked through once for each.
const MODEL_COST: usize = 50;

/// Asking what touches say about who earned what was won.
#[derive(Debug, Default)]
pub struct AttributionQuery;

#[Object]
impl AttributionQuery {
    /// Who earned what was won in a period, by the evidence of touches and one model. It is correlation, not cause, and moves no
    /// credit.
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn attribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "How closes are divided.")] model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "What the lines stand for.", default)] by: AttributionDimension,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Attribution> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, None, by, (pooling, lookback_days, as_of));
        let answers = service::attribution(&scope, &question, &wanted(model, settings)).await?;
        let answer = answers.into_iter().next().ok_or(Error::broken("a period has a part"))?;
        Ok(Attribution::new(answer, scope.reach()))
    }

    /// Who earned what was won in each part of a period, each as `attribution` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn attribution_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "How closes are divided.")] model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "What the lines stand for.", default)] by: AttributionDimension,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<AttributionTrend> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, Some(grain), by, (pooling, lookback_days, as_of));
        let answers = service::attribution(&scope, &question, &wanted(model, settings)).await?;
        let first = answers.first().ok_or(Error::broken("a period has a part"))?;
        let (whole, as_of) = (*first.period(), first.as_of());
        let points = answers.into_iter().map(|answer| Attribution::new(answer, scope.reach())).collect();
        Ok(AttributionTrend::new(ATTRIBUTION, (&whole, grain, as_of), scope.reach(), points))
    }

    /// Who earned what was won in a period, by several models beside each other: the further they are apart, the less any of them
    /// is worth.
    #[graphql(complexity = "models.len() * (child_complexity + MODEL_COST)")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn compare_models(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "At most 12.")] models: Vec<AttributionModelInput>,
        #[graphql(desc = "What the lines stand for.", default)] by: AttributionDimension,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<ModelComparison> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, None, by, (pooling, lookback_days, as_of));
        let models: Vec<_> = models.into_iter().map(AttributionModelInput::wanted).collect();
        let answers = service::compare_models(&scope, &question, &models).await?;
        let first = answers.first().ok_or(Error::broken("a comparison has a model"))?;
        Ok(ModelComparison {
            definition: ATTRIBUTION.into(),
            period: first.part().into(),
            as_of: DateTime(first.as_of()),
            causal: false,
            visibility: scope.reach().into(),
            models: answers.into_iter().map(|answer| Attribution::new(answer, scope.reach())).collect(),
        })
    }
}

/// A question as the service wants it.
pub(super) fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    by: AttributionDimension,
    (pooling, lookback_days, as_of): (PoolingOutput, Option<i32>, Option<DateTime>),
) -> EvidenceQuestion {
    EvidenceQuestion {
        period: period.into(),
        grain: grain.map(Into::into),
        by: by.into(),
        pooling: pooling.pooling(),
        lookback_days,
        as_of: as_of.map(|at| at.0),
    }
}

/// What several models say about the same closes.
#[derive(Clone, Debug, SimpleObject)]
pub struct ModelComparison {
    /// What is computed.
    definition: MetricDefinition,
    /// The days in which the closes were won.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// Whether it tells causes: never.
    causal: bool,
    /// What you could not see.
    visibility: Visibility,
    /// What each model says, in the order in which they were named.
    models: Vec<Attribution>,
}

/// Who earned what was won, by one model, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct Attribution {
    answer: Arc<service::Attribution>,
    visibility: Reach,
}

impl Attribution {
    /// Shows an answer.
    pub(super) fn new(answer: service::Attribution, visibility: Reach) -> Self {
        Self { answer: Arc::new(answer), visibility }
    }
}

#[Object(use_type_description)]
impl Attribution {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        ATTRIBUTION.into()
    }

    /// What shares are measured in.
    async fn unit(&self) -> MetricUnit {
        ATTRIBUTION.unit.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> PeriodOutput {
        self.answer.part().into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of())
    }

    /// The model with all it was given: vendors call different weights by the same name.
    async fn model(&self) -> AttributionModelUsed {
        self.answer.model().into()
    }

    /// Whether it tells causes: never, it is correlation.
    async fn causal(&self) -> bool {
        false
    }

    /// How far back from a close its touches count.
    async fn lookback(&self) -> Duration {
        Duration::from_micros(self.answer.lookback().micros())
    }

    /// Whose touches are behind a close.
    async fn pooling(&self) -> PoolingOutput {
        self.answer.pooling().into()
    }

    /// What the lines stand for.
    async fn by(&self) -> AttributionDimension {
        AttributionDimension::of(self.answer.by())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.currency().to_string())
    }

    /// Closes won in the period that were neither voided nor wholly given back.
    async fn closes(&self) -> i32 {
        int(self.answer.report().closes)
    }

    /// What is left of their value.
    async fn value(&self) -> Money {
        self.answer.money(self.answer.report().value_minor).into()
    }

    /// Closes without a rate for their currency: counted, at no value.
    async fn unpriced(&self) -> i32 {
        int(self.answer.report().unpriced)
    }

    /// Closes that could be given to no line in particular.
    async fn unattributed(&self) -> Decimal {
        closes(self.answer.unattributed())
    }

    /// Journeys won that the model looked at; null where it weighs touches.
    async fn journeys_won(&self) -> Option<i32> {
        self.answer.journeys().map(|journeys| int(journeys.won))
    }

    /// Journeys lost that the model looked at; null where it weighs touches.
    async fn journeys_lost(&self) -> Option<i32> {
        self.answer.journeys().map(|journeys| int(journeys.lost))
    }

    /// Why nothing is said, so that everything is unattributed: there are too few journeys.
    async fn null_reason(&self) -> Option<NullReasonOutput> {
        self.answer.is_immature().then_some(NullReasonOutput::Immature)
    }

    /// What each value earned: all resources, of tactics, channels and teams those that earned anything; and last what is
    /// unattributed if there is any.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn lines(&self) -> Vec<AttributionLine> {
        self.answer.lines().iter().map(|line| AttributionLine { answer: Arc::clone(&self.answer), line: *line }).collect()
    }

    /// Whether closes and value of the lines sum to the totals, which are added up apart from them.
    async fn conserved(&self) -> bool {
        self.answer.report().conserved
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// What was added up, of the closes you may see: in the order in which they were won and their touches happened. All rows of a
    /// line sum to it, to the minor unit. Models that weigh journeys have none.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a line. Default: all lines.")] line: Option<String>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<AttributionRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let (rows, visibility) = self.answer.rows(&ctx.authorize()?, line.as_deref(), page).await?;
        Ok(AttributionRowConnection::new(rows, visibility))
    }
}

trends! {
    /// Who earned what was won in each part of a period.
    AttributionTrend of Attribution;
}

/// What a resource, tactic, channel or team earned.
#[derive(Clone, Debug, Description)]
pub struct AttributionLine {
    answer: Arc<service::Attribution>,
    line: Line,
}

#[Object(use_type_description)]
impl AttributionLine {
    /// Names the line, for `rows(line:)`: `UNATTRIBUTED` where it stands for nothing in particular.
    async fn key(&self) -> String {
        key_of(self.line.value)
    }

    /// The resource, by resource.
    async fn resource(&self) -> Option<Resource> {
        if let Some(Value::Resource(resource)) = self.line.value { Some(resource) } else { None }
    }

    /// The tactic, by tactic; null for what is unattributed.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.line.value {
            Some(Value::Tactic(id)) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The channel, by channel; null for what is unattributed.
    async fn channel(&self) -> Option<Channel> {
        if let Some(Value::Channel(channel)) = self.line.value { Some(channel) } else { None }
    }

    /// The team, by team; null for what is unattributed.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.line.value {
            Some(Value::Team(id)) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Closes credited to it, in billionths of a close, so that shares of many touches stay right.
    async fn credited_closes(&self) -> Decimal {
        closes(self.line.closes)
    }

    /// The value credited to it.
    async fn credited_value(&self) -> Money {
        self.answer.money(self.line.value_minor).into()
    }

    /// Its share of all closes.
    async fn share(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.answer.share(self.line.closes)?, ATTRIBUTION.unit))
    }

    /// Its share of all value.
    async fn value_share(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.answer.value_share(self.line.value_minor)?, ATTRIBUTION.unit))
    }

    /// Which part of what was won would have been lost without it, by `MARKOV`; null elsewhere.
    async fn removal_effect(&self) -> Option<Decimal> {
        self.line.effect.map(Decimal)
    }
}
