//! Finding tactics, touches, stages and stage events.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{Channel, Resource};

use super::{Pipeline, Stage, StageEvent, StageEventConnection, Tactic, TacticConnection, Touch, TouchConnection};
use crate::auth::permission::grant::{JourneyRead, TacticRead};
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::journey::service::{self, Span};

/// Which tactics are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct TacticFilter {
    /// The resource that owns them.
    resource: Option<Resource>,
    /// Where they mostly happen.
    channel: Option<Channel>,
    /// The system that named them.
    source: Option<String>,
}

/// Which touches are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct TouchFilter {
    /// Those of a person.
    person_id: Option<ID>,
    /// Those of an account itself.
    account_id: Option<ID>,
    /// Those that are part of a tactic.
    tactic_id: Option<ID>,
    /// Those that used a piece of content.
    content_id: Option<ID>,
    /// Those of a resource.
    resource: Option<Resource>,
    /// Those that happened somewhere.
    channel: Option<Channel>,
    /// Those that happened at this instant or later.
    occurred_from: Option<DateTime>,
    /// Those that happened before this instant.
    occurred_to: Option<DateTime>,
    /// Also those that were corrected or taken back, and the rows that take them back.
    #[graphql(default)]
    include_corrected: bool,
}

impl TouchFilter {
    fn read(self) -> Result<service::TouchFilter> {
        Ok(service::TouchFilter {
            person_id: parse_optional_id(self.person_id.as_ref(), "filter.personId")?,
            account_id: parse_optional_id(self.account_id.as_ref(), "filter.accountId")?,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), "filter.tacticId")?,
            content_id: parse_optional_id(self.content_id.as_ref(), "filter.contentId")?,
            resource: self.resource,
            channel: self.channel,
            occurred: Span { from: self.occurred_from.map(|at| at.0), to: self.occurred_to.map(|at| at.0) },
            include_corrected: self.include_corrected,
        })
    }
}

/// Which stage events are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct StageEventFilter {
    /// Those of a person.
    person_id: Option<ID>,
    /// Those of an account.
    account_id: Option<ID>,
    /// The version of the pipeline whose stage is meant; any version of the default one where you leave it out.
    pipeline_id: Option<ID>,
    /// Entries into the stage with this key.
    stage: Option<String>,
    /// Those that happened at this instant or later.
    occurred_from: Option<DateTime>,
    /// Those that happened before this instant.
    occurred_to: Option<DateTime>,
    /// Also those that were corrected or taken back, and the rows that take them back.
    #[graphql(default)]
    include_corrected: bool,
}

impl StageEventFilter {
    fn read(self) -> Result<service::StageEventFilter> {
        Ok(service::StageEventFilter {
            person_id: parse_optional_id(self.person_id.as_ref(), "filter.personId")?,
            account_id: parse_optional_id(self.account_id.as_ref(), "filter.accountId")?,
            pipeline_id: parse_optional_id(self.pipeline_id.as_ref(), "filter.pipelineId")?,
            stage: self.stage,
            occurred: Span { from: self.occurred_from.map(|at| at.0), to: self.occurred_to.map(|at| at.0) },
            include_corrected: self.include_corrected,
        })
    }
}

/// Reading tactics, touches, stages and stage events.
#[derive(Debug, Default)]
pub struct JourneyQuery;

#[Object]
impl JourneyQuery {
    /// The tactics, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn tactics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<TacticFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TacticConnection> {
        let scope = ctx.authorize::<TacticRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::TacticFilter { resource: filter.resource, channel: filter.channel, source: filter.source };
        service::tactics(&scope, filter, page, wants(ctx, "totalCount")).await.map(TacticConnection::new)
    }

    /// The tactic with an id; null where there is none.
    async fn tactic(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Tactic>> {
        ctx.authorize::<TacticRead>()?;
        Tactic::find(ctx, parse_id(&id, "id")?).await
    }

    /// The touches that stand, latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn touches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<TouchFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TouchConnection> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        service::touches(&scope, &filter, page, wants(ctx, "totalCount")).await.map(TouchConnection::new)
    }

    /// The touch with an id; null where there is none.
    async fn touch(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Touch>> {
        ctx.authorize::<JourneyRead>()?;
        Touch::find(ctx, parse_id(&id, "id")?).await
    }

    /// Every version of every pipeline; of each pipeline the newest version first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn pipelines(&self, ctx: &Context<'_>) -> Result<Vec<Pipeline>> {
        Ok(service::pipelines(&ctx.authorize::<JourneyRead>()?).await?.into_iter().map(Pipeline::from).collect())
    }

    /// The stages of the default pipeline's newest version, in their order.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<Stage>> {
        let catalogue = service::pipeline(&ctx.authorize::<JourneyRead>()?, None).await?;
        Ok(catalogue.stages.into_iter().map(Stage::from).collect())
    }

    /// The stage events that stand, latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn stage_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<StageEventFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<StageEventConnection> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        service::stage_events(&scope, &filter, page, wants(ctx, "totalCount")).await.map(StageEventConnection::new)
    }

    /// The stage event with an id; null where there is none.
    async fn stage_event(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<StageEvent>> {
        ctx.authorize::<JourneyRead>()?;
        StageEvent::find(ctx, parse_id(&id, "id")?).await
    }
}
