//! Opportunities: the type.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::ids::{AccountId, OpportunityId, TypedId};
use entity::kinds::{OpportunityOutcome, Resource};
use entity::{close, money, opportunity, opportunity_event};

use super::blocker::blockers_of;
use super::event::{OpportunityStatus, standing_of};
use super::role::{PartsOf, buying_roles_of};
use super::{Blocker, BuyingRole, OpportunityEvent, OpportunityStanding};
use crate::activities::graphql::{ActivityConnection, activities_of};
use crate::activities::service::ActivitiesOf;
use crate::auth::permission::grant::{CloseRead, CostPerCloseRead, JourneyRead, OpportunityRead};
use crate::buyers::graphql::Account;
use crate::connections;
use crate::credit;
use crate::credit::graphql::Close;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::ExternalId;
use crate::graphql::metric::Money;
use crate::graphql::scalar::{DateTime, LocalDate, int};
use crate::journey::graphql::Pipeline;
use crate::organization::graphql::Member;
use crate::pipeline::service;

/// A possible deal with an account.
#[derive(Clone, Debug, Description)]
pub struct Opportunity(opportunity::Model);

impl From<opportunity::Model> for Opportunity {
    fn from(row: opportunity::Model) -> Self {
        Self(row)
    }
}

impl Opportunity {
    /// The opportunity with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read opportunities.
    pub async fn find(ctx: &Context<'_>, id: OpportunityId) -> Result<Option<Self>> {
        ctx.authorize::<OpportunityRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn rows_of_events(&self, ctx: &Context<'_>) -> Result<Vec<opportunity_event::Model>> {
        ctx.authorize::<OpportunityRead>()?;
        Ok(ctx.loads()?.load_one(EventsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Opportunity {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who might buy; null where you may not see the account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        Account::find(ctx, self.0.account_id).await
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may be worth; null also where you may not read amounts.
    async fn amount(&self, ctx: &Context<'_>) -> Option<Money> {
        let amount = money::Money::from_minor(self.0.amount_minor?, self.0.currency?);
        ctx.permits::<CostPerCloseRead>().then(|| Money::from(amount))
    }

    /// The local day it is expected to close.
    async fn expected_close_on(&self) -> Option<LocalDate> {
        self.0.expected_close_on.map(LocalDate)
    }

    /// The resource it was sourced by.
    async fn source_resource(&self) -> Option<Resource> {
        self.0.source_resource
    }

    /// The member who looks after it; null also where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// The version of the pipeline its account moves in; null where you may not read stages.
    async fn pipeline(&self, ctx: &Context<'_>) -> Result<Option<Pipeline>> {
        if ctx.permits::<JourneyRead>() { Pipeline::find(ctx, self.0.pipeline_id).await } else { Ok(None) }
    }

    /// When it began.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.0.opened_at)
    }

    /// Whether it was won or lost; null while it is open.
    async fn status(&self, ctx: &Context<'_>) -> Result<Option<OpportunityStatus>> {
        let stands = service::standing(&self.rows_of_events(ctx).await?, None)?;
        Ok(stands.status.map(OpportunityStatus::from))
    }

    /// How it ended; null while it is open.
    async fn outcome(&self, ctx: &Context<'_>) -> Result<Option<OpportunityOutcome>> {
        Ok(service::standing(&self.rows_of_events(ctx).await?, None)?.outcome)
    }

    /// How it stands, or stood by what was known at an instant.
    async fn standing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<OpportunityStanding> {
        let rows = self.rows_of_events(ctx).await?;
        standing_of(&ctx.authorize::<OpportunityRead>()?, &rows, as_of)
    }

    /// What happened to it, in order.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<OpportunityEvent>> {
        Ok(self.rows_of_events(ctx).await?.into_iter().map(OpportunityEvent::from).collect())
    }

    /// The close that won it, also one that was voided until another one is won; null where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if !ctx.permits::<CloseRead>() {
            return Ok(None);
        }
        let row = ctx.loads()?.load_one(CloseOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(row.map(Close::from))
    }

    /// Who decides on it, by what was known at an instant, in the order in which they began to.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn buying_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Vec<BuyingRole>> {
        buying_roles_of(ctx, PartsOf::Opportunity(self.0.id), as_of).await
    }

    /// What keeps the buyer from deciding, or did, in the order in which it was raised.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn blockers(&self, ctx: &Context<'_>) -> Result<Vec<Blocker>> {
        blockers_of(ctx, self.0.id).await
    }

    /// What is planned about it and what came of that, what was planned last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ActivityConnection> {
        activities_of(ctx, ActivitiesOf::Opportunity(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// What another system calls it.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes of what it is, from 1; pass it as `expectedVersion` to change only what you saw. What happens to it
    /// is no change of what it is.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    OpportunityConnection, OpportunityEdge, Opportunity, "opportunities";
}

impl Loader<OpportunityId> for Loads {
    type Value = opportunity::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[OpportunityId]) -> Result<HashMap<OpportunityId, opportunity::Model>, Arc<Error>> {
        service::opportunities_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of what happened to an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct EventsOf(OpportunityId);

impl Loader<EventsOf> for Loads {
    type Value = Vec<opportunity_event::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventsOf]) -> Result<HashMap<EventsOf, Vec<opportunity_event::Model>>, Arc<Error>> {
        let ids: Vec<OpportunityId> = keys.iter().map(|key| key.0).collect();
        let found = service::events_of(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, rows)| (EventsOf(id), rows)).collect())
    }
}

/// The key of the newest close of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CloseOf(OpportunityId);

impl Loader<CloseOf> for Loads {
    type Value = close::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CloseOf]) -> Result<HashMap<CloseOf, close::Model>, Arc<Error>> {
        let ids: Vec<OpportunityId> = keys.iter().map(|key| key.0).collect();
        let found = credit::service::closes_of_opportunities(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (CloseOf(id), row)).collect())
    }
}

/// The key of a page of the opportunities of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct OpportunitiesOf {
    account: AccountId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<OpportunitiesOf> for Loads {
    type Value = Listing<opportunity::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[OpportunitiesOf]) -> Result<HashMap<OpportunitiesOf, Listing<opportunity::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<AccountId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.account);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), accounts) in pages {
            let mut rows = service::opportunities_of(&self.authorize()?, &accounts, page, with_total).await.map_err(Arc::new)?;
            let listed = accounts.into_iter().filter_map(|account| Some((account, rows.remove(&account.uuid())?)));
            found.extend(listed.map(|(account, rows)| (OpportunitiesOf { account, page, with_total }, rows)));
        }
        Ok(found)
    }
}

/// A page of the opportunities of an account, those that began last first.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read opportunities.
pub async fn opportunities_of(ctx: &Context<'_>, account: AccountId, page: PageRequest) -> Result<OpportunityConnection> {
    ctx.authorize::<OpportunityRead>()?;
    let key = OpportunitiesOf { account, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(OpportunityConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}
