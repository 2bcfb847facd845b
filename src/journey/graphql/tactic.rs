//! Tactics: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::ids::TacticId;
use entity::kinds::{Channel, Resource};
use entity::tactic;

use super::{TouchConnection, touches_of};
use crate::auth::permission::grant::{DirectoryRead, JourneyRead, TacticRead, TacticWrite};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, LocalDate, int};
use crate::journey::service::{self, TouchesOf};
use crate::organization::graphql::{Member, Team};
use crate::{connections, payloads};

/// A campaign, programme or play, owned by one resource.
#[derive(Clone, Debug, Description)]
pub struct Tactic(tactic::Model);

impl From<tactic::Model> for Tactic {
    fn from(row: tactic::Model) -> Self {
        Self(row)
    }
}

impl Tactic {
    /// The tactic with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read tactics.
    pub async fn find(ctx: &Context<'_>, id: TacticId) -> Result<Option<Self>> {
        ctx.authorize::<TacticRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Tactic {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The resource that owns it.
    async fn resource(&self) -> Resource {
        self.0.resource
    }

    /// Where it mostly happens.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// The team that runs it; null also where you may not read teams.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.0.team_id {
            Some(id) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The member who runs it; null also where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// Its first local day.
    async fn starts_on(&self) -> Option<LocalDate> {
        self.0.starts_on.map(LocalDate)
    }

    /// Its last local day.
    async fn ends_on(&self) -> Option<LocalDate> {
        self.0.ends_on.map(LocalDate)
    }

    /// What another system calls it.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// The touches that are part of it, latest first, without those that were corrected or taken back.
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
        touches_of(ctx, TouchesOf::Tactic(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
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
    TacticConnection, TacticEdge, Tactic, "tactics";
}

impl Loader<TacticId> for Loads {
    type Value = tactic::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[TacticId]) -> Result<HashMap<TacticId, tactic::Model>, Arc<Error>> {
        service::tactics_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// A new tactic.
#[derive(InputObject)]
pub struct CreateTacticInput {
    /// What it is called; unique.
    name: String,
    /// The resource that owns it; fixed once money was spent on it or a touch is part of it.
    resource: Resource,
    /// Where it mostly happens.
    channel: Channel,
    /// The team that runs it.
    team_id: Option<ID>,
    /// The member who runs it. Default: you, unless you may run everything.
    owner_id: Option<ID>,
    /// Its first local day.
    starts_on: Option<LocalDate>,
    /// Its last local day.
    ends_on: Option<LocalDate>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
    /// Repeating the mutation with the same key gives the same tactic.
    idempotency_key: Option<String>,
}

/// Changes of a tactic; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseTacticInput {
    /// The tactic.
    tactic_id: ID,
    /// What it is called; unique.
    name: Option<String>,
    /// The resource that owns it; fixed once money was spent on it or a touch is part of it.
    resource: Option<Resource>,
    /// Where it mostly happens.
    channel: Option<Channel>,
    /// The team that runs it; null for none.
    team_id: MaybeUndefined<ID>,
    /// The member who runs it; null for nobody.
    owner_id: MaybeUndefined<ID>,
    /// Its first local day; null for none.
    starts_on: MaybeUndefined<LocalDate>,
    /// Its last local day; null for none.
    ends_on: MaybeUndefined<LocalDate>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

fn day_patch(day: MaybeUndefined<LocalDate>) -> Option<Option<NaiveDate>> {
    day.map_value(|day| day.0).into()
}

payloads! {
    /// What came of creating a tactic.
    CreateTacticPayload {
        /// The new tactic.
        tactic: Tactic
    }
    /// What came of revising a tactic.
    ReviseTacticPayload {
        /// The tactic as it is now.
        tactic: Tactic
    }
}

/// Changing tactics.
#[derive(Debug, Default)]
pub struct TacticMutation;

#[Object]
impl TacticMutation {
    /// Creates a tactic. Who works for a resource may do so for that one only.
    async fn create_tactic(&self, ctx: &Context<'_>, input: CreateTacticInput) -> Result<CreateTacticPayload> {
        let scope = ctx.authorize::<TacticWrite>()?;
        let new = service::NewTactic {
            name: input.name,
            resource: input.resource,
            channel: input.channel,
            team_id: parse_optional_id(input.team_id.as_ref(), "input.teamId")?,
            owner_id: parse_optional_id(input.owner_id.as_ref(), "input.ownerId")?,
            starts_on: input.starts_on.map(|day| day.0),
            ends_on: input.ends_on.map(|day| day.0),
            external_id: input.external_id.map(Into::into),
        };
        CreateTacticPayload::settle(service::create_tactic(&scope, new, input.idempotency_key.as_deref()).await.map(Tactic))
    }

    /// Changes a tactic.
    async fn revise_tactic(&self, ctx: &Context<'_>, input: ReviseTacticInput) -> Result<ReviseTacticPayload> {
        let scope = ctx.authorize::<TacticWrite>()?;
        let change = service::ReviseTactic {
            tactic_id: parse_id(&input.tactic_id, "input.tacticId")?,
            name: input.name,
            resource: input.resource,
            channel: input.channel,
            team_id: parse_patch_id(input.team_id, "input.teamId")?,
            owner_id: parse_patch_id(input.owner_id, "input.ownerId")?,
            starts_on: day_patch(input.starts_on),
            ends_on: day_patch(input.ends_on),
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseTacticPayload::settle(service::revise_tactic(&scope, &change).await.map(Tactic))
    }
}
