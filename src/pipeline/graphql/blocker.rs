//! Blockers: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{ComplexObject, Context, Description, ID, InputObject, Object, SimpleObject};
use entity::blocker;
use entity::ids::{BlockerId, ContentId, OpportunityId};
use entity::kinds::{BlockerKind, BlockerSide};

use super::Opportunity;
use crate::auth::permission::grant::{ContactRead, OpportunityRead, OpportunityWrite, TacticRead};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::{DateTime, Decimal};
use crate::journey::graphql::Content;
use crate::metrics::durations::elapsed_days;
use crate::organization::graphql::Member;
use crate::pipeline::service::{self, Lasts};
use crate::{connections, payloads};

/// What keeps a buyer from deciding.
#[derive(Clone, Debug, Description)]
pub struct Blocker(blocker::Model);

impl From<blocker::Model> for Blocker {
    fn from(row: blocker::Model) -> Self {
        Self(row)
    }
}

impl Blocker {
    /// The blocker with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read opportunities.
    pub async fn find(ctx: &Context<'_>, id: BlockerId) -> Result<Option<Self>> {
        ctx.authorize::<OpportunityRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn lasts(&self, ctx: &Context<'_>) -> Result<Lasts> {
        ctx.authorize::<OpportunityRead>()?;
        let lasts = ctx.loads()?.load_one(LastsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        lasts.ok_or(Error::broken("every blocker lasts until some moment"))
    }
}

/// How a blocker was resolved.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BlockerResolution {
    /// Since when it is one no longer.
    resolved_at: DateTime,
    /// How, in words; null where you may not read contact data, and once somebody of the deal was erased.
    text: Option<String>,
    /// When it was recorded.
    recorded_at: DateTime,
    #[graphql(skip)]
    content: Option<ContentId>,
}

#[ComplexObject]
impl BlockerResolution {
    /// The content that helped; null where none did, and where you may not read content.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Content>> {
        match self.content {
            Some(id) if ctx.permits::<TacticRead>() => Content::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}

#[Object(use_type_description)]
impl Blocker {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What they do not decide on.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Opportunity> {
        Opportunity::find(ctx, self.0.opportunity_id).await?.ok_or(Error::broken("a blocker has its opportunity"))
    }

    /// What it is.
    async fn kind(&self) -> BlockerKind {
        self.0.kind
    }

    /// Whose it is.
    async fn side(&self) -> BlockerSide {
        self.0.side
    }

    /// Since when it is known.
    async fn raised_at(&self) -> DateTime {
        DateTime(self.0.raised_at)
    }

    /// More about it, in words; null also where you may not read contact data, and once somebody of the deal was erased.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.note.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// How it was resolved; null while it is open.
    async fn resolution(&self, ctx: &Context<'_>) -> Result<Option<BlockerResolution>> {
        let resolution = self.lasts(ctx).await?.resolution;
        Ok(resolution.map(|row| BlockerResolution {
            resolved_at: DateTime(row.resolved_at),
            text: Some(row.resolution).filter(|text| !text.is_empty() && ctx.permits::<ContactRead>()),
            recorded_at: DateTime(row.recorded_at),
            content: row.content_id,
        }))
    }

    /// How long it lasted or has lasted until now, in days of 24 hours.
    async fn age_days(&self, ctx: &Context<'_>) -> Result<Decimal> {
        let lasts = self.lasts(ctx).await?;
        Ok(Decimal(elapsed_days(lasts.until.micros().saturating_sub(self.0.raised_at.micros()))))
    }

    /// Who raised it; null for background work, and where you may not read members.
    async fn raised_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    BlockerConnection, BlockerEdge, Blocker, "blockers";
}

impl Loader<BlockerId> for Loads {
    type Value = blocker::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[BlockerId]) -> Result<HashMap<BlockerId, blocker::Model>, Arc<Error>> {
        service::blockers_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of how long a blocker lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LastsOf(BlockerId);

impl Loader<LastsOf> for Loads {
    type Value = Lasts;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[LastsOf]) -> Result<HashMap<LastsOf, Lasts>, Arc<Error>> {
        let ids: Vec<BlockerId> = keys.iter().map(|key| key.0).collect();
        let found = service::lasts(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, lasts)| (LastsOf(id), lasts)).collect())
    }
}

/// The key of the blockers of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct BlockersOf(OpportunityId);

impl Loader<BlockersOf> for Loads {
    type Value = Vec<blocker::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[BlockersOf]) -> Result<HashMap<BlockersOf, Vec<blocker::Model>>, Arc<Error>> {
        let ids: Vec<OpportunityId> = keys.iter().map(|key| key.0).collect();
        let found = service::blockers_of(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, rows)| (BlockersOf(id), rows)).collect())
    }
}

/// The blockers of an opportunity, in the order in which they were raised.
pub(super) async fn blockers_of(ctx: &Context<'_>, opportunity: OpportunityId) -> Result<Vec<Blocker>> {
    ctx.authorize::<OpportunityRead>()?;
    let rows = ctx.loads()?.load_one(BlockersOf(opportunity)).await.map_err(Arc::unwrap_or_clone)?;
    Ok(rows.unwrap_or_default().into_iter().map(Blocker).collect())
}

/// What keeps a buyer from deciding.
#[derive(InputObject)]
pub struct RaiseBlockerInput {
    /// What they do not decide on.
    opportunity_id: ID,
    /// What it is.
    kind: BlockerKind,
    /// Whose it is.
    side: BlockerSide,
    /// Since when it is known. Default: now.
    raised_at: Option<DateTime>,
    /// More about it, in words.
    note: Option<String>,
    /// Repeating the mutation with the same key gives the same blocker.
    idempotency_key: Option<String>,
}

/// That a blocker is one no longer.
#[derive(InputObject)]
pub struct ResolveBlockerInput {
    /// The blocker.
    blocker_id: ID,
    /// Since when. Default: now.
    resolved_at: Option<DateTime>,
    /// How, in words.
    resolution: String,
    /// The content that helped, if any did.
    content_id: Option<ID>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of raising a blocker.
    RaiseBlockerPayload {
        /// The blocker.
        blocker: Blocker
    }
    /// What came of resolving a blocker.
    ResolveBlockerPayload {
        /// The blocker with its resolution.
        blocker: Blocker
    }
}

/// Changing blockers.
#[derive(Debug, Default)]
pub struct BlockerMutation;

#[Object]
impl BlockerMutation {
    /// Records what keeps a buyer from deciding.
    async fn raise_blocker(&self, ctx: &Context<'_>, input: RaiseBlockerInput) -> Result<RaiseBlockerPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let new = service::RaiseBlocker {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            kind: input.kind,
            side: input.side,
            raised_at: input.raised_at.map(|at| at.0),
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        RaiseBlockerPayload::settle(service::raise_blocker(&scope, &new).await.map(Blocker))
    }

    /// Records that a blocker is one no longer. It is resolved once.
    async fn resolve_blocker(&self, ctx: &Context<'_>, input: ResolveBlockerInput) -> Result<ResolveBlockerPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::ResolveBlocker {
            blocker_id: parse_id(&input.blocker_id, "input.blockerId")?,
            resolved_at: input.resolved_at.map(|at| at.0),
            resolution: input.resolution,
            content_id: parse_optional_id(input.content_id.as_ref(), "input.contentId")?,
            idempotency_key: input.idempotency_key,
        };
        ResolveBlockerPayload::settle(service::resolve_blocker(&scope, &change).await.map(Blocker))
    }
}
