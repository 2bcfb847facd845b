//! Reading insights.

use async_graphql::{Context, ID, Object};
use entity::kinds::{InsightKind, Resource};

use super::{Insight, InsightConnection};
use crate::auth::permission::grant::InsightRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::parse_id;
use crate::insights::service::{self, InsightFilter};

/// Reading insights.
#[derive(Debug, Default)]
pub struct InsightQuery;

#[Object]
impl InsightQuery {
    /// What the figures tell by themselves, the latest first. What tells of money is for those who may read amounts.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what it is narrowed to")]
    async fn insights(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is addressed to a resource, or to nobody in particular.")] resource: Option<Resource>,
        #[graphql(desc = "Only what waits for somebody to take note of it; false for what does not.")] unacknowledged: Option<bool>,
        #[graphql(desc = "What a rule found.")] kind: Option<InsightKind>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<InsightConnection> {
        let scope = ctx.authorize::<InsightRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = InsightFilter { resource, unacknowledged, kind };
        service::insights(&scope, &filter, page, wants(ctx, "totalCount")).await.map(InsightConnection::new)
    }

    /// The insight with an id; null where there is none that you may see.
    async fn insight(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Insight>> {
        ctx.authorize::<InsightRead>()?;
        Insight::find(ctx, parse_id(&id, "id")?).await
    }
}
