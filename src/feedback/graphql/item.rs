//! Feedback: the type.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::{FeedbackId, HandoffId, TypedId};
use entity::kinds::{FeedbackKind, FeedbackOutcome, Resource};
use entity::{feedback, feedback_acknowledgement};

use crate::agreements::handoffs::graphql::{Handoff, SlaClock};
use crate::auth::permission::grant::{ContactRead, FeedbackRead, HandoffRead, TacticRead};
use crate::connections;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::feedback::service;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::metric::MetricDefinition;
use crate::graphql::scalar::DateTime;
use crate::journey::graphql::{Content, Tactic};
use crate::metrics::definition::Definition;
use crate::metrics::feedback_standing;
use crate::organization::graphql::Member;

/// How what was told to a resource stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::feedback_standing::State")]
pub enum FeedbackState {
    /// Nobody took note of it yet. At the moment until which it is to be acknowledged that is still in time.
    Open,
    /// Nobody took note of it, and it is late.
    Overdue,
    /// Somebody took note of it.
    Acknowledged,
}

/// What one resource tells another. It never changes.
#[derive(Clone, Debug, Description)]
pub struct Feedback(feedback::Model);

impl From<feedback::Model> for Feedback {
    fn from(row: feedback::Model) -> Self {
        Self(row)
    }
}

impl Feedback {
    /// What was told with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read feedback.
    pub async fn find(ctx: &Context<'_>, id: FeedbackId) -> Result<Option<Self>> {
        ctx.authorize::<FeedbackRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Whether a resource is told it, where it is said which.
    pub(super) fn is_told_to(&self, resource: Option<Resource>) -> bool {
        resource.is_none_or(|resource| resource == self.0.to_resource)
    }

    async fn noted(&self, ctx: &Context<'_>) -> Result<Option<feedback_acknowledgement::Model>> {
        ctx.authorize::<FeedbackRead>()?;
        ctx.loads()?.load_one(NotedOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)
    }
}

#[Object(use_type_description)]
impl Feedback {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The resource that tells.
    async fn from_resource(&self) -> Resource {
        self.0.from_resource
    }

    /// The resource that is told.
    async fn to_resource(&self) -> Resource {
        self.0.to_resource
    }

    /// What it is.
    async fn kind(&self) -> FeedbackKind {
        self.0.kind
    }

    /// What is told, in words; empty for a breach, whose clock tells all. Null where it is about a buyer and you may not read contact
    /// data; empty once the buyer was erased.
    async fn body(&self, ctx: &Context<'_>) -> Option<&str> {
        (self.0.handoff_id.is_none() || ctx.permits::<ContactRead>()).then_some(self.0.body.as_str())
    }

    /// The handoff it is about; null where it is about none, and where you may not see it.
    async fn handoff(&self, ctx: &Context<'_>) -> Result<Option<Handoff>> {
        match self.0.handoff_id {
            Some(id) if ctx.permits::<HandoffRead>() => Handoff::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The clock that ran out, for a breach; null also where you may not see it.
    async fn clock(&self, ctx: &Context<'_>) -> Result<Option<SlaClock>> {
        match self.0.clock_id {
            Some(id) if ctx.permits::<HandoffRead>() => SlaClock::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The tactic it is about; null also where you may not see it.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.0.tactic_id {
            Some(id) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The content it is about; null also where you may not see it.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Content>> {
        match self.0.content_id {
            Some(id) if ctx.permits::<TacticRead>() => Content::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The metric whose definition it is about; null where it is about none.
    async fn metric(&self) -> Option<MetricDefinition> {
        Definition::with_key(self.0.metric_key.as_deref()?).copied().map(MetricDefinition::from)
    }

    /// Until when it is to be acknowledged; null where it is told under no agreement.
    async fn acknowledge_by(&self) -> Option<DateTime> {
        self.0.acknowledge_by.map(DateTime)
    }

    /// How it stands now.
    async fn state(&self, ctx: &Context<'_>) -> Result<FeedbackState> {
        let now = ctx.authorize::<FeedbackRead>()?.now();
        let noted = self.noted(ctx).await?.map(|noted| noted.recorded_at);
        Ok(feedback_standing::state(self.0.acknowledge_by, noted, now).into())
    }

    /// That the other resource took note of it; null while it did not.
    async fn acknowledgement(&self, ctx: &Context<'_>) -> Result<Option<FeedbackAcknowledgement>> {
        let of_buyer = self.0.handoff_id.is_some();
        Ok(self.noted(ctx).await?.map(|row| FeedbackAcknowledgement { row, of_buyer }))
    }

    /// Who told it; null for a breach, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// That a resource took note of what it was told. It never changes.
#[derive(Clone, Debug, Description)]
pub struct FeedbackAcknowledgement {
    row: feedback_acknowledgement::Model,
    of_buyer: bool,
}

#[Object(use_type_description)]
impl FeedbackAcknowledgement {
    /// What comes of it.
    async fn outcome(&self) -> FeedbackOutcome {
        self.row.outcome
    }

    /// More about that, in words; null also where it is about a buyer and you may not read contact data, and once the buyer was erased.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        self.row.note.as_deref().filter(|_| !self.of_buyer || ctx.permits::<ContactRead>())
    }

    /// Who took note; null where you may not read members.
    async fn acknowledged_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, Some(self.row.acknowledged_by)).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.row.recorded_at)
    }
}

connections! {
    FeedbackConnection, FeedbackEdge, Feedback, "what was told";
}

impl Loader<FeedbackId> for Loads {
    type Value = feedback::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[FeedbackId]) -> Result<HashMap<FeedbackId, feedback::Model>, Arc<Error>> {
        service::told_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of that something was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NotedOf(FeedbackId);

impl Loader<NotedOf> for Loads {
    type Value = feedback_acknowledgement::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NotedOf]) -> Result<HashMap<NotedOf, feedback_acknowledgement::Model>, Arc<Error>> {
        let ids: Vec<FeedbackId> = keys.iter().map(|key| key.0).collect();
        let found = service::acknowledgements_of(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (NotedOf(id), row)).collect())
    }
}

/// The key of a page of what was told of a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FeedbackOf {
    handoff: HandoffId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<FeedbackOf> for Loads {
    type Value = Listing<feedback::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FeedbackOf]) -> Result<HashMap<FeedbackOf, Listing<feedback::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<HandoffId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.handoff);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), handoffs) in pages {
            let mut rows = service::told_of(&self.authorize()?, &handoffs, page, with_total).await.map_err(Arc::new)?;
            let listed = handoffs.into_iter().filter_map(|handoff| Some((handoff, rows.remove(&handoff.uuid())?)));
            found.extend(listed.map(|(handoff, rows)| (FeedbackOf { handoff, page, with_total }, rows)));
        }
        Ok(found)
    }
}

/// A page of what was told of a handoff, the latest first.
pub async fn feedback_of(ctx: &Context<'_>, handoff: HandoffId, page: PageRequest) -> Result<FeedbackConnection> {
    ctx.authorize::<FeedbackRead>()?;
    let key = FeedbackOf { handoff, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(FeedbackConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}
