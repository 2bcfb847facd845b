//! What happens to activities between their planning and their end, and that they are given up.

use entity::ids::{ActivityId, MemberId};
use entity::kinds::ActivityEventKind;
use entity::time::Timestamp;
use entity::{activity, activity_event};
use serde::Serialize;

use super::planning::owner;
use crate::activities::store;
use crate::auth::Scope;
use crate::auth::permission::grant::ActivityWrite;
use crate::buyers::service::{Buyers, buyers_of_row};
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::activity_standing::is_end;

/// An activity to which something is added.
pub(super) struct Course {
    pub(super) row: activity::Model,
    /// The last thing that happened to it.
    pub(super) last: activity_event::Model,
    /// With whom it is. Nobody of them is erased until the transaction ends.
    pub(super) buyers: Buyers,
}

impl Course {
    /// One that the caller sees, with what happened to it so far.
    pub(super) async fn of(tx: &TenantWrite, id: ActivityId) -> Result<Self> {
        let row = tx.get::<activity::Entity>(id).await?.ok_or_else(|| Error::unknown("activityId"))?;
        tx.within_namespace::<activity::Entity>(&row)?;
        let buyers = buyers_of_row(tx, row.person_id, row.account_id).await?;
        let last = store::events(tx, id).await?.pop().ok_or(Error::broken("an activity was planned"))?;
        Ok(Self { row, last, buyers })
    }

    /// Whether nothing more is recorded of whom it is with.
    pub(super) fn is_erased(&self) -> bool {
        !self.buyers.erased.is_empty()
    }

    /// Goes on where it is still to be done.
    pub(super) fn is_open(&self) -> Result<()> {
        if is_end(self.last.kind) {
            let message = format!("nothing more happens to it: it is {} since {}", self.last.kind.name(), self.last.recorded_at);
            return Err(Error::invalid("activityId", ProblemCode::Fixed, message));
        }
        Ok(())
    }

    /// Goes on where it is still to be done with somebody who was not erased.
    pub(super) fn goes_on(&self) -> Result<()> {
        self.is_open()?;
        self.row.person_id.map_or(Ok(()), |person| self.buyers.person(person, "activityId"))
    }

    /// The next thing that happens to it. Whose it is and when it is due stays.
    pub(super) fn next(&self, scope: &Scope<ActivityWrite>, kind: ActivityEventKind, occurred_at: Timestamp) -> activity_event::Model {
        activity_event::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            activity_id: self.row.id,
            sequence: self.last.sequence.saturating_add(1),
            kind,
            owner_id: self.last.owner_id,
            due_at: self.last.due_at,
            outcome: None,
            note: None,
            reason: None,
            touch_id: None,
            occurred_at,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        }
    }
}

/// The activity a key was used for before.
pub(super) async fn recalled(tx: &TenantWrite, id: ActivityId) -> Result<activity::Model> {
    tx.get::<activity::Entity>(id).await?.ok_or(Error::NotFound)
}

/// Writes the last thing that happens in a call, and makes it last.
pub(super) async fn settle(
    tx: TenantWrite,
    scope: &Scope<ActivityWrite>,
    once: &Idempotent,
    course: Course,
    event: activity_event::Model,
) -> Result<activity::Model> {
    tx.insert::<activity_event::Entity>(event).await?;
    remember(&tx, once, scope.next_id(), scope.now(), &course.row.id).await?;
    tx.commit().await?;
    Ok(course.row)
}

/// That an activity is due at another moment.
#[derive(Clone, Debug, Serialize)]
pub struct RescheduleActivity {
    /// The activity.
    pub activity_id: ActivityId,
    /// When it is due from now on.
    pub due_at: Timestamp,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Moves an activity to another moment.
///
/// # Errors
/// Problems with the fields; `FIXED` where it ended already; `ERASED` where the person was erased.
pub async fn reschedule_activity(scope: &Scope<ActivityWrite>, change: &RescheduleActivity) -> Result<activity::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "rescheduleActivity", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ActivityId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, change.activity_id).await?;
    let mut problems = Problems::new();
    problems.take(course.goes_on())?;
    let due_at = problems.take(input::plan("dueAt", change.due_at))?;
    problems.check()?;
    let event = activity_event::Model { due_at, ..course.next(scope, ActivityEventKind::Rescheduled, scope.now()) };
    settle(tx, scope, &once, course, event).await
}

/// That somebody else is to do an activity.
#[derive(Clone, Debug, Serialize)]
pub struct ReassignActivity {
    /// The activity.
    pub activity_id: ActivityId,
    /// Who is to do it from now on.
    pub owner_id: MemberId,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Gives an activity to somebody else.
///
/// # Errors
/// Problems with the fields; `FIXED` where it ended already; `ERASED` where the person was erased.
pub async fn reassign_activity(scope: &Scope<ActivityWrite>, change: &ReassignActivity) -> Result<activity::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reassignActivity", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ActivityId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, change.activity_id).await?;
    let mut problems = Problems::new();
    problems.take(course.goes_on())?;
    let owner_id = problems.take(owner(&tx, scope, Some(change.owner_id), None).await)?.unwrap_or(course.last.owner_id);
    problems.check()?;
    let event = activity_event::Model { owner_id, ..course.next(scope, ActivityEventKind::Reassigned, scope.now()) };
    settle(tx, scope, &once, course, event).await
}

/// That an activity will not be done.
#[derive(Clone, Debug, Serialize)]
pub struct CancelActivity {
    /// The activity.
    pub activity_id: ActivityId,
    /// Why.
    pub reason: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Gives an activity up. One with a person who was erased may be given up too; why is not kept of that one.
///
/// # Errors
/// Problems with the fields; `FIXED` where it ended already.
pub async fn cancel_activity(scope: &Scope<ActivityWrite>, change: &CancelActivity) -> Result<activity::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "cancelActivity", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ActivityId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, change.activity_id).await?;
    let mut problems = Problems::new();
    problems.take(course.is_open())?;
    let reason = problems.take(input::text("reason", &change.reason, input::NOTE))?;
    problems.check()?;
    let reason = reason.filter(|_| !course.is_erased());
    let event = activity_event::Model { reason, ..course.next(scope, ActivityEventKind::Cancelled, scope.now()) };
    settle(tx, scope, &once, course, event).await
}
