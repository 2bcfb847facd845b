//! Finding closes and postings.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{BatchKind, CloseKind, ClosePath, Resource};

use super::{
    Close, CloseConnection, CreditBatch, CreditBatchConnection, CreditPolicy, CreditPolicyConnection, CreditTransfer,
    CreditTransferConnection, CreditTransferState,
};
use crate::auth::permission::grant::{CloseRead, CreditRead};
use crate::credit::service;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;

/// Which closes are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct CloseFilter {
    /// How the buyer came to them.
    path: Option<ClosePath>,
    /// Whether they gained a customer, or are more business with one.
    kind: Option<CloseKind>,
    /// Those of a customer.
    account_id: Option<ID>,
    /// Those won at this instant or later.
    occurred_from: Option<DateTime>,
    /// Those won before this instant.
    occurred_to: Option<DateTime>,
    /// The system that named them.
    source: Option<String>,
}

/// Which credit batches are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct CreditBatchFilter {
    /// Those of a close.
    close_id: Option<ID>,
    /// Opening, transfer or reversal.
    kind: Option<BatchKind>,
    /// Those that take effect at this instant or later.
    effective_from: Option<DateTime>,
    /// Those that take effect before this instant.
    effective_to: Option<DateTime>,
}

/// Which transfers of credit are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct CreditTransferFilter {
    /// Those of a close.
    close_id: Option<ID>,
    /// How they stand.
    state: Option<CreditTransferState>,
    /// Those in which a resource gives or receives.
    resource: Option<Resource>,
}

/// Reading closes and the ledger.
#[derive(Debug, Default)]
pub struct CreditQuery;

#[Object]
impl CreditQuery {
    /// The closes, latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn closes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<CloseFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CloseConnection> {
        let scope = ctx.authorize::<CloseRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::CloseFilter {
            path: filter.path,
            kind: filter.kind,
            account_id: parse_optional_id(filter.account_id.as_ref(), "filter.accountId")?,
            from: filter.occurred_from.map(|at| at.0),
            to: filter.occurred_to.map(|at| at.0),
            source: filter.source,
        };
        service::closes(&scope, filter, page, wants(ctx, "totalCount")).await.map(CloseConnection::new)
    }

    /// The close with an id; null where there is none.
    async fn close(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Close>> {
        ctx.authorize::<CloseRead>()?;
        Close::find(ctx, parse_id(&id, "id")?).await
    }

    /// The postings of the ledger, the latest to take effect first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credit_batches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<CreditBatchFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditBatchConnection> {
        let scope = ctx.authorize::<CreditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::BatchFilter {
            close_id: parse_optional_id(filter.close_id.as_ref(), "filter.closeId")?,
            kind: filter.kind,
            from: filter.effective_from.map(|at| at.0),
            to: filter.effective_to.map(|at| at.0),
        };
        service::credit_batches(&scope, &filter, page, wants(ctx, "totalCount")).await.map(CreditBatchConnection::new)
    }

    /// The postings with an id; null where there are none.
    async fn credit_batch(&self, ctx: &Context<'_>, #[graphql(desc = "Their id.")] id: ID) -> Result<Option<CreditBatch>> {
        ctx.authorize::<CreditRead>()?;
        CreditBatch::find(ctx, parse_id(&id, "id")?).await
    }

    /// The transfers of credit that were asked for, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credit_transfers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<CreditTransferFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditTransferConnection> {
        let scope = ctx.authorize::<CreditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::TransferFilter {
            close_id: parse_optional_id(filter.close_id.as_ref(), "filter.closeId")?,
            state: filter.state.map(Into::into),
            resource: filter.resource,
        };
        service::credit_transfers(&scope, &filter, page, wants(ctx, "totalCount")).await.map(CreditTransferConnection::new)
    }

    /// The transfer with an id; null where there is none.
    async fn credit_transfer(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<CreditTransfer>> {
        ctx.authorize::<CreditRead>()?;
        CreditTransfer::find(ctx, parse_id(&id, "id")?).await
    }

    /// The versions of the credit policy, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credit_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditPolicyConnection> {
        let scope = ctx.authorize::<CloseRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::credit_policies(&scope, page, wants(ctx, "totalCount")).await.map(CreditPolicyConnection::new)
    }

    /// The policy by which the credit of new closes is opened.
    async fn credit_policy(&self, ctx: &Context<'_>) -> Result<CreditPolicy> {
        service::credit_policy(&ctx.authorize::<CloseRead>()?).await.map(CreditPolicy::from)
    }
}
