//! Reading feedback.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{FeedbackKind, Resource};

use super::FeedbackConnection;
use super::item::FeedbackState;
use crate::auth::permission::grant::FeedbackRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::feedback::service;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::parse_optional_id;

/// Which feedback is wanted: what meets every condition given.
#[derive(Default, InputObject)]
pub struct FeedbackFilter {
    /// What a resource tells.
    from_resource: Option<Resource>,
    /// What a resource is told.
    to_resource: Option<Resource>,
    /// What it is.
    kind: Option<FeedbackKind>,
    /// What is about a handoff.
    handoff_id: Option<ID>,
    /// What is about a tactic.
    tactic_id: Option<ID>,
    /// What is about a piece of content.
    content_id: Option<ID>,
    /// What is about the definition of a metric, by its key.
    metric_key: Option<String>,
    /// How it stands now.
    state: Option<FeedbackState>,
}

/// Reading feedback.
#[derive(Debug, Default)]
pub struct FeedbackQuery;

#[Object]
impl FeedbackQuery {
    /// What the resources tell each other, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of it.")] filter: Option<FeedbackFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<FeedbackConnection> {
        let scope = ctx.authorize::<FeedbackRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::FeedbackFilter {
            from: filter.from_resource,
            to: filter.to_resource.into_iter().collect(),
            kind: filter.kind,
            handoff_id: parse_optional_id(filter.handoff_id.as_ref(), "filter.handoffId")?,
            tactic_id: parse_optional_id(filter.tactic_id.as_ref(), "filter.tacticId")?,
            content_id: parse_optional_id(filter.content_id.as_ref(), "filter.contentId")?,
            metric_key: filter.metric_key,
            states: filter.state.map(Into::into).into_iter().collect(),
        };
        service::told(&scope, &filter, page, wants(ctx, "totalCount")).await.map(FeedbackConnection::new)
    }
}
