//! Hearing how resources stand.

use async_graphql::{Context, Object, SimpleObject};
use entity::kinds::EventTopic;

use super::ANSWER_COST;
use super::scoreboard::{ResourceScoreboard, answered};
use crate::attribution::graphql::model::{AttributionModel, AttributionSettingsInput, PoolingOutput, wanted};
use crate::auth::permission::grant::CostPerCloseRead;
use crate::economics::service::ScoreboardQuestion;
use crate::error::Result;
use crate::events::graphql::{Said, figures};
use crate::graphql::context::Authorize;
use crate::graphql::metric::PeriodInput;

/// What a scoreboard is made of.
const MOVED_BY: &[EventTopic] = &[
    EventTopic::Close,
    EventTopic::Credit,
    EventTopic::Ledger,
    EventTopic::Touch,
    EventTopic::Stage,
    EventTopic::Deal,
    EventTopic::Cost,
    EventTopic::Buyer,
    EventTopic::Setting,
    EventTopic::Access,
];

/// Hearing how resources stand.
#[derive(Debug, Default)]
pub struct ScoreboardSubscription;

#[Object]
impl ScoreboardSubscription {
    /// How resources stand, now and whenever they stand otherwise: as `resourceScoreboard` answers. Changes that come close together
    /// are one.
    #[graphql(complexity = "ANSWER_COST + child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn scoreboard_changed(
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
        #[graphql(
            desc = "Go on after the event of this number, and say nothing as long as nothing has moved since. Default: begin with how \
            they stand now."
        )]
        after: Option<i32>,
    ) -> Result<Said<ScoreboardChanged>> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let Some(sequence) = figures(ctx, MOVED_BY, after).await? else { return Ok(Said::Nothing) };
        let question = ScoreboardQuestion {
            period: (&period).into(),
            model: wanted(model, settings),
            pooling: pooling.pooling(),
            lookback_days,
            mature_after_days,
            as_of: None,
        };
        Ok(Said::Something(ScoreboardChanged { sequence, scoreboard: answered(&scope, &question).await? }))
    }
}

/// How resources stand after an event.
#[derive(Clone, Debug, SimpleObject)]
pub struct ScoreboardChanged {
    /// The number of an event up to which everything is in it; go on after it.
    sequence: i32,
    /// How they stand.
    scoreboard: ResourceScoreboard,
}
