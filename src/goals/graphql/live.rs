//! Hearing how goals come nearer.

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use entity::kinds::EventTopic;

use super::goal::{Goal, PROGRESS_COST};
use super::progress::GoalProgress;
use crate::auth::permission::grant::GoalRead;
use crate::error::{Error, Result};
use crate::events::graphql::{Said, figures};
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;

/// Hearing how goals come nearer.
#[derive(Debug, Default)]
pub struct GoalSubscription;

#[Object]
impl GoalSubscription {
    /// How far a goal has come, now and whenever it has come otherwise: as `progress` of the goal answers. Changes that come close together
    /// are one. That a day is over changes what is expected, and is told with the next change. Takes the permission of the metric.
    #[graphql(complexity = "PROGRESS_COST + child_complexity")]
    async fn goal_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The goal.")] goal_id: ID,
        #[graphql(
            desc = "Go on after the event of this number, and say nothing as long as nothing has moved since. Default: begin with how \
            far it has come now."
        )]
        after: Option<i32>,
    ) -> Result<Said<GoalProgressChanged>> {
        ctx.authorize::<GoalRead>()?;
        let goal = Goal::find(ctx, parse_id(&goal_id, "goalId")?).await?.ok_or_else(|| Error::unknown("goalId"))?;
        goal.may_measure(ctx)?;
        // Any of them moves some metric.
        let sequence = figures(ctx, EventTopic::ALL, after).await?;
        Ok(sequence.map(|sequence| GoalProgressChanged { sequence, goal }).into())
    }
}

/// How far a goal has come after an event.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct GoalProgressChanged {
    /// The number of an event up to which everything is in it; go on after it.
    sequence: i32,
    /// The goal.
    goal: Goal,
}

#[ComplexObject]
impl GoalProgressChanged {
    /// How far it has come.
    async fn progress(&self, ctx: &Context<'_>) -> Result<Option<GoalProgress>> {
        self.goal.progress_as_of(ctx, None).await
    }
}
