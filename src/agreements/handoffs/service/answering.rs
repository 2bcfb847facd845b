//! What the offering side does about what it offered: it takes an offer back, takes note of a rejection, or contests it.

use entity::handoff;
use entity::ids::HandoffId;
use entity::kinds::HandoffEventKind;
use serde::Serialize;

use super::course::{Course, Done, recalled};
use crate::auth::Scope;
use crate::auth::permission::grant::HandoffOffer;
use crate::db::Idempotent;
use crate::error::{Problems, Result};
use crate::input;
use crate::metrics::sla::handoff::Act;

/// Something the offering side does about a handoff.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerHandoff {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// More about it, in words.
    pub note: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes back an offer that was not answered yet.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where it was answered, `NOT_ALLOWED` where another resource offered it.
pub async fn withdraw_handoff(scope: &Scope<HandoffOffer>, change: &AnswerHandoff) -> Result<handoff::Model> {
    answer(scope, change, "withdrawHandoff", (Act::Withdraw, HandoffEventKind::Withdrawn)).await
}

/// Takes note of a rejection.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where it is not rejected, or was acknowledged already, `NOT_ALLOWED` where another
/// resource offered it.
pub async fn acknowledge_rejection(scope: &Scope<HandoffOffer>, change: &AnswerHandoff) -> Result<handoff::Model> {
    answer(scope, change, "acknowledgeRejection", (Act::Acknowledge, HandoffEventKind::Acknowledged)).await
}

/// Does not agree with a rejection, which takes note of it too.
///
/// # Errors
/// Problems with the fields: `HANDOFF_STATE` where it is not rejected, or was contested before, `NOT_ALLOWED` where another resource
/// offered it; with `note` where there is none.
pub async fn contest_rejection(scope: &Scope<HandoffOffer>, change: &AnswerHandoff) -> Result<handoff::Model> {
    answer(scope, change, "contestRejection", (Act::Contest, HandoffEventKind::Contested)).await
}

async fn answer(
    scope: &Scope<HandoffOffer>,
    change: &AnswerHandoff,
    operation: &'static str,
    (act, kind): (Act, HandoffEventKind),
) -> Result<handoff::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), operation, change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<HandoffId>(&tx).await? {
        return recalled(&tx, id).await;
    }
    let course = Course::of(&tx, scope, change.handoff_id).await?;
    let mut problems = Problems::new();
    // Who may not is not told how it stands.
    if problems.take(scope.covers(course.row.from_resource, "handoffId"))?.is_some() {
        problems.take(course.may(act))?;
    }
    let note = match (act, change.note.as_deref()) {
        (Act::Contest, note) => problems.take(input::text("note", note.unwrap_or_default(), input::NOTE))?,
        (_, note) => problems.take(input::optional_text("note", note, input::NOTE))?.flatten(),
    };
    problems.check()?;
    course.put(&tx, scope, kind, Done { note, ..Done::default() }).await?;
    match act {
        Act::Withdraw => course.cancel_clocks(&tx, scope, kind).await?,
        _ => course.note_rejection(&tx, scope).await?,
    }
    course.settle(tx, scope, &once).await
}
