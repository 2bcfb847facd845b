//! Activities: the type.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::ActivityId;
use entity::kinds::{ActivityKind, ActivityOutcome, Direction};
use entity::{activity, activity_event};

use super::ActivityEvent;
use crate::activities::service::{self, ActivitiesOf};
use crate::auth::permission::grant::{ActivityRead, BuyerRead, ContactRead, OpportunityRead};
use crate::buyers::graphql::{Account, Person};
use crate::connections;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::ExternalId;
use crate::graphql::metric;
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::pipeline::graphql::Opportunity;

/// How an activity stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::activity_standing::State")]
pub enum ActivityState {
    /// It is to be done. At the moment it is due it still is.
    Planned,
    /// It should have been done by now.
    Overdue,
    /// It was done.
    Completed,
    /// It will not be done.
    Cancelled,
}

/// What somebody plans to do with a buyer, or did.
#[derive(Clone, Debug, Description)]
pub struct Activity(activity::Model);

impl From<activity::Model> for Activity {
    fn from(row: activity::Model) -> Self {
        Self(row)
    }
}

impl Activity {
    /// The activity with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read activities.
    pub async fn find(ctx: &Context<'_>, id: ActivityId) -> Result<Option<Self>> {
        ctx.authorize::<ActivityRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn rows_of_events(&self, ctx: &Context<'_>) -> Result<Vec<activity_event::Model>> {
        ctx.authorize::<ActivityRead>()?;
        Ok(ctx.loads()?.load_one(EventsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }

    /// The last thing that happened to it.
    async fn last(&self, ctx: &Context<'_>) -> Result<Option<activity_event::Model>> {
        Ok(self.rows_of_events(ctx).await?.pop())
    }
}

#[Object(use_type_description)]
impl Activity {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What is to be done.
    async fn kind(&self) -> ActivityKind {
        self.0.kind
    }

    /// More about it, in words; null where you may not read contact data, and once somebody it is about was erased after it was written.
    async fn subject(&self, ctx: &Context<'_>) -> Option<&str> {
        Some(self.0.subject.as_str()).filter(|subject| !subject.is_empty() && ctx.permits::<ContactRead>())
    }

    /// With whom, where somebody is named; null also where you may not see them.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person_id {
            Some(id) if ctx.permits::<BuyerRead>() => Person::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// With which company, where one is named or it is about an opportunity; null also where you may not see it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account_id {
            Some(id) if ctx.permits::<BuyerRead>() => Account::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// About which possible deal, where one is named; null also where you may not see it.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        match self.0.opportunity_id {
            Some(id) if ctx.permits::<OpportunityRead>() => Opportunity::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Who begins it.
    async fn direction(&self) -> Direction {
        self.0.direction
    }

    /// Who is to do it, or did; null where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.last(ctx).await?.map(|last| last.owner_id)).await
    }

    /// When it is due, or was; null where it is due at no moment.
    async fn due_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.last(ctx).await?.and_then(|last| last.due_at).map(DateTime))
    }

    /// How it stands, or stood by what was known at an instant; null before it was planned.
    async fn state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Option<ActivityState>> {
        let rows = self.rows_of_events(ctx).await?;
        let instant = metric::as_of(as_of, ctx.authorize::<ActivityRead>()?.now())?;
        Ok(service::standing(&rows, instant).map(Into::into))
    }

    /// What came of it; null until it is completed.
    async fn outcome(&self, ctx: &Context<'_>) -> Result<Option<ActivityOutcome>> {
        Ok(self.last(ctx).await?.and_then(|last| last.outcome))
    }

    /// What happened to it, in the order in which it was recorded.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Vec<ActivityEvent>> {
        let rows = self.rows_of_events(ctx).await?;
        let instant = metric::as_of(as_of, ctx.authorize::<ActivityRead>()?.now())?;
        Ok(rows.into_iter().filter(|row| row.recorded_at <= instant).map(ActivityEvent::from).collect())
    }

    /// The activity it follows up.
    async fn follows(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.follows_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The activity that was planned when it was completed.
    async fn follow_up(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        ctx.authorize::<ActivityRead>()?;
        Ok(ctx.loads()?.load_one(FollowUpOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// What another system calls it; null also once somebody it is about was erased after it was written.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    ActivityConnection, ActivityEdge, Activity, "activities";
}

impl Loader<ActivityId> for Loads {
    type Value = activity::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[ActivityId]) -> Result<HashMap<ActivityId, activity::Model>, Arc<Error>> {
        service::activities_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of what happened to an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct EventsOf(ActivityId);

impl Loader<EventsOf> for Loads {
    type Value = Vec<activity_event::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventsOf]) -> Result<HashMap<EventsOf, Vec<activity_event::Model>>, Arc<Error>> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        let found = service::events_of(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, rows)| (EventsOf(id), rows)).collect())
    }
}

/// The key of the activity that follows up another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FollowUpOf(ActivityId);

impl Loader<FollowUpOf> for Loads {
    type Value = activity::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FollowUpOf]) -> Result<HashMap<FollowUpOf, activity::Model>, Arc<Error>> {
        let ids: Vec<ActivityId> = keys.iter().map(|key| key.0).collect();
        let found = service::follow_ups(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (FollowUpOf(id), row)).collect())
    }
}

/// The key of a page of the activities of a person, an account or an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PageOf {
    of: ActivitiesOf,
    page: PageRequest,
    with_total: bool,
}

impl Loader<PageOf> for Loads {
    type Value = Listing<activity::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Listing<activity::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<ActivitiesOf>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.of);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), parents) in pages {
            let rows = service::activities_of(&self.authorize()?, &parents, page, with_total).await.map_err(Arc::new)?;
            found.extend(rows.into_iter().map(|(of, listing)| (PageOf { of, page, with_total }, listing)));
        }
        Ok(found)
    }
}

/// A page of the activities of a person, an account or an opportunity, those planned last first.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read activities.
pub async fn activities_of(ctx: &Context<'_>, of: ActivitiesOf, page: PageRequest) -> Result<ActivityConnection> {
    ctx.authorize::<ActivityRead>()?;
    let key = PageOf { of, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(ActivityConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}
