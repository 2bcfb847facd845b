//! Finding segments and profiles.

use async_graphql::{Context, ID, Object};

use super::Segment;
use super::profile::IcpProfileConnection;
use super::segment::SegmentConnection;
use crate::auth::permission::grant::BuyerRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::parse_id;
use crate::segments::service;

/// Reading segments and profiles.
#[derive(Debug, Default)]
pub struct SegmentQuery;

#[Object]
impl SegmentQuery {
    /// The parts of the market, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn segments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SegmentConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::segments(&scope, page, wants(ctx, "totalCount")).await.map(SegmentConnection::new)
    }

    /// The segment with an id; null where there is none.
    async fn segment(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Segment>> {
        ctx.authorize::<BuyerRead>()?;
        Segment::find(ctx, parse_id(&id, "id")?).await
    }

    /// The versions of what the ideal customer is like, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn icp_profiles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<IcpProfileConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::icp_profiles(&scope, page, wants(ctx, "totalCount")).await.map(IcpProfileConnection::new)
    }
}
