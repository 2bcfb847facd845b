//! What a segment cares for.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Description, ID, Object, SimpleObject};
use entity::kinds::{BlockerKind, Channel};

use super::{Segment, WALK_COST};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{FunnelRead, JourneyRead, TacticRead};
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{DateTime, int};
use crate::input::WantedPeriod;
use crate::journey::graphql::{Content, Tactic, TouchConnection};
use crate::metrics::definition::Unit;
use crate::metrics::insight::{Engagement, Topic};
use crate::metrics::outcomes::rate;
use crate::segments::service::{self, InterestQuestion, Interests};

/// Asking what segments care for.
#[derive(Debug, Default)]
pub struct InterestQuery;

#[Object]
impl InterestQuery {
    /// What a segment cares for, and how much all others do: what the touches of some days were about.
    #[graphql(complexity = "WALK_COST + child_complexity")]
    async fn audience_interests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The segment.")] segment_id: ID,
        #[graphql(desc = "The days in which touches count.")] period: PeriodInput,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<AudienceInterests> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let question = InterestQuestion {
            segment_id: parse_id(&segment_id, "segmentId")?,
            period: WantedPeriod::from(&period),
            as_of: as_of.map(|as_of| as_of.0),
        };
        let interests = Arc::new(service::audience_interests(&scope, &question).await?);
        Ok(AudienceInterests { interests, visibility: scope.reach() })
    }
}

/// What a segment cares for: the touches of its accounts and of whoever buys for them, and those of everybody who is not in it. Those of
/// accounts of which nobody knows whether they belong to it are left out.
#[derive(Clone, Debug, Description)]
pub struct AudienceInterests {
    interests: Arc<Interests>,
    visibility: Reach,
}

#[Object(use_type_description)]
impl AudienceInterests {
    /// The segment.
    async fn segment(&self) -> Segment {
        self.interests.segment.clone().into()
    }

    /// The days in which touches count.
    async fn period(&self) -> PeriodOutput {
        (&self.interests.period).into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.interests.as_of)
    }

    /// All touches of the segment.
    async fn touches(&self) -> i32 {
        int(self.interests.audience.touches)
    }

    /// All touches of everybody who is not in it.
    async fn others(&self) -> i32 {
        int(self.interests.audience.others)
    }

    /// What these were about, topic by topic. A touch may be about several.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn topics(&self) -> Vec<AudienceTopic> {
        let (own, others) = (self.interests.audience.touches, self.interests.audience.others);
        self.interests.audience.engagements.iter().map(|engagement| AudienceTopic::new(*engagement, (own, others))).collect()
    }

    /// The touches of the segment that you may see, in the order of their time. They are as many as the numbers say to those who may see
    /// all of them.
    #[graphql(complexity = "page_cost(first, last, child_complexity).saturating_add(WALK_COST)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a topic. Default: all touches.")] topic: Option<String>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TouchConnection> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let rows = service::interest_rows(&scope, &self.interests, topic.as_deref(), page, wants(ctx, "totalCount")).await?;
        Ok(TouchConnection::new(rows))
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

/// How much a segment cares for something: of the channel, tactic, content or blocker one is named.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct AudienceTopic {
    /// Names the topic, for `rows(topic:)`.
    key: String,
    /// Where the segment is met.
    channel: Option<Channel>,
    /// What holds it back: content about that.
    blocker: Option<BlockerKind>,
    /// Touches of the segment on it.
    touches: i32,
    /// Of how many of its accounts these are.
    accounts: i32,
    /// Touches of everybody who is not in it.
    others: i32,
    /// Of all touches of the segment.
    share: RatioMetric,
    /// Of all touches of everybody who is not in it.
    others_share: RatioMetric,
    #[graphql(skip)]
    topic: Topic,
}

impl AudienceTopic {
    fn new(engagement: Engagement, (own, others): (u64, u64)) -> Self {
        let Engagement { topic, touches, accounts, others: of_others } = engagement;
        let share = |part, whole| RatioMetric::new(&rate(part, whole), Unit::Ratio);
        Self {
            key: topic.to_string(),
            channel: if let Topic::Channel(channel) = topic { Some(channel) } else { None },
            blocker: if let Topic::Blocker(kind) = topic { Some(kind) } else { None },
            touches: int(touches),
            accounts: int(accounts),
            others: int(of_others),
            share: share(touches, own),
            others_share: share(of_others, others),
            topic,
        }
    }
}

#[ComplexObject]
impl AudienceTopic {
    /// What is done for it; null also where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.topic {
            Topic::Tactic(id) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// What it reads or watches; null also where you may not read content.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Content>> {
        match self.topic {
            Topic::Content(id) if ctx.permits::<TacticRead>() => Content::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}
