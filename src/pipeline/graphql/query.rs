//! Finding opportunities and blockers.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::kinds::{BlockerKind, BlockerSide};

use super::{BlockerConnection, Opportunity, OpportunityConnection};
use crate::auth::permission::grant::OpportunityRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::LocalDate;
use crate::pipeline::service;

/// How opportunities stand, for a filter.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::pipeline::service::OpportunityState")]
pub enum OpportunityState {
    /// They did not end yet.
    Open,
    /// They bought.
    Won,
    /// They did not, for whatever reason.
    Lost,
}

/// Which opportunities are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct OpportunityFilter {
    /// How they stand.
    status: Option<OpportunityState>,
    /// Those a member looks after.
    owner_id: Option<ID>,
    /// Those with an account.
    account_id: Option<ID>,
    /// Those that rest, or those that do not.
    stalled: Option<bool>,
    /// The system that named them.
    source: Option<String>,
    /// Those expected to close on this local day or later.
    expected_close_from: Option<LocalDate>,
    /// Those expected to close before this local day.
    expected_close_to: Option<LocalDate>,
}

/// Which blockers are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct BlockerFilter {
    /// What they are.
    kind: Option<BlockerKind>,
    /// Whose they are.
    side: Option<BlockerSide>,
    /// Those that still are, or those that are resolved.
    open: Option<bool>,
}

/// Reading opportunities and blockers.
#[derive(Debug, Default)]
pub struct PipelineQuery;

#[Object]
impl PipelineQuery {
    /// The opportunities, those that began last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<OpportunityFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<OpportunityConnection> {
        let scope = ctx.authorize::<OpportunityRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::OpportunityFilter {
            state: filter.status.map(Into::into),
            owner_id: parse_optional_id(filter.owner_id.as_ref(), "filter.ownerId")?,
            account_id: parse_optional_id(filter.account_id.as_ref(), "filter.accountId")?,
            stalled: filter.stalled,
            source: filter.source,
            expected_from: filter.expected_close_from.map(|day| day.0),
            expected_to: filter.expected_close_to.map(|day| day.0),
        };
        service::opportunities(&scope, filter, page, wants(ctx, "totalCount")).await.map(OpportunityConnection::new)
    }

    /// The opportunity with an id; null where there is none.
    async fn opportunity(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Opportunity>> {
        ctx.authorize::<OpportunityRead>()?;
        Opportunity::find(ctx, parse_id(&id, "id")?).await
    }

    /// The opportunity another system named; null where there is none.
    async fn opportunity_by_external_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the other system calls it.")] external_id: ExternalIdInput,
    ) -> Result<Option<Opportunity>> {
        let scope = ctx.authorize::<OpportunityRead>()?;
        Ok(service::opportunity_by_external_id(&scope, &external_id.into()).await?.map(Opportunity::from))
    }

    /// The blockers, those raised last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn blockers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<BlockerFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<BlockerConnection> {
        let scope = ctx.authorize::<OpportunityRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::BlockerFilter { kind: filter.kind, side: filter.side, open: filter.open };
        service::blockers(&scope, filter, page, wants(ctx, "totalCount")).await.map(BlockerConnection::new)
    }
}
