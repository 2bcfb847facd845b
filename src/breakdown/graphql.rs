//! The API of breakdowns.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::ids::SegmentId;
use entity::kinds::{Channel, Resource};

use super::service::{Value, WantedBreakdown};
use crate::auth::permission::grant::{BuyerRead, DirectoryRead, TacticRead};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;
use crate::journey::graphql::Tactic;
use crate::organization::graphql::{Member, Team};
use crate::segments::graphql::Segment;

/// By what the answer of a metric is split.
///
/// Of a person or an account the value is that of the latest touch, at or before the moment that counts, that has one; OWNER and
/// SEGMENT say where they take theirs from. An opportunity has a resource, an owner and a team of its own; its channel and tactic
/// are those of the latest touch of its account, or of somebody who buys for it, at or before it began. Groups add up to the
/// whole, but for those of SEGMENT, which may have members in common.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::dimension::Dimension")]
pub enum Dimension {
    /// Where the touch happened.
    Channel,
    /// The tactic the touch was part of.
    Tactic,
    /// The resource the touch belongs to; of an opportunity the one it was sourced by.
    Resource,
    /// The segments that the account belongs to, of those named in `segments`, as of the instant of the question: the account
    /// itself, that of an opportunity or a close, or the one a person buys for.
    Segment,
    /// The team that today runs the tactic the touch was part of; of an opportunity the one its owner was in when it was last
    /// revised.
    Team,
    /// The member who looks after the opportunity of the account that began last, at or before the moment that counts, of those
    /// that have an owner, by what was known at the instant of the question. For a person it is the account they buy for; an opportunity has its own owner.
    Owner,
}

/// How an answer is split.
#[derive(Clone, Debug, InputObject)]
pub struct BreakdownInput {
    /// By what.
    by: Dimension,
    /// SEGMENT: by which, 1 to 20. Needed there, and of no use elsewhere.
    segments: Option<Vec<ID>>,
}

impl BreakdownInput {
    /// Reads it.
    ///
    /// # Errors
    /// A problem with one of `breakdown.segments`.
    pub fn read(&self) -> Result<WantedBreakdown> {
        wanted(self.by, self.segments.as_deref())
    }
}

/// Reads how an answer is split.
///
/// # Errors
/// A problem with one of `breakdown.segments`.
pub fn wanted(by: Dimension, segments: Option<&[ID]>) -> Result<WantedBreakdown> {
    let id = |(index, id): (usize, &ID)| parse_id::<SegmentId>(id, &format!("breakdown.segments.{index}"));
    let segments = segments.map(|ids| ids.iter().enumerate().map(id).collect::<Result<_>>()).transpose()?;
    Ok(WantedBreakdown { by: by.into(), segments })
}

/// A group of an answer.
#[derive(Clone, Debug, InputObject)]
pub struct BreakdownGroupInput {
    /// The `value` of the group; null for those without one.
    pub value: Option<String>,
}

/// What those in a group have in common.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BreakdownGroup {
    /// The name of the channel or resource, the id of the tactic, segment, team or owner; null for those without one.
    value: Option<String>,
    /// The channel, where the answer is split by channel.
    channel: Option<Channel>,
    /// The resource, where the answer is split by resource.
    resource: Option<Resource>,
    #[graphql(skip)]
    of: Option<Value>,
}

impl From<Option<Value>> for BreakdownGroup {
    fn from(of: Option<Value>) -> Self {
        let (resource, channel) = match of {
            Some(Value::Resource(resource)) => (Some(resource), None),
            Some(Value::Channel(channel)) => (None, Some(channel)),
            _ => (None, None),
        };
        Self { value: of.map(Value::key), channel, resource, of }
    }
}

impl From<Value> for BreakdownGroup {
    fn from(of: Value) -> Self {
        Some(of).into()
    }
}

#[ComplexObject]
impl BreakdownGroup {
    /// The tactic, where the answer is split by tactic; null where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.of {
            Some(Value::Tactic(id)) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The segment, where the answer is split by segment; null where you may not read buyers.
    async fn segment(&self, ctx: &Context<'_>) -> Result<Option<Segment>> {
        match self.of {
            Some(Value::Segment(id)) if ctx.permits::<BuyerRead>() => Segment::find(ctx, id).await,
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

    /// The owner, where the answer is split by owner; null where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.of {
            Some(Value::Owner(id)) if ctx.permits::<DirectoryRead>() => Member::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}
