//! Finding activities.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::ActivityKind;

use super::activity::ActivityState;
use super::{Activity, ActivityConnection};
use crate::activities::service;
use crate::auth::permission::grant::ActivityRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::journey::service::Span;

/// Which activities are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct ActivityFilter {
    /// Those a member is to do, or did.
    owner_id: Option<ID>,
    /// Those with a person, or with whoever is said to be the same.
    person_id: Option<ID>,
    /// Those with an account, or with whichever is said to be the same.
    account_id: Option<ID>,
    /// Those about an opportunity.
    opportunity_id: Option<ID>,
    /// How they stand now.
    state: Option<ActivityState>,
    /// What is to be done.
    kind: Option<ActivityKind>,
    /// Those due at this instant or later.
    due_from: Option<DateTime>,
    /// Those due before this instant.
    due_to: Option<DateTime>,
}

/// Reading activities.
#[derive(Debug, Default)]
pub struct ActivityQuery;

#[Object]
impl ActivityQuery {
    /// The activities, those planned last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ActivityFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ActivityConnection> {
        let scope = ctx.authorize::<ActivityRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::ActivityFilter {
            owner_id: parse_optional_id(filter.owner_id.as_ref(), "filter.ownerId")?,
            person_id: parse_optional_id(filter.person_id.as_ref(), "filter.personId")?,
            account_id: parse_optional_id(filter.account_id.as_ref(), "filter.accountId")?,
            opportunity_id: parse_optional_id(filter.opportunity_id.as_ref(), "filter.opportunityId")?,
            state: filter.state.map(Into::into),
            kind: filter.kind,
            due: Span { from: filter.due_from.map(|at| at.0), to: filter.due_to.map(|at| at.0) },
        };
        service::activities(&scope, &filter, page, wants(ctx, "totalCount")).await.map(ActivityConnection::new)
    }

    /// The activity with an id; null where there is none.
    async fn activity(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Activity>> {
        ctx.authorize::<ActivityRead>()?;
        Activity::find(ctx, parse_id(&id, "id")?).await
    }
}
