//! By what answers are split.

use async_graphql::{ComplexObject, Context, Enum, InputObject, SimpleObject};
use entity::kinds::{Channel, Resource};

use crate::auth::permission::grant::{DirectoryRead, TacticRead};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::journey::graphql::Tactic;
use crate::organization::graphql::{Member, Team};
use crate::pipeline::report::service::Value;

/// By what an answer is split. Each opportunity has one value, so that the groups add up to the whole.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::pipeline::report::service::Dimension")]
pub enum PipelineDimension {
    /// The resource it was sourced by.
    Resource,
    /// The member who looked after it.
    Owner,
    /// The team they were in when it was last revised.
    Team,
    /// The channel of the latest touch of its account at or before it began.
    Channel,
    /// The tactic of the latest touch of its account, at or before it began, that was part of one.
    Tactic,
}

/// What the opportunities of a group have in common.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct PipelineGroup {
    /// The name of the resource or channel, the id of the owner, team or tactic; null for those without one.
    value: Option<String>,
    /// The resource, where the answer is split by resource.
    resource: Option<Resource>,
    /// The channel, where the answer is split by channel.
    channel: Option<Channel>,
    #[graphql(skip)]
    of: Option<Value>,
}

impl From<Option<Value>> for PipelineGroup {
    fn from(of: Option<Value>) -> Self {
        let (resource, channel) = match of {
            Some(Value::Resource(resource)) => (Some(resource), None),
            Some(Value::Channel(channel)) => (None, Some(channel)),
            _ => (None, None),
        };
        Self { value: of.map(Value::key), resource, channel, of }
    }
}

#[ComplexObject]
impl PipelineGroup {
    /// The owner, where the answer is split by owner; null where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.of {
            Some(Value::Owner(id)) if ctx.permits::<DirectoryRead>() => Member::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The team, where the answer is split by team; null where you may not read teams.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.of {
            Some(Value::Team(id)) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The tactic, where the answer is split by tactic; null where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.of {
            Some(Value::Tactic(id)) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}

/// A group of an answer.
#[derive(Clone, Debug, InputObject)]
pub struct PipelineGroupInput {
    /// The `value` of the group; null for those without one.
    pub(super) value: Option<String>,
}

/// A count as the API gives it.
pub(super) fn int(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
