//! Touches: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::ids::TouchId;
use entity::kinds::{ActorKind, Channel, Direction, Resource, TouchKind};
use entity::touch;

use super::{Content, Tactic};
use crate::auth::permission::grant::{JourneyRead, TouchWrite};
use crate::buyers::graphql::{Account, Person};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::DateTime;
use crate::journey::service::{self, TouchesOf};
use crate::{bulk_payloads, connections, payloads};

/// One interaction of a person or account with anything of ours or a third party. It never changes; a correction is a
/// touch of its own.
#[derive(Clone, Debug, Description)]
pub struct Touch(touch::Model);

impl From<touch::Model> for Touch {
    fn from(row: touch::Model) -> Self {
        Self(row)
    }
}

impl Touch {
    /// The touch with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the journey.
    pub async fn find(ctx: &Context<'_>, id: TouchId) -> Result<Option<Self>> {
        ctx.authorize::<JourneyRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Touch {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// What happened.
    async fn kind(&self) -> TouchKind {
        self.0.kind
    }

    /// Where it happened.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// Who acted.
    async fn actor_kind(&self) -> ActorKind {
        self.0.actor_kind
    }

    /// The resource it belongs to.
    async fn resource(&self) -> Resource {
        self.0.resource
    }

    /// Who began it, where that is known.
    async fn direction(&self) -> Option<Direction> {
        self.0.direction
    }

    /// The tactic it is part of.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.0.tactic_id {
            Some(id) => Tactic::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The content that was used.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Content>> {
        match self.0.content_id {
            Some(id) => Content::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The person, where one is known.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person_id {
            Some(id) => Person::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The account, where one is known.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account_id {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The touch this one corrects.
    async fn supersedes(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.supersedes_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The touch that corrects this one; null for the newest.
    async fn superseded_by(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        ctx.authorize::<JourneyRead>()?;
        Ok(ctx.loads()?.load_one(CorrectionOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Whether it only takes the one it corrects back: that did not happen.
    async fn retracted(&self) -> bool {
        self.0.retracted
    }

    /// What another system calls it; null also where the person was erased.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    TouchConnection, TouchEdge, Touch, "touches";
}

impl Loader<TouchId> for Loads {
    type Value = touch::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[TouchId]) -> Result<HashMap<TouchId, touch::Model>, Arc<Error>> {
        service::touches_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the touch that corrects another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CorrectionOf(TouchId);

impl Loader<CorrectionOf> for Loads {
    type Value = touch::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CorrectionOf]) -> Result<HashMap<CorrectionOf, touch::Model>, Arc<Error>> {
        let ids: Vec<TouchId> = keys.iter().map(|key| key.0).collect();
        let found = service::touch_corrections(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (CorrectionOf(id), row)).collect())
    }
}

/// The key of a page of touches of a person, an account, a tactic or a piece of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PageOf {
    of: TouchesOf,
    page: PageRequest,
    with_total: bool,
}

impl Loader<PageOf> for Loads {
    type Value = Listing<touch::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Listing<touch::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<TouchesOf>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.of);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), parents) in pages {
            let touches = service::touches_of(&self.authorize()?, &parents, page, with_total).await.map_err(Arc::new)?;
            found.extend(touches.into_iter().map(|(of, listing)| (PageOf { of, page, with_total }, listing)));
        }
        Ok(found)
    }
}

/// A page of the touches of a person, an account, a tactic or a piece of content.
///
/// # Errors
/// What the database says.
pub async fn touches_of(ctx: &Context<'_>, of: TouchesOf, page: PageRequest) -> Result<TouchConnection> {
    let key = PageOf { of, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(TouchConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}

/// An interaction to record. It has a person, an account, or both.
#[derive(InputObject)]
pub struct NewTouchInput {
    /// When it happened.
    occurred_at: DateTime,
    /// What happened.
    kind: TouchKind,
    /// Where it happened; the tactic's channel where you leave it out.
    channel: Option<Channel>,
    /// Who acted.
    actor_kind: ActorKind,
    /// The resource it belongs to; the tactic's where you leave it out.
    resource: Option<Resource>,
    /// Who began it.
    direction: Option<Direction>,
    /// The tactic it is part of.
    tactic_id: Option<ID>,
    /// The content that was used.
    content_id: Option<ID>,
    /// The person.
    person_id: Option<ID>,
    /// The account.
    account_id: Option<ID>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
}

impl NewTouchInput {
    fn read(self, path: &str) -> Result<service::NewTouch> {
        Ok(service::NewTouch {
            occurred_at: self.occurred_at.0,
            kind: self.kind,
            channel: self.channel,
            actor_kind: self.actor_kind,
            resource: self.resource,
            direction: self.direction,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), &format!("{path}.tacticId"))?,
            content_id: parse_optional_id(self.content_id.as_ref(), &format!("{path}.contentId"))?,
            person_id: parse_optional_id(self.person_id.as_ref(), &format!("{path}.personId"))?,
            account_id: parse_optional_id(self.account_id.as_ref(), &format!("{path}.accountId"))?,
            external_id: self.external_id.map(Into::into),
        })
    }
}

/// A new touch.
#[derive(InputObject)]
pub struct RecordTouchInput {
    /// The touch.
    #[graphql(flatten)]
    touch: NewTouchInput,
    /// Repeating the mutation with the same key gives the same touch.
    idempotency_key: Option<String>,
}

/// Many new touches.
#[derive(InputObject)]
pub struct RecordTouchesInput {
    /// The touches, at most 1 000.
    items: Vec<NewTouchInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// What was wrong about a touch; fields left out were right.
#[derive(InputObject)]
pub struct CorrectTouchInput {
    /// The touch: the newest row of it.
    touch_id: ID,
    /// When it happened.
    occurred_at: Option<DateTime>,
    /// What happened.
    kind: Option<TouchKind>,
    /// Where it happened.
    channel: Option<Channel>,
    /// Who acted. What was observed cannot become what the buyer said.
    actor_kind: Option<ActorKind>,
    /// The resource it belongs to.
    resource: Option<Resource>,
    /// Who began it; null if nobody knows.
    direction: MaybeUndefined<Direction>,
    /// The tactic it is part of; null for none.
    tactic_id: MaybeUndefined<ID>,
    /// The content that was used; null for none.
    content_id: MaybeUndefined<ID>,
    /// The person; null for none.
    person_id: MaybeUndefined<ID>,
    /// The account; null for none.
    account_id: MaybeUndefined<ID>,
    /// It did not happen at all. Then leave everything else out.
    #[graphql(default)]
    retract: bool,
    /// Repeating the mutation with the same key gives the same correction.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a touch.
    RecordTouchPayload {
        /// The touch.
        touch: Touch
    }
    /// What came of correcting a touch.
    CorrectTouchPayload {
        /// The touch that takes the place of the corrected one.
        touch: Touch
    }
}

bulk_payloads! {
    /// What came of recording touches.
    RecordTouchesPayload, RecordTouchesResult {
        /// The touch.
        touch: Touch
    }
}

/// Recording touches.
#[derive(Debug, Default)]
pub struct TouchMutation;

#[Object]
impl TouchMutation {
    /// Records an interaction. Who works for a resource may do so for that one only.
    async fn record_touch(&self, ctx: &Context<'_>, input: RecordTouchInput) -> Result<RecordTouchPayload> {
        let scope = ctx.authorize::<TouchWrite>()?;
        let new = input.touch.read("input")?;
        RecordTouchPayload::settle(service::record_touch(&scope, new, input.idempotency_key.as_deref()).await.map(Touch))
    }

    /// Records many interactions at once: those that are accepted stay, the others are named with the reason.
    async fn record_touches(&self, ctx: &Context<'_>, input: RecordTouchesInput) -> Result<RecordTouchesPayload> {
        let scope = ctx.authorize::<TouchWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<_>>()?;
        RecordTouchesPayload::settle(service::record_touches(&scope, items, input.idempotency_key.as_deref()).await)
    }

    /// Corrects a touch by a new row, or takes it back.
    async fn correct_touch(&self, ctx: &Context<'_>, input: CorrectTouchInput) -> Result<CorrectTouchPayload> {
        let scope = ctx.authorize::<TouchWrite>()?;
        let change = service::CorrectTouch {
            touch_id: parse_id(&input.touch_id, "input.touchId")?,
            occurred_at: input.occurred_at.map(|at| at.0),
            kind: input.kind,
            channel: input.channel,
            actor_kind: input.actor_kind,
            resource: input.resource,
            direction: input.direction.into(),
            tactic_id: parse_patch_id(input.tactic_id, "input.tacticId")?,
            content_id: parse_patch_id(input.content_id, "input.contentId")?,
            person_id: parse_patch_id(input.person_id, "input.personId")?,
            account_id: parse_patch_id(input.account_id, "input.accountId")?,
            retract: input.retract,
            idempotency_key: input.idempotency_key,
        };
        CorrectTouchPayload::settle(service::correct_touch(&scope, &change).await.map(Touch))
    }
}
