//! What the receiving side decides about what is offered to it, and whose it is there.
//!
//! Nobody answers what they offered themselves: not in another role, not as an API client of theirs, and not by acting for somebody
//! or having somebody act for them. Silence answers at a moment; what is told after it comes too late.

use entity::ids::{HandoffId, MemberId};
use entity::kinds::{ClauseKind, HandoffEventKind, RejectReason};
use entity::{handoff, member};
use serde::Serialize;

use super::course::{Course, Done, deciders, is_received, recalled, receiver};
use super::standing::expires;
use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::HandoffDecide;
use crate::db::{Idempotent, TenantWrite};
use crate::error::{ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::sla::handoff::Act;
use crate::roles::service::is_of_another;

/// That the receiving side takes a handoff.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptHandoff {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Whose it is from now on; the caller's, where it is nobody's and they work for the receiving resource.
    pub owner_id: Option<MemberId>,
    /// Whether clocks begin for one that is above what was agreed.
    pub start_clocks: bool,
    /// More about it, in words.
    pub note: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes a handoff.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where it does not wait for an answer, `SELF_APPROVAL` for who offered it, `NOT_ALLOWED`
/// where it is offered to another resource or is somebody else's.
pub async fn accept_handoff(scope: &Scope<HandoffDecide>, change: &AcceptHandoff) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "acceptHandoff", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let mut problems = Problems::new();
    problems.take(answers(&tx, scope, &course, Act::Accept).await)?;
    let owner_id = problems.take(taker(&tx, scope, &course, change.owner_id).await)?.flatten();
    let note = problems.take(input::optional_text("note", change.note.as_deref(), input::NOTE))?.flatten();
    problems.check()?;
    course.put(&tx, scope, HandoffEventKind::Accepted, Done { owner_id, note, reason: None }).await?;
    if change.start_clocks && expires(&course.row, &course.terms.version) {
        course.start_clocks(&tx, scope, is_received).await?;
    }
    course.settle(tx, scope, &once).await
}

/// That the receiving side does not take a handoff.
#[derive(Clone, Debug, Serialize)]
pub struct RejectHandoff {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Why.
    pub reason: RejectReason,
    /// More about that, in words.
    pub note: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Does not take a handoff. The clocks of the receiving side end, and the time begins in which the offering side is to take note.
///
/// # Errors
/// As [`accept_handoff`]; a problem with `note` where the reason is told in words only.
pub async fn reject_handoff(scope: &Scope<HandoffDecide>, change: &RejectHandoff) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "rejectHandoff", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let mut problems = Problems::new();
    problems.take(answers(&tx, scope, &course, Act::Reject).await)?;
    let note = match (change.reason, change.note.as_deref()) {
        (RejectReason::Other, note) => problems.take(input::text("note", note.unwrap_or_default(), input::NOTE))?,
        (_, note) => problems.take(input::optional_text("note", note, input::NOTE))?.flatten(),
    };
    problems.check()?;
    course.put(&tx, scope, HandoffEventKind::Rejected, Done { reason: Some(change.reason), note, owner_id: None }).await?;
    course.cancel_clocks(&tx, scope, HandoffEventKind::Rejected).await?;
    course.start_clocks(&tx, scope, |kind| kind == ClauseKind::Acknowledgement).await?;
    course.settle(tx, scope, &once).await
}

/// That the receiving side gives a handoff back that it had taken.
#[derive(Clone, Debug, Serialize)]
pub struct RecycleHandoff {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Why.
    pub note: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Gives a handoff back to be nurtured. It was accepted, and stays so in what the offering side has done. Clocks end where something was
/// tried; where nothing was, what is owed stays owed.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where the receiving side does not have it; else as [`accept_handoff`].
pub async fn recycle_handoff(scope: &Scope<HandoffDecide>, change: &RecycleHandoff) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "recycleHandoff", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let mut problems = Problems::new();
    problems.take(answers(&tx, scope, &course, Act::Recycle).await)?;
    let note = problems.take(input::text("note", &change.note, input::NOTE))?;
    problems.check()?;
    course.put(&tx, scope, HandoffEventKind::Recycled, Done { note, ..Done::default() }).await?;
    course.cancel_begun_clocks(&tx, scope, HandoffEventKind::Recycled).await?;
    course.settle(tx, scope, &once).await
}

/// That a handoff is somebody else's of the receiving side.
#[derive(Clone, Debug, Serialize)]
pub struct ReassignHandoff {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Whose it is from now on.
    pub owner_id: MemberId,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Gives a handoff to somebody else of the receiving side. Its clocks keep running from where they began. It is no answer.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where nobody is to see to it any more, `NOT_ALLOWED` where the caller does not reach what
/// is theirs whose it is, or is to be.
pub async fn reassign_handoff(scope: &Scope<HandoffDecide>, change: &ReassignHandoff) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reassignHandoff", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let mut problems = Problems::new();
    if problems.take(course.is_received_by(&tx, scope).await)?.is_some() {
        problems.take(course.may(Act::Reassign))?;
    }
    let owner_id = problems.take(taker(&tx, scope, &course, Some(change.owner_id)).await)?.flatten();
    if owner_id.is_some() && owner_id == course.owner_id() {
        problems.push("ownerId", ProblemCode::Invalid, "it is theirs already");
    }
    problems.check()?;
    course.put(&tx, scope, HandoffEventKind::Reassigned, Done { owner_id, ..Done::default() }).await?;
    course.settle(tx, scope, &once).await
}

/// How a contested rejection ends.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveContest {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Whether the rejection does not stand.
    pub overturned: bool,
    /// Why.
    pub note: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Ends the contest of a rejection. The receiving side may only give way: that its rejection stands is said by who decides for both.
/// Where it does not stand the handoff is accepted from now on, and the clocks begin again.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where it is not contested, `SELF_APPROVAL` for who contested it, and for who rejected it where
/// that is to stand, `NOT_ALLOWED` where it is for somebody else to say.
pub async fn resolve_contest(scope: &Scope<HandoffDecide>, change: &ResolveContest) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "resolveContest", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let act = if change.overturned { Act::Overturn } else { Act::Uphold };
    let mut problems = Problems::new();
    if problems.take(course.is_received_by(&tx, scope).await)?.is_some() {
        problems.take(course.may(act))?;
        problems.take(is_of_another(&tx, scope, (course.contested_by(), None), "handoffId").await)?;
        if !change.overturned && scope.reach() == Reach::Organization {
            problems.take(is_of_another(&tx, scope, (course.rejected_by(), None), "overturned").await)?;
        } else if !change.overturned {
            problems.take::<()>(Err(scope.out_of_reach("overturned", "who rejected it does not say that this stands")))?;
        }
    }
    let note = problems.take(input::text("note", &change.note, input::NOTE))?;
    problems.check()?;
    let kind = if change.overturned { HandoffEventKind::Overturned } else { HandoffEventKind::Upheld };
    course.put(&tx, scope, kind, Done { note, ..Done::default() }).await?;
    if change.overturned && !expires(&course.row, &course.terms.version) {
        course.start_clocks(&tx, scope, is_received).await?;
    }
    course.settle(tx, scope, &once).await
}

/// Goes on where the caller may answer, and it waits for that. Who may not is not told how it stands.
async fn answers(tx: &TenantWrite, scope: &Scope<HandoffDecide>, course: &Course, act: Act) -> Result<()> {
    course.is_received_by(tx, scope).await?;
    course.is_offered_by_another(tx, scope).await?;
    course.may(act)
}

/// Whose a handoff is to be: who is wanted, where the caller reaches what is theirs; else the caller, where it is nobody's and they
/// work for the receiving resource; `None` where nothing changes.
async fn taker(tx: &TenantWrite, scope: &Scope<HandoffDecide>, course: &Course, wanted: Option<MemberId>) -> Result<Option<MemberId>> {
    let to = course.row.to_resource;
    let Some(wanted) = wanted else {
        let own = match scope.own_id().filter(|_| course.owner_id().is_none()) {
            Some(own) => tx.get::<member::Entity>(own).await?,
            None => None,
        };
        return Ok(receiver(own.as_ref(), &deciders(tx, &own).await?, to, "ownerId").ok());
    };
    let found = tx.get::<member::Entity>(wanted).await?;
    let owner = receiver(found.as_ref(), &deciders(tx, &found).await?, to, "ownerId")?;
    match found {
        Some(found) if scope.reaches(&found) => Ok(Some(owner)),
        _ => Err(scope.out_of_reach("ownerId", "you may not do this for this member")),
    }
}
