//! Content and plays: the type, the queries and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::content;
use entity::ids::ContentId;
use entity::kinds::{BlockerKind, ContentKind, Resource};

use super::{TouchConnection, touches_of};
use crate::auth::permission::grant::{JourneyRead, TacticRead, TacticWrite};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, int};
use crate::journey::service::{self, Coverage, TouchesOf};
use crate::organization::graphql::Member;
use crate::{connections, payloads};

/// A piece of content or a play, owned by one resource.
#[derive(Clone, Debug, Description)]
pub struct Content(content::Model);

impl From<content::Model> for Content {
    fn from(row: content::Model) -> Self {
        Self(row)
    }
}

impl Content {
    /// The content with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read content.
    pub async fn find(ctx: &Context<'_>, id: ContentId) -> Result<Option<Self>> {
        ctx.authorize::<TacticRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn coverage(&self, ctx: &Context<'_>) -> Result<Coverage> {
        ctx.authorize::<TacticRead>()?;
        let found = ctx.loads()?.load_one(CoverageOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(found.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Content {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is.
    async fn kind(&self) -> ContentKind {
        self.0.kind
    }

    /// The resource that owns it.
    async fn resource(&self) -> Resource {
        self.0.resource
    }

    /// Where it is.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Whom it is for.
    async fn audience(&self) -> Option<&str> {
        self.0.audience.as_deref()
    }

    /// The member who looks after it; null also where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// The keys of the stages it covers now.
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(self.coverage(ctx).await?.stages.into_iter().collect())
    }

    /// The kinds of blockers it covers now.
    async fn blockers(&self, ctx: &Context<'_>) -> Result<Vec<BlockerKind>> {
        Ok(self.coverage(ctx).await?.blockers.into_iter().collect())
    }

    /// Since when it is no longer used; null while it is.
    async fn retired_at(&self) -> Option<DateTime> {
        self.0.retired_at.map(DateTime)
    }

    /// What another system calls it.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// The touches that used it, latest first, without those that were corrected or taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn touches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TouchConnection> {
        ctx.authorize::<JourneyRead>()?;
        touches_of(ctx, TouchesOf::Content(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    ContentConnection, ContentEdge, Content, "content";
}

impl Loader<ContentId> for Loads {
    type Value = content::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[ContentId]) -> Result<HashMap<ContentId, content::Model>, Arc<Error>> {
        service::contents_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of what a piece of content covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CoverageOf(ContentId);

impl Loader<CoverageOf> for Loads {
    type Value = Coverage;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CoverageOf]) -> Result<HashMap<CoverageOf, Coverage>, Arc<Error>> {
        let ids: Vec<ContentId> = keys.iter().map(|key| key.0).collect();
        let found = service::coverage_of(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, coverage)| (CoverageOf(id), coverage)).collect())
    }
}

/// Which content is wanted: that which meets every condition given.
#[derive(Default, InputObject)]
pub struct ContentFilter {
    /// What it is.
    kind: Option<ContentKind>,
    /// The resource that owns it.
    resource: Option<Resource>,
    /// The key of a stage it covers now.
    stage: Option<String>,
    /// A kind of blocker it covers now.
    blocker: Option<BlockerKind>,
    /// What is no longer used, too.
    #[graphql(default)]
    include_retired: bool,
}

/// Reading content.
#[derive(Debug, Default)]
pub struct ContentQuery;

#[Object]
impl ContentQuery {
    /// Content and plays, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn contents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of it.")] filter: Option<ContentFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ContentConnection> {
        let scope = ctx.authorize::<TacticRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let ContentFilter { kind, resource, stage, blocker, include_retired } = filter.unwrap_or_default();
        let filter = service::ContentFilter { kind, resource, stage, blocker, include_retired };
        service::contents(&scope, filter, page, wants(ctx, "totalCount")).await.map(ContentConnection::new)
    }

    /// The content with an id; null where there is none.
    async fn content(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Content>> {
        ctx.authorize::<TacticRead>()?;
        Content::find(ctx, parse_id(&id, "id")?).await
    }
}

/// A new piece of content.
#[derive(InputObject)]
pub struct CreateContentInput {
    /// What it is called.
    name: String,
    /// What it is.
    kind: ContentKind,
    /// The resource that owns it.
    resource: Resource,
    /// Where it is: `https://example.com/calculator`.
    url: Option<String>,
    /// Whom it is for.
    audience: Option<String>,
    /// The member who looks after it. Default: you, unless you may change everything.
    owner_id: Option<ID>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
    /// Repeating the mutation with the same key gives the same content.
    idempotency_key: Option<String>,
}

/// Changes of a piece of content; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseContentInput {
    /// The content.
    content_id: ID,
    /// What it is called.
    name: Option<String>,
    /// What it is.
    kind: Option<ContentKind>,
    /// The resource that owns it.
    resource: Option<Resource>,
    /// Where it is; null for nowhere.
    url: MaybeUndefined<String>,
    /// Whom it is for; null for anybody.
    audience: MaybeUndefined<String>,
    /// The member who looks after it; null for nobody.
    owner_id: MaybeUndefined<ID>,
    /// Since when it is no longer used; null while it is.
    retired_at: MaybeUndefined<DateTime>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// What a piece of content covers from now on.
#[derive(InputObject)]
pub struct CoverContentInput {
    /// The content.
    content_id: ID,
    /// The keys of the stages it covers, of any pipeline.
    stages: Vec<String>,
    /// The kinds of blockers it covers.
    blockers: Vec<BlockerKind>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of creating content.
    CreateContentPayload {
        /// The new content.
        content: Content
    }
    /// What came of revising content.
    ReviseContentPayload {
        /// The content as it is now.
        content: Content
    }
    /// What came of saying what content covers.
    CoverContentPayload {
        /// The content.
        content: Content
    }
}

/// Changing content.
#[derive(Debug, Default)]
pub struct ContentMutation;

#[Object]
impl ContentMutation {
    /// Creates a piece of content or a play. Who works for a resource may do so for that one only.
    async fn create_content(&self, ctx: &Context<'_>, input: CreateContentInput) -> Result<CreateContentPayload> {
        let scope = ctx.authorize::<TacticWrite>()?;
        let new = service::NewContent {
            name: input.name,
            kind: input.kind,
            resource: input.resource,
            url: input.url,
            audience: input.audience,
            owner_id: parse_optional_id(input.owner_id.as_ref(), "input.ownerId")?,
            external_id: input.external_id.map(Into::into),
        };
        CreateContentPayload::settle(service::create_content(&scope, new, input.idempotency_key.as_deref()).await.map(Content))
    }

    /// Changes a piece of content.
    async fn revise_content(&self, ctx: &Context<'_>, input: ReviseContentInput) -> Result<ReviseContentPayload> {
        let scope = ctx.authorize::<TacticWrite>()?;
        let change = service::ReviseContent {
            content_id: parse_id(&input.content_id, "input.contentId")?,
            name: input.name,
            kind: input.kind,
            resource: input.resource,
            url: input.url.into(),
            audience: input.audience.into(),
            owner_id: parse_patch_id(input.owner_id, "input.ownerId")?,
            retired_at: input.retired_at.map_value(|at| at.0).into(),
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseContentPayload::settle(service::revise_content(&scope, &change).await.map(Content))
    }

    /// Says which stages and kinds of blockers a piece of content covers from now on. What it covered before and you leave out
    /// it no longer covers.
    async fn cover_content(&self, ctx: &Context<'_>, input: CoverContentInput) -> Result<CoverContentPayload> {
        let scope = ctx.authorize::<TacticWrite>()?;
        let change = service::CoverContent {
            content_id: parse_id(&input.content_id, "input.contentId")?,
            stages: input.stages,
            blockers: input.blockers,
            idempotency_key: input.idempotency_key,
        };
        CoverContentPayload::settle(service::cover_content(&scope, &change).await.map(Content))
    }
}
