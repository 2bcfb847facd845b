//! Clocks: the type.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::{ServiceAgreementId, SlaClockId};
use entity::kinds::{ClauseKind, Resource, StepKind};
use entity::time::Timestamp;
use entity::{agreement_clause, clock_event, sla_clock, sla_step};

use super::loads::{ClockEventsOf, StepsOf};
use super::{Handoff, SlaClockEvent, SlaPause};
use crate::agreements::graphql::{AgreementClause, BusinessCalendarVersion};
use crate::agreements::handoffs::service::{self, Spent};
use crate::auth::permission::grant::{AgreementRead, HandoffRead};
use crate::connections;
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::metrics::sla::clock::State;
use crate::organization::graphql::Member;

/// How a clock stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::sla::clock::State")]
pub enum SlaClockState {
    /// It runs, and there is time left.
    Running,
    /// It stands still, and there is time left.
    Paused,
    /// What is owed was done in time.
    Met,
    /// What is owed was done, too late.
    Late,
    /// What is owed was not done, and the time is over.
    Overdue,
    /// Nothing was owed any more while there was time left.
    Cancelled,
}

/// The time that runs for one clause of one handoff. It counts business time only.
#[derive(Clone, Debug, Description)]
pub struct SlaClock(sla_clock::Model);

impl From<sla_clock::Model> for SlaClock {
    fn from(row: sla_clock::Model) -> Self {
        Self(row)
    }
}

impl SlaClock {
    /// The clock with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read handoffs.
    pub async fn find(ctx: &Context<'_>, id: SlaClockId) -> Result<Option<Self>> {
        ctx.authorize::<HandoffRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// How it stands at an instant.
    pub(super) fn stands(&self, now: Timestamp) -> SlaClockState {
        service::clock_state(&self.0, now).into()
    }

    /// The agreement it is of.
    pub(super) async fn agreement(&self, ctx: &Context<'_>) -> Result<ServiceAgreementId> {
        let handoff = Handoff::find(ctx, self.0.handoff_id).await?.ok_or(Error::broken("a clock has its handoff"))?;
        Ok(handoff.terms(ctx).await?.agreement.id)
    }

    async fn rows_of_events(&self, ctx: &Context<'_>) -> Result<Vec<clock_event::Model>> {
        ctx.authorize::<HandoffRead>()?;
        Ok(ctx.loads()?.load_one(ClockEventsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }

    async fn row_of_clause(&self, ctx: &Context<'_>) -> Result<agreement_clause::Model> {
        ctx.authorize::<HandoffRead>()?;
        let clause = ctx.loads()?.load_one(super::loads::ClauseOf(self.0.clause_id)).await.map_err(Arc::unwrap_or_clone)?;
        clause.ok_or(Error::broken("a clock is of a clause"))
    }

    /// What of its time it has used, and what is left.
    async fn spent(&self, ctx: &Context<'_>) -> Result<Spent> {
        let now = ctx.authorize::<HandoffRead>()?.now();
        let events = self.rows_of_events(ctx).await?;
        let hours = service::counted(&self.0, &events).hours;
        let time = ctx.loads()?.load_one(super::loads::TimeOf(hours)).await.map_err(Arc::unwrap_or_clone)?;
        let time = time.ok_or(Error::broken("the hours of a clock are there"))?;
        Ok(service::spent(&self.0, &self.row_of_clause(ctx).await?, &time, &events, now))
    }
}

#[Object(use_type_description)]
impl SlaClock {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The handoff it is about.
    async fn handoff(&self, ctx: &Context<'_>) -> Result<Handoff> {
        Handoff::find(ctx, self.0.handoff_id).await?.ok_or(Error::broken("a clock is of a handoff"))
    }

    /// What is owed.
    async fn kind(&self, ctx: &Context<'_>) -> Result<ClauseKind> {
        Ok(self.row_of_clause(ctx).await?.kind)
    }

    /// The clause by which it is owed; null where you may not read agreements.
    async fn clause(&self, ctx: &Context<'_>) -> Result<Option<AgreementClause>> {
        if ctx.permits::<AgreementRead>() { AgreementClause::find(ctx, self.0.clause_id).await } else { Ok(None) }
    }

    /// Who owes it.
    async fn resource(&self) -> Resource {
        self.0.resource
    }

    /// How many attempts it takes.
    async fn wanted(&self) -> i32 {
        int(self.0.wanted)
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// Until when there is time, that instant included; null while it stands still, and where it has time for ever. Of one that was
    /// cancelled, until when there would have been.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime)
    }

    /// How it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<SlaClockState> {
        Ok(self.stands(ctx.authorize::<HandoffRead>()?.now()))
    }

    /// When what is owed was done, in time or not; null until then, and where it was cancelled before. What was done in time counts as
    /// done in time though it was recorded later: the `recordedAt` of its event tells when that was.
    async fn met_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let state = service::clock_state(&self.0, ctx.authorize::<HandoffRead>()?.now());
        Ok(self.0.met_at.filter(|_| matches!(state, State::Met | State::Late)).map(DateTime))
    }

    /// The business time it has used so far, or until it came to its end, in hours, minutes and seconds.
    async fn elapsed(&self, ctx: &Context<'_>) -> Result<Duration> {
        Ok(Duration::in_hours(self.spent(ctx).await?.elapsed))
    }

    /// The business time that is left, in hours, minutes and seconds; null where it has time for ever.
    async fn remaining(&self, ctx: &Context<'_>) -> Result<Option<Duration>> {
        Ok(self.spent(ctx).await?.remaining.map(Duration::in_hours))
    }

    /// The hours by which it is reckoned: the newest of its calendar when it began, or when it was reckoned anew; null where you may not
    /// read agreements.
    async fn calendar_version(&self, ctx: &Context<'_>) -> Result<Option<BusinessCalendarVersion>> {
        let hours = service::counted(&self.0, &self.rows_of_events(ctx).await?).hours;
        if ctx.permits::<AgreementRead>() { BusinessCalendarVersion::find(ctx, hours).await } else { Ok(None) }
    }

    /// When it stood still.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn pauses(&self, ctx: &Context<'_>) -> Result<Vec<SlaPause>> {
        let counted = service::counted(&self.0, &self.rows_of_events(ctx).await?);
        Ok(counted.pauses.as_slice().iter().copied().map(SlaPause::from).collect())
    }

    /// What counts for it, in the order in which it was recorded.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<SlaClockEvent>> {
        Ok(self.rows_of_events(ctx).await?.into_iter().map(SlaClockEvent::from).collect())
    }

    /// What falls due on it, or fell due: what is first comes first, what is not due last.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<SlaStep>> {
        ctx.authorize::<HandoffRead>()?;
        let rows = ctx.loads()?.load_one(StepsOf(self.0.handoff_id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default();
        Ok(rows.into_iter().filter(|row| row.clock_id == Some(self.0.id)).map(SlaStep::from).collect())
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    SlaClockConnection, SlaClockEdge, SlaClock, "clocks";
}

/// Something that falls due on a handoff or a clock. It is carried out once.
#[derive(Clone, Debug, Description)]
pub struct SlaStep(sla_step::Model);

impl From<sla_step::Model> for SlaStep {
    fn from(row: sla_step::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl SlaStep {
    /// What falls due.
    async fn kind(&self) -> StepKind {
        self.0.kind
    }

    /// When; null while nothing falls due, for it was done before, stands still or was cancelled.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime)
    }

    /// When it was carried out; null until then.
    async fn fired_at(&self) -> Option<DateTime> {
        self.0.fired_at.map(DateTime)
    }

    /// Whom it was told to, or who has to do it now; null also where you may not read members.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.member_id).await
    }
}
