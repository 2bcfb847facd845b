//! Hearing what the resources tell each other.

use async_graphql::{Context, Object, SimpleObject};
use entity::kinds::{EventTopic, Resource};

use super::Feedback;
use crate::auth::permission::grant::FeedbackRead;
use crate::error::Result;
use crate::events::graphql::{Said, each};
use crate::graphql::context::Authorize;

/// Hearing what the resources tell each other.
#[derive(Debug, Default)]
pub struct FeedbackSubscription;

#[Object]
impl FeedbackSubscription {
    /// Everything that one resource tells another, of what you may see.
    async fn feedback_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What this resource is told. Default: all.")] resource: Option<Resource>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<FeedbackReceived>> {
        ctx.authorize::<FeedbackRead>()?;
        let Some(heard) = each(ctx, EventTopic::Feedback, after).await? else { return Ok(Said::Nothing) };
        let feedback = Feedback::find(ctx, heard.object()?).await?.filter(|feedback| feedback.is_told_to(resource));
        Ok(feedback.map(|feedback| FeedbackReceived { sequence: heard.sequence(), feedback }).into())
    }
}

/// That one resource told another something.
#[derive(Clone, Debug, SimpleObject)]
pub struct FeedbackReceived {
    /// The number of the event; go on after it.
    sequence: i32,
    /// What was told.
    feedback: Feedback,
}
