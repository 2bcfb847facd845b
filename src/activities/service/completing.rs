//! That activities were done, and the interactions they were.

use entity::ids::{ActivityId, MemberId, TouchId};
use entity::kinds::{ActivityEventKind, ActivityKind, ActivityOutcome, ActorKind, Direction, Resource};
use entity::time::Timestamp;
use entity::{activity, activity_event, member};
use serde::Serialize;

use super::course::{Course, recalled, settle};
use super::planning::{NewActivity, first_event, known_otherwise, owner, plan};
use crate::activities::store;
use crate::agreements::handoffs::service::attempted;
use crate::auth::Scope;
use crate::auth::permission::grant::{ActivityWrite, TouchWrite};
use crate::db::{BulkCall, Idempotent, Outcome, TenantWrite, only};
use crate::error::{Error, Problems, Result};
use crate::input;
use crate::journey::service::{NewTouch, record_touches_of};
use crate::metrics::activity_standing::is_end;

/// What is to be done next.
#[derive(Clone, Debug, Serialize)]
pub struct FollowUp {
    /// What.
    pub kind: ActivityKind,
    /// More about it, in words.
    pub subject: String,
    /// When it is due.
    pub due_at: Timestamp,
    /// Who is to do it; who did this one where it is not said.
    pub owner_id: Option<MemberId>,
}

/// That an activity was done.
#[derive(Clone, Debug, Serialize)]
pub struct Completion {
    /// What came of it.
    pub outcome: ActivityOutcome,
    /// When it was done; now where it is not said.
    pub occurred_at: Option<Timestamp>,
    /// More about it, in words.
    pub note: Option<String>,
    /// What is to be done next with the same buyer.
    pub follow_up: Option<FollowUp>,
}

/// That an activity that was planned is done.
#[derive(Clone, Debug, Serialize)]
pub struct CompleteActivity {
    /// The activity.
    pub activity_id: ActivityId,
    /// How.
    pub completion: Completion,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Tells that an activity was done. Where the buyer was reached, the interaction it was is recorded too.
///
/// # Errors
/// Problems with the fields; `FIXED` where it ended already; `ERASED` where the person was erased; [`Error::Forbidden`] where it
/// is an interaction and the caller may not record those.
pub async fn complete_activity(scope: &Scope<ActivityWrite>, change: &CompleteActivity) -> Result<activity::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "completeActivity", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ActivityId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, change.activity_id).await?;
    let event = complete(&tx, scope, &course, &change.completion).await?;
    settle(tx, scope, &once, course, event).await
}

/// An activity that was not planned before it was done.
#[derive(Clone, Debug, Serialize)]
pub struct LogActivity {
    /// What was done.
    pub activity: NewActivity,
    /// What came of it.
    pub completion: Completion,
}

/// Records an activity that was done: planned and completed in one. One that another system named, and that was planned
/// before, is completed.
///
/// # Errors
/// As planning and completing; `EXTERNAL_ID_CONFLICT` where it is known to have ended otherwise.
pub async fn log_activity(scope: &Scope<ActivityWrite>, new: LogActivity, key: Option<&str>) -> Result<activity::Model> {
    let items = [new];
    let call = BulkCall::<activity::Entity>::new(key, "logActivity", &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return only(outcomes);
    }
    let [LogActivity { activity, completion }] = items;
    let outcomes = plan(&tx, scope, &activity).await?;
    match outcomes.first() {
        Some(Outcome::Recorded(row)) => end(&tx, scope, row.id, &completion).await?,
        Some(Outcome::Unchanged(row)) => {
            let last = store::events(&tx, row.id).await?.pop().filter(|last| is_end(last.kind));
            match last {
                None => end(&tx, scope, row.id, &completion).await?,
                Some(ended) if is_told_by(&ended, &completion) && is_followed_by(&tx, row, completion.follow_up.as_ref()).await? => {}
                Some(_) => return Err(known_otherwise()),
            }
        }
        Some(Outcome::Rejected(_)) | None => {}
    }
    call.commit(tx, scope, &outcomes).await?;
    only(outcomes)
}

async fn end(tx: &TenantWrite, scope: &Scope<ActivityWrite>, id: ActivityId, completion: &Completion) -> Result<()> {
    let course = Course::of(tx, id).await?;
    let event = complete(tx, scope, &course, completion).await?;
    tx.insert::<activity_event::Entity>(event).await.map(|_| ())
}

/// Whether an activity was done as it is told. Where no moment is told, any will do.
fn is_told_by(done: &activity_event::Model, told: &Completion) -> bool {
    let note = told.note.as_deref().map(str::trim);
    done.outcome == Some(told.outcome) && done.note.as_deref() == note && told.occurred_at.is_none_or(|at| at == done.occurred_at)
}

/// Whether what is told to be done next was planned. Where nothing is told, anything may have been.
async fn is_followed_by(tx: &TenantWrite, done: &activity::Model, told: Option<&FollowUp>) -> Result<bool> {
    let Some(told) = told else { return Ok(true) };
    for next in store::follow_ups(tx, &[done.id]).await? {
        let planned = store::events(tx, next.id).await?.into_iter().next();
        let due_at = planned.and_then(|planned| planned.due_at);
        if (next.kind, next.subject.as_str(), due_at) == (told.kind, told.subject.trim(), Some(told.due_at)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes what follows from the completion of an activity, and gives the event that tells of it.
async fn complete(
    tx: &TenantWrite,
    scope: &Scope<ActivityWrite>,
    course: &Course,
    completion: &Completion,
) -> Result<activity_event::Model> {
    let mut problems = Problems::new();
    problems.take(course.goes_on())?;
    let occurred_at = completion.occurred_at.unwrap_or_else(|| scope.now());
    problems.take(input::moment("occurredAt", occurred_at, scope.now()))?;
    let note = problems.take(input::optional_text("note", completion.note.as_deref(), input::NOTE))?.flatten();
    let next = match &completion.follow_up {
        Some(wanted) => problems.take(follow_up(tx, scope, course, wanted).await.map_err(|error| error.below("followUp")))?,
        None => None,
    };
    problems.check()?;
    let touch_id = match completion.outcome {
        ActivityOutcome::Reached => touch(tx, scope, course, occurred_at).await?,
        ActivityOutcome::NotReached | ActivityOutcome::Done => None,
    };
    if let Some((row, event)) = next {
        // No system names what follows from what one of them named.
        tx.derive(async {
            tx.insert::<activity::Entity>(row).await?;
            tx.insert::<activity_event::Entity>(event).await
        })
        .await?;
    }
    attempted(tx, scope, &course.row, course.last.owner_id, occurred_at).await?;
    let outcome = Some(completion.outcome);
    Ok(activity_event::Model { outcome, note, touch_id, ..course.next(scope, ActivityEventKind::Completed, occurred_at) })
}

/// What is to be done next, with the same buyer.
async fn follow_up(
    tx: &TenantWrite,
    scope: &Scope<ActivityWrite>,
    course: &Course,
    wanted: &FollowUp,
) -> Result<(activity::Model, activity_event::Model)> {
    let mut problems = Problems::new();
    let subject = problems.take(input::text("subject", &wanted.subject, input::NAME))?.unwrap_or_default();
    let due_at = problems.take(input::plan("dueAt", wanted.due_at))?;
    let owner_id = problems.take(owner(tx, scope, wanted.owner_id, Some(course.last.owner_id)).await)?;
    problems.check()?;
    let row = activity::Model {
        id: scope.next_id(),
        kind: wanted.kind,
        subject,
        direction: Direction::Outbound,
        follows_id: Some(course.row.id),
        source: None,
        external_id: None,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
        ..course.row.clone()
    };
    let event = first_event(scope, row.id, owner_id.unwrap_or(course.last.owner_id), due_at);
    Ok((row, event))
}

/// Records the interaction an activity was, where it was one.
async fn touch(tx: &TenantWrite, scope: &Scope<ActivityWrite>, course: &Course, occurred_at: Timestamp) -> Result<Option<TouchId>> {
    let Some((kind, channel)) = course.row.kind.touch() else { return Ok(None) };
    let recorder = scope.also::<TouchWrite>()?;
    let owner = tx.get::<member::Entity>(course.last.owner_id).await?;
    let new = NewTouch {
        occurred_at,
        kind,
        channel: Some(channel),
        actor_kind: ActorKind::Seller,
        resource: Some(owner.and_then(|owner| owner.resource).unwrap_or(Resource::Sales)),
        direction: Some(course.row.direction),
        tactic_id: None,
        content_id: None,
        person_id: course.row.person_id,
        account_id: course.row.account_id,
        external_id: None,
    };
    // Whoever is to do it may do so with a buyer of somebody else's; the activity named the buyer before.
    let recorded = tx.derive(record_touches_of(tx, &recorder, course.buyers.clone(), std::slice::from_ref(&new))).await?;
    // The resource is that of the owner; what reaches no further than another one tells no outcome that is an interaction.
    only(recorded).map(|touch| Some(touch.id)).map_err(|error: Error| error.renamed("resource", "outcome"))
}
