//! What happens to opportunities, and how they stand.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::ids::OpportunityEventId;
use entity::kinds::{OpportunityEventKind, OpportunityOutcome};
use entity::opportunity_event;

use super::Opportunity;
use crate::auth::Scope;
use crate::auth::permission::Permission;
use crate::auth::permission::grant::{CloseRead, ContactRead, OpportunityRead};
use crate::credit::graphql::Close;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::metric;
use crate::graphql::scalar::{DateTime, LocalDate};
use crate::organization::graphql::Member;
use crate::pipeline::service;

/// How an opportunity that ended did so. There is no third way: why it was not won is its outcome.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::opportunity_standing::Status")]
pub enum OpportunityStatus {
    /// They bought.
    Won,
    /// They did not.
    Lost,
}

/// How an opportunity stands.
#[derive(Clone, Debug, SimpleObject)]
pub struct OpportunityStanding {
    /// As seen at this instant.
    as_of: DateTime,
    /// Whether it was won or lost; null while it is open.
    status: Option<OpportunityStatus>,
    /// How it ended; null while it is open.
    outcome: Option<OpportunityOutcome>,
    /// When it ended.
    closed_at: Option<DateTime>,
    /// That it rests; null where it does not. It is no way to end.
    stalled: Option<OpportunityStall>,
}

/// That an opportunity rests.
#[derive(Clone, Debug, SimpleObject)]
pub struct OpportunityStall {
    /// Since when.
    since: DateTime,
    /// Why; null also where you may not read contact data, and once somebody of the deal was erased.
    reason: Option<String>,
    /// The local day it is expected to go on.
    resumes_on: LocalDate,
}

/// How an opportunity stands by its events.
pub(super) fn standing_of(
    scope: &Scope<OpportunityRead>,
    rows: &[opportunity_event::Model],
    as_of: Option<DateTime>,
) -> Result<OpportunityStanding> {
    let wanted = as_of.map(|at| at.0);
    let instant = metric::as_of(as_of, scope.now())?;
    let stands = service::standing(rows, wanted)?;
    Ok(OpportunityStanding {
        as_of: DateTime(instant),
        status: stands.status.map(Into::into),
        outcome: stands.outcome,
        closed_at: stands.closed_at.map(DateTime),
        stalled: stands.stall.map(|stall| OpportunityStall {
            since: DateTime(stall.since),
            reason: stall.reason.filter(|_| scope.rights().reach(Permission::ContactRead).is_some()),
            resumes_on: LocalDate(stall.resumes_on),
        }),
    })
}

/// Something that happened to an opportunity.
#[derive(Clone, Debug, Description)]
pub struct OpportunityEvent(opportunity_event::Model);

impl From<opportunity_event::Model> for OpportunityEvent {
    fn from(row: opportunity_event::Model) -> Self {
        Self(row)
    }
}

impl OpportunityEvent {
    /// The event with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read opportunities.
    pub async fn find(ctx: &Context<'_>, id: OpportunityEventId) -> Result<Option<Self>> {
        ctx.authorize::<OpportunityRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl OpportunityEvent {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// To what it happened.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Opportunity> {
        Opportunity::find(ctx, self.0.opportunity_id).await?.ok_or(Error::broken("an event has its opportunity"))
    }

    /// What happened.
    async fn kind(&self) -> OpportunityEventKind {
        self.0.kind
    }

    /// How it ended, where it did.
    async fn outcome(&self) -> Option<OpportunityOutcome> {
        self.0.outcome
    }

    /// Why, in words; null also where you may not read contact data, and once somebody of the deal was erased.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.reason.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// Who they bought from instead, in words.
    async fn competitor(&self) -> Option<&str> {
        self.0.competitor.as_deref()
    }

    /// The local day it is expected to go on, where it rests.
    async fn resumes_on(&self) -> Option<LocalDate> {
        self.0.resumes_on.map(LocalDate)
    }

    /// The close that won it; null also where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        match self.0.close_id {
            Some(id) if ctx.permits::<CloseRead>() => Close::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

impl Loader<OpportunityEventId> for Loads {
    type Value = opportunity_event::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[OpportunityEventId]) -> Result<HashMap<OpportunityEventId, opportunity_event::Model>, Arc<Error>> {
        service::events_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}
