//! What happens to handoffs and counts for clocks: the types.

use async_graphql::{Context, Description, Object};
use entity::kinds::{ClockEventKind, HandoffEventKind, RejectReason};
use entity::{clock_event, handoff_event};

use crate::activities::graphql::Activity;
use crate::agreements::graphql::BusinessCalendarVersion;
use crate::agreements::handoffs::service::Owned;
use crate::auth::permission::grant::{ActivityRead, AgreementRead, ContactRead};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::scalar::DateTime;
use crate::metrics::sla::Pause;
use crate::organization::graphql::Member;

/// Something that happened to a handoff. Its offer is the first.
#[derive(Clone, Debug, Description)]
pub struct HandoffEvent(handoff_event::Model);

impl From<handoff_event::Model> for HandoffEvent {
    fn from(row: handoff_event::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl HandoffEvent {
    /// What happened.
    async fn kind(&self) -> HandoffEventKind {
        self.0.kind
    }

    /// Whose it was from then on; null while it was nobody's, and where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// Why it was rejected, where it was.
    async fn reason(&self) -> Option<RejectReason> {
        self.0.reason
    }

    /// More about it, in words; null also where you may not read contact data, and once somebody it is about was erased after it was written.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.note.as_deref().filter(|_| ctx.permits::<ContactRead>())
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

/// Whose a handoff was for a time.
#[derive(Clone, Copy, Debug, Description)]
pub struct HandoffOwner(Owned);

impl From<Owned> for HandoffOwner {
    fn from(owned: Owned) -> Self {
        Self(owned)
    }
}

#[Object(use_type_description)]
impl HandoffOwner {
    /// Whose it was; null while it was nobody's, and where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// Since when.
    async fn from(&self) -> DateTime {
        DateTime(self.0.from)
    }

    /// Until when; null while it lasts.
    async fn to(&self) -> Option<DateTime> {
        self.0.to.map(DateTime)
    }
}

/// Something that counts for a clock.
#[derive(Clone, Debug, Description)]
pub struct SlaClockEvent(clock_event::Model);

impl From<clock_event::Model> for SlaClockEvent {
    fn from(row: clock_event::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl SlaClockEvent {
    /// What happened.
    async fn kind(&self) -> ClockEventKind {
        self.0.kind
    }

    /// The activity that was an attempt; null where it was something else, and where you may not see it.
    async fn activity(&self, ctx: &Context<'_>) -> Result<Option<Activity>> {
        match self.0.activity_id {
            Some(id) if ctx.permits::<ActivityRead>() => Activity::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The hours by which it is reckoned from then on, where they changed; null also where you may not read agreements.
    async fn calendar_version(&self, ctx: &Context<'_>) -> Result<Option<BusinessCalendarVersion>> {
        match self.0.calendar_version_id {
            Some(id) if ctx.permits::<AgreementRead>() => BusinessCalendarVersion::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Why, in words or by what was done to the handoff; null also where you may not read contact data, and once somebody it is about was
    /// erased after it was written.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.reason.as_deref().filter(|_| ctx.permits::<ContactRead>())
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

/// Time for which a clock stood still.
#[derive(Clone, Copy, Debug, Description)]
pub struct SlaPause(Pause);

impl From<Pause> for SlaPause {
    fn from(pause: Pause) -> Self {
        Self(pause)
    }
}

#[Object(use_type_description)]
impl SlaPause {
    /// Since when.
    async fn from(&self) -> DateTime {
        DateTime(self.0.from)
    }

    /// Until when; null while it lasts.
    async fn to(&self) -> Option<DateTime> {
        self.0.to.map(DateTime)
    }
}
