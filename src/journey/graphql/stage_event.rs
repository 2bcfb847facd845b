//! Stage events: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::ids::StageEventId;
use entity::kinds::StageMovement;
use entity::stage_event;

use super::Stage;
use crate::auth::permission::grant::{JourneyRead, StageWrite};
use crate::buyers::graphql::{Account, Person};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::journey::service::{self, Move, Subject};
use crate::organization::graphql::Member;
use crate::{bulk_payloads, connections, payloads};

/// The entry of a person or account into a stage. It never changes; a correction is an event of its own.
#[derive(Clone, Debug, Description)]
pub struct StageEvent(stage_event::Model);

impl From<stage_event::Model> for StageEvent {
    fn from(row: stage_event::Model) -> Self {
        Self(row)
    }
}

impl StageEvent {
    /// The stage event with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the journey.
    pub async fn find(ctx: &Context<'_>, id: StageEventId) -> Result<Option<Self>> {
        ctx.authorize::<JourneyRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl StageEvent {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The stage entered.
    async fn stage(&self, ctx: &Context<'_>) -> Result<Stage> {
        Stage::find(ctx, self.0.stage_id).await?.ok_or(Error::broken("an event's stage exists"))
    }

    /// The stage left, as far as it was known when the event was recorded; null for a first entry.
    #[graphql(name = "fromStage")]
    async fn stage_left(&self, ctx: &Context<'_>) -> Result<Option<Stage>> {
        match self.0.from_stage_id {
            Some(id) => Stage::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How the entry lies to the stage left, in the order the pipeline had when it was recorded.
    async fn movement(&self, ctx: &Context<'_>) -> Result<StageMovement> {
        ctx.authorize::<JourneyRead>()?;
        let wanted = Move { from: self.0.from_stage_id, to: self.0.stage_id, recorded_at: self.0.recorded_at };
        let found = ctx.loads()?.load_one(wanted).await.map_err(Arc::unwrap_or_clone)?;
        found.ok_or(Error::broken("an event's stage is in a catalogue"))
    }

    /// The subject, if a person.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person_id {
            Some(id) => Person::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The subject, if an account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account_id {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// Whether it lies before what had already been recorded of the subject.
    async fn backdated(&self) -> bool {
        self.0.backdated
    }

    /// Why the subject went back or stepped aside; null also where they were erased.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// The event this one corrects.
    async fn supersedes(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.supersedes_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The event that corrects this one; null for the newest.
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

impl Loader<Move> for Loads {
    type Value = StageMovement;
    type Error = Arc<Error>;

    async fn load(&self, moves: &[Move]) -> Result<HashMap<Move, StageMovement>, Arc<Error>> {
        service::movements(&self.authorize()?, moves).await.map_err(Arc::new)
    }
}

connections! {
    StageEventConnection, StageEventEdge, StageEvent, "stage events";
}

impl Loader<StageEventId> for Loads {
    type Value = stage_event::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[StageEventId]) -> Result<HashMap<StageEventId, stage_event::Model>, Arc<Error>> {
        service::stage_events_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the event that corrects another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CorrectionOf(StageEventId);

impl Loader<CorrectionOf> for Loads {
    type Value = stage_event::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CorrectionOf]) -> Result<HashMap<CorrectionOf, stage_event::Model>, Arc<Error>> {
        let ids: Vec<StageEventId> = keys.iter().map(|key| key.0).collect();
        let found = service::stage_event_corrections(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (CorrectionOf(id), row)).collect())
    }
}

/// The key of a page of stage events of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PageOf {
    of: Subject,
    page: PageRequest,
    with_total: bool,
}

impl Loader<PageOf> for Loads {
    type Value = Listing<stage_event::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Listing<stage_event::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<Subject>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.of);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), subjects) in pages {
            let events = service::stage_events_of(&self.authorize()?, &subjects, page, with_total).await.map_err(Arc::new)?;
            found.extend(events.into_iter().map(|(of, listing)| (PageOf { of, page, with_total }, listing)));
        }
        Ok(found)
    }
}

/// A page of the stage events of a person or an account.
///
/// # Errors
/// What the database says.
pub async fn stage_events_of(ctx: &Context<'_>, of: Subject, page: PageRequest) -> Result<StageEventConnection> {
    let key = PageOf { of, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(StageEventConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}

/// The entry of a person or an account, just one of them, into a stage.
#[derive(InputObject)]
pub struct NewStageEventInput {
    /// The subject, if a person.
    person_id: Option<ID>,
    /// The subject, if an account.
    account_id: Option<ID>,
    /// The version of the pipeline; the newest of the default one where you leave it out.
    pipeline_id: Option<ID>,
    /// The key of the stage entered: `QUALIFIED`.
    stage: String,
    /// When it happened.
    occurred_at: DateTime,
    /// Accept it although it lies before what was recorded earlier.
    #[graphql(default)]
    backdated: bool,
    /// Why; needed for going back and for stepping aside.
    reason: Option<String>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
}

impl NewStageEventInput {
    fn read(self, path: &str) -> Result<service::NewStageEvent> {
        Ok(service::NewStageEvent {
            person_id: parse_optional_id(self.person_id.as_ref(), &format!("{path}.personId"))?,
            account_id: parse_optional_id(self.account_id.as_ref(), &format!("{path}.accountId"))?,
            pipeline_id: parse_optional_id(self.pipeline_id.as_ref(), &format!("{path}.pipelineId"))?,
            stage: self.stage,
            occurred_at: self.occurred_at.0,
            backdated: self.backdated,
            reason: self.reason,
            external_id: self.external_id.map(Into::into),
            settled: false,
        })
    }
}

/// A new stage event.
#[derive(InputObject)]
pub struct RecordStageEventInput {
    /// The event.
    #[graphql(flatten)]
    event: NewStageEventInput,
    /// Repeating the mutation with the same key gives the same event.
    idempotency_key: Option<String>,
}

/// Many new stage events, recorded in this order.
#[derive(InputObject)]
pub struct RecordStageEventsInput {
    /// The events, at most 1 000.
    items: Vec<NewStageEventInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// What was wrong about a stage event; fields left out were right. The subject stays: take an event of somebody else back
/// and record it anew.
#[derive(InputObject)]
pub struct CorrectStageEventInput {
    /// The event: the newest row of it.
    stage_event_id: ID,
    /// The key of the stage entered, in the same pipeline.
    stage: Option<String>,
    /// When it happened.
    occurred_at: Option<DateTime>,
    /// Accept it although it then lies on the other side of other events.
    #[graphql(default)]
    backdated: bool,
    /// Why; null for no reason.
    reason: MaybeUndefined<String>,
    /// It did not happen at all. Then leave everything else out.
    #[graphql(default)]
    retract: bool,
    /// Repeating the mutation with the same key gives the same correction.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a stage event.
    RecordStageEventPayload {
        /// The stage event.
        stage_event: StageEvent
    }
    /// What came of correcting a stage event.
    CorrectStageEventPayload {
        /// The stage event that takes the place of the corrected one.
        stage_event: StageEvent
    }
}

bulk_payloads! {
    /// What came of recording stage events.
    RecordStageEventsPayload, RecordStageEventsResult {
        /// The stage event.
        stage_event: StageEvent
    }
}

/// Recording stage events.
#[derive(Debug, Default)]
pub struct StageEventMutation;

#[Object]
impl StageEventMutation {
    /// Records the entry of a person or account into a stage. Who works for a resource may do so for the stages of that
    /// one only.
    async fn record_stage_event(&self, ctx: &Context<'_>, input: RecordStageEventInput) -> Result<RecordStageEventPayload> {
        let scope = ctx.authorize::<StageWrite>()?;
        let new = input.event.read("input")?;
        let recorded = service::record_stage_event(&scope, new, input.idempotency_key.as_deref()).await;
        RecordStageEventPayload::settle(recorded.map(StageEvent))
    }

    /// Records many stage events at once: those that are accepted stay, the others are named with the reason.
    async fn record_stage_events(&self, ctx: &Context<'_>, input: RecordStageEventsInput) -> Result<RecordStageEventsPayload> {
        let scope = ctx.authorize::<StageWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<_>>()?;
        RecordStageEventsPayload::settle(service::record_stage_events(&scope, items, input.idempotency_key.as_deref()).await)
    }

    /// Corrects a stage event by a new row, or takes it back.
    async fn correct_stage_event(&self, ctx: &Context<'_>, input: CorrectStageEventInput) -> Result<CorrectStageEventPayload> {
        let scope = ctx.authorize::<StageWrite>()?;
        let change = service::CorrectStageEvent {
            stage_event_id: parse_id(&input.stage_event_id, "input.stageEventId")?,
            stage: input.stage,
            occurred_at: input.occurred_at.map(|at| at.0),
            backdated: input.backdated,
            reason: input.reason.into(),
            retract: input.retract,
            idempotency_key: input.idempotency_key,
        };
        CorrectStageEventPayload::settle(service::correct_stage_event(&scope, &change).await.map(StageEvent))
    }
}
