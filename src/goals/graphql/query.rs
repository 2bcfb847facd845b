//! Reading goals.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::Resource;

use super::goal::{Goal, GoalConnection};
use crate::auth::permission::grant::GoalRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::goals::service;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::PeriodInput;
use crate::graphql::node::{parse_id, parse_optional_id};

/// Which goals are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct GoalFilter {
    /// A resource that answers for them.
    resource: Option<Resource>,
    /// A team that answers for them.
    team_id: Option<ID>,
    /// The key of their metric.
    metric_key: Option<String>,
    /// The goal they serve.
    parent_id: Option<ID>,
    /// Days of which some are theirs too.
    period: Option<PeriodInput>,
    /// Whether they are still pursued.
    pursued: Option<bool>,
}

/// Reading goals.
#[derive(Debug, Default)]
pub struct GoalQuery;

#[Object]
impl GoalQuery {
    /// The goal with an id; null where there is none.
    async fn goal(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Goal>> {
        Goal::find(ctx, parse_id(&id, "id")?).await
    }

    /// Goals, those whose days begin last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn goals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<GoalFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<GoalConnection> {
        let scope = ctx.authorize::<GoalRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::GoalFilter {
            resource: filter.resource,
            team_id: parse_optional_id(filter.team_id.as_ref(), "filter.teamId")?,
            metric_key: filter.metric_key,
            parent_id: parse_optional_id(filter.parent_id.as_ref(), "filter.parentId")?,
            days: filter.period.map(|period| (period.from.0, period.to.0)),
            pursued: filter.pursued,
        };
        service::goals(&scope, &filter, page, wants(ctx, "totalCount")).await.map(GoalConnection::new)
    }
}
