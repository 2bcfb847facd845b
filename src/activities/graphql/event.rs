//! What happens to activities: the type.

use async_graphql::{Context, Description, Object};
use entity::activity_event;
use entity::kinds::{ActivityEventKind, ActivityOutcome};

use crate::auth::permission::grant::{ContactRead, DirectoryRead, JourneyRead};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::scalar::DateTime;
use crate::journey::graphql::Touch;
use crate::organization::graphql::Member;

/// Something that happened to an activity. Its planning is the first, its completion or cancellation the last.
#[derive(Clone, Debug, Description)]
pub struct ActivityEvent(activity_event::Model);

impl From<activity_event::Model> for ActivityEvent {
    fn from(row: activity_event::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl ActivityEvent {
    /// What happened.
    async fn kind(&self) -> ActivityEventKind {
        self.0.kind
    }

    /// Who was to do it from then on; null where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        if ctx.permits::<DirectoryRead>() { Member::find(ctx, self.0.owner_id).await } else { Ok(None) }
    }

    /// When it was due from then on; null where it was due at no moment.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime)
    }

    /// What came of it, where it was completed.
    async fn outcome(&self) -> Option<ActivityOutcome> {
        self.0.outcome
    }

    /// More about that, in words; null also where you may not read contact data, and once somebody it is about was erased after it was written.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.note.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// Why it was cancelled, in words; null also where you may not read contact data, and once somebody it is about was erased after it was written.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.reason.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// The interaction it was, where it reached the buyer, as it was recorded then; null also where you may not see it.
    async fn touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        match self.0.touch_id {
            Some(id) if ctx.permits::<JourneyRead>() => Touch::find(ctx, id).await,
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
