//! Hearing what the figures tell by themselves.

use async_graphql::{Context, Object, SimpleObject};
use entity::kinds::{EventTopic, Resource};

use super::Insight;
use crate::auth::permission::grant::InsightRead;
use crate::error::Result;
use crate::events::graphql::{Said, each};
use crate::graphql::context::Authorize;

/// Hearing what the figures tell by themselves.
#[derive(Debug, Default)]
pub struct InsightSubscription;

#[Object]
impl InsightSubscription {
    /// Each insight that is raised.
    async fn insight_raised(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those addressed to this resource, and to nobody in particular. Default: all.")] resource: Option<Resource>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<InsightRaised>> {
        ctx.authorize::<InsightRead>()?;
        let Some(heard) = each(ctx, EventTopic::Insight, after).await? else { return Ok(Said::Nothing) };
        let insight = Insight::find(ctx, heard.object()?).await?.filter(|insight| insight.is_for(resource));
        Ok(insight.map(|insight| InsightRaised { sequence: heard.sequence(), insight }).into())
    }
}

/// That an insight was raised.
#[derive(Clone, Debug, SimpleObject)]
pub struct InsightRaised {
    /// The number of the event; go on after it.
    sequence: i32,
    /// The insight.
    insight: Insight,
}
