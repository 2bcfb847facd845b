//! Looking for insights, and taking note of them.

use async_graphql::{Context, ID, InputObject, Object};

use super::Insight;
use crate::auth::permission::grant::{InsightAcknowledge, InsightWrite};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;
use crate::insights::service;
use crate::payloads;

/// Points looking through all figures costs, so that a document cannot ask for it again and again.
const FIND_COST: usize = 1_000;

/// That the figures are looked through.
#[derive(InputObject)]
pub struct FindInsightsInput {
    /// Repeating the mutation with the same key gives the same insights.
    idempotency_key: Option<String>,
}

/// That you take note of an insight.
#[derive(InputObject)]
pub struct AcknowledgeInsightInput {
    /// Of which.
    insight_id: ID,
    /// What is done about it, in words.
    action: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of looking through the figures.
    FindInsightsPayload {
        /// What was found and is new, or worse than before.
        insights: Vec<Insight>
    }
    /// What came of taking note.
    AcknowledgeInsightPayload {
        /// The insight, as it stands now.
        insight: Insight
    }
}

/// Looking for insights, and taking note of them.
#[derive(Debug, Default)]
pub struct InsightMutation;

#[Object]
impl InsightMutation {
    /// Looks through the figures now, as is done by itself once a day. `CONFLICT` while somebody else does.
    #[graphql(complexity = "FIND_COST + child_complexity")]
    async fn find_insights(&self, ctx: &Context<'_>, input: FindInsightsInput) -> Result<FindInsightsPayload> {
        let scope = ctx.authorize::<InsightWrite>()?;
        let found = service::find_insights(&scope, input.idempotency_key.as_deref()).await;
        FindInsightsPayload::settle(found.map(|rows| rows.into_iter().map(Insight::from).collect()))
    }

    /// Takes note of what your resource, or nobody in particular, was told, once, and says what is done about it.
    async fn acknowledge_insight(&self, ctx: &Context<'_>, input: AcknowledgeInsightInput) -> Result<AcknowledgeInsightPayload> {
        let scope = ctx.authorize::<InsightAcknowledge>()?;
        let change = service::AcknowledgeInsight {
            insight_id: parse_id(&input.insight_id, "input.insightId")?,
            action: input.action,
            idempotency_key: input.idempotency_key,
        };
        AcknowledgeInsightPayload::settle(service::acknowledge_insight(&scope, &change).await.map(Insight::from))
    }
}
