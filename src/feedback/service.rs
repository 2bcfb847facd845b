//! Use cases of feedback.

use std::collections::HashMap;

use entity::ids::{ContentId, FeedbackId, HandoffId, ServiceAgreementId, TacticId, TypedId};
use entity::kinds::{FeedbackKind, FeedbackOutcome, Resource};
use entity::time::Timestamp;
use entity::{content, feedback, feedback_acknowledgement, handoff, sla_clock, tactic};
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::agreements::service::{Terms, in_force, terms_of};
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::{FeedbackRead, FeedbackWrite};
use crate::buyers::service::buyers_of_row;
use crate::db::{Idempotent, Listing, PageRequest, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::definition::Definition;
use crate::metrics::feedback_standing::State;
use crate::metrics::sla::Pauses;
use crate::roles::service::is_of_another;

/// What is wanted of what was told; what is `None` or empty does not narrow.
#[derive(Clone, Debug, Default)]
pub struct FeedbackFilter {
    /// Who told it.
    pub from: Option<Resource>,
    /// Who was told, one of these; empty for anybody.
    pub to: Vec<Resource>,
    /// What it is.
    pub kind: Option<FeedbackKind>,
    /// The handoff it is about.
    pub handoff_id: Option<HandoffId>,
    /// The tactic it is about.
    pub tactic_id: Option<TacticId>,
    /// The content it is about.
    pub content_id: Option<ContentId>,
    /// The key of the metric whose definition it is about.
    pub metric_key: Option<String>,
    /// How it stands now, in one of these ways; empty for any.
    pub states: Vec<State>,
}

/// A page of what was told, the latest first.
///
/// # Errors
/// What the database says.
pub async fn told(
    scope: &Scope<FeedbackRead>,
    filter: &FeedbackFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<feedback::Model>> {
    store::told(&scope.read().await?, filter, scope.now()).listing(page, with_total).await
}

/// What was told with some ids.
///
/// # Errors
/// What the database says.
pub async fn told_by_id(scope: &Scope<FeedbackRead>, ids: &[FeedbackId]) -> Result<HashMap<FeedbackId, feedback::Model>> {
    let rows = scope.read().await?.get_many::<feedback::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A page of what was told of each of some handoffs, the latest first.
///
/// # Errors
/// What the database says.
pub async fn told_of(
    scope: &Scope<FeedbackRead>,
    handoffs: &[HandoffId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<feedback::Model>>> {
    let tx = scope.read().await?;
    let rows = store::told_of(&tx, handoffs);
    rows.pages_within(store::FEEDBACK_HANDOFF, |row| row.handoff_id.map(TypedId::uuid), page, with_total).await
}

/// That some of it was acknowledged; what was not is left out.
///
/// # Errors
/// What the database says.
pub async fn acknowledgements_of(
    scope: &Scope<FeedbackRead>,
    ids: &[FeedbackId],
) -> Result<HashMap<FeedbackId, feedback_acknowledgement::Model>> {
    let rows = store::acknowledgements_of(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().map(|row| (row.feedback_id, row)).collect())
}

/// Something to tell another resource.
#[derive(Clone, Debug, Serialize)]
pub struct SendFeedback {
    /// Who tells.
    pub from: Resource,
    /// Who is told.
    pub to: Resource,
    /// What it is.
    pub kind: FeedbackKind,
    /// The handoff it is about.
    pub handoff_id: Option<HandoffId>,
    /// The tactic it is about.
    pub tactic_id: Option<TacticId>,
    /// The content it is about.
    pub content_id: Option<ContentId>,
    /// The key of the metric whose definition it is about.
    pub metric_key: Option<String>,
    /// The agreement by which it is to be acknowledged; that of the handoff, where there is one.
    pub agreement_id: Option<ServiceAgreementId>,
    /// What is told.
    pub body: String,
    /// Repeating it tells it once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Tells another resource something.
///
/// # Errors
/// Problems with `fromResource`, `toResource`, `kind`, `handoffId`, `tacticId`, `contentId`, `metricKey`, `agreementId`,
/// `body`.
pub async fn send_feedback(scope: &Scope<FeedbackWrite>, new: &SendFeedback) -> Result<feedback::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "sendFeedback", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<FeedbackId>(&tx).await? {
        return tx.get::<feedback::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    problems.take(scope.covers(new.from, "fromResource"))?;
    if new.from == new.to {
        problems.push("toResource", ProblemCode::SelfReference, "has to be another resource");
    }
    if new.kind == FeedbackKind::Breach {
        problems.push("kind", ProblemCode::NotAllowed, "breaches are told by the clocks");
    }
    let body = problems.take(input::text("body", &new.body, input::NOTE))?.unwrap_or_default();
    let handoff = match new.handoff_id {
        Some(id) => problems.take(of_handoff(&tx, id).await)?,
        None => None,
    };
    if let Some(id) = new.tactic_id {
        problems.take(tx.get::<tactic::Entity>(id).await?.ok_or_else(|| Error::unknown("tacticId")))?;
    }
    if let Some(id) = new.content_id {
        problems.take(tx.get::<content::Entity>(id).await?.ok_or_else(|| Error::unknown("contentId")))?;
    }
    if new.metric_key.as_deref().is_some_and(|key| Definition::with_key(key).is_none()) {
        problems.push("metricKey", ProblemCode::NotFound, "there is no metric with this key");
    }
    let terms = problems.take(terms(&tx, scope.now(), new, handoff.as_ref()).await)?.flatten();
    problems.check()?;
    let acknowledge_by = match terms {
        Some(terms) => acknowledge_by(&terms, scope.now())?,
        None => None,
    };
    let row = feedback::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        from_resource: new.from,
        to_resource: new.to,
        kind: new.kind,
        handoff_id: new.handoff_id,
        clock_id: None,
        tactic_id: new.tactic_id,
        content_id: new.content_id,
        metric_key: new.metric_key.clone(),
        body,
        acknowledge_by,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    let row = tx.insert::<feedback::Entity>(row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// The terms by which something is to be acknowledged: those of an agreement that is named, else those a handoff was offered under.
async fn terms(tx: &TenantWrite, now: Timestamp, new: &SendFeedback, handoff: Option<&handoff::Model>) -> Result<Option<Terms>> {
    let binds_both = |terms: &Terms| {
        let sides = [terms.agreement.from_resource, terms.agreement.to_resource];
        [new.from, new.to].iter().all(|resource| sides.contains(resource))
    };
    if let Some(id) = new.agreement_id {
        let terms = in_force(tx, id, now, now).await?;
        let terms = terms.ok_or_else(|| Error::invalid("agreementId", ProblemCode::AgreementState, "it is not in force"))?;
        if !binds_both(&terms) {
            let told = format!("it is not between {} and {}", new.from.name(), new.to.name());
            return Err(Error::invalid("agreementId", ProblemCode::Invalid, told));
        }
        return Ok(Some(terms));
    }
    let Some(handoff) = handoff else { return Ok(None) };
    Ok(terms_of(tx, &[handoff.version_id]).await?.remove(&handoff.version_id).filter(binds_both))
}

/// The handoff that is told about. Of who was erased no words are kept.
async fn of_handoff(tx: &TenantWrite, id: HandoffId) -> Result<handoff::Model> {
    let row = tx.get::<handoff::Entity>(id).await?.ok_or_else(|| Error::unknown("handoffId"))?;
    if buyers_of_row(tx, row.person_id, row.account_id).await?.erased.is_empty() {
        return Ok(row);
    }
    Err(Error::invalid("handoffId", ProblemCode::Erased, "they were erased"))
}

/// Until when what is told at an instant is to be acknowledged; `None` where the calendar has no more hours.
fn acknowledge_by(terms: &Terms, at: Timestamp) -> Result<Option<Timestamp>> {
    let (within, hours) = terms.acknowledgement()?;
    Ok(within.target(&hours.time, at).and_then(|target| hours.time.due(at, target, &Pauses::NONE)))
}

/// A clock that ran out.
#[derive(Clone, Copy, Debug)]
pub struct Breach<'r> {
    /// The clock.
    pub clock: &'r sla_clock::Model,
    /// The handoff it is of.
    pub handoff: &'r handoff::Model,
    /// The terms under which that was offered.
    pub terms: &'r Terms,
    /// When it ran out.
    pub due_at: Timestamp,
}

/// Tells the sides that owed something that it was not done in time: once for each clock, whoever finds it first.
///
/// # Errors
/// What the database says.
pub async fn tell_breaches<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, breaches: &[Breach<'_>]) -> Result<()> {
    let mut rows = Vec::with_capacity(breaches.len());
    for breach in breaches {
        let owing = breach.clock.resource;
        let owed = if owing == breach.handoff.to_resource { breach.handoff.from_resource } else { breach.handoff.to_resource };
        rows.push(feedback::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            from_resource: owed,
            to_resource: owing,
            kind: FeedbackKind::Breach,
            handoff_id: Some(breach.handoff.id),
            clock_id: Some(breach.clock.id),
            tactic_id: breach.handoff.tactic_id,
            content_id: None,
            metric_key: None,
            body: String::new(),
            // Told late, it may be answered as long as any other.
            acknowledge_by: acknowledge_by(breach.terms, breach.due_at.max(scope.now()))?,
            recorded_by: None,
            recorded_at: scope.now(),
        });
    }
    tx.insert_many::<feedback::Entity>(&rows).await
}

/// That a resource takes note of what it was told.
#[derive(Clone, Debug, Serialize)]
pub struct AcknowledgeFeedback {
    /// What it was told.
    pub feedback_id: FeedbackId,
    /// What comes of it.
    pub outcome: FeedbackOutcome,
    /// More about that.
    pub note: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes note of what the caller's resource was told.
///
/// # Errors
/// Problems with `feedbackId`: `NOT_ALLOWED` where another resource was told, `ALREADY_DECIDED` where somebody took note of it,
/// `SELF_APPROVAL` for who told it; with `note`.
pub async fn acknowledge_feedback(scope: &Scope<FeedbackWrite>, change: &AcknowledgeFeedback) -> Result<feedback::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "acknowledgeFeedback", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<FeedbackId>(&tx).await? {
        return tx.get::<feedback::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = tx.get::<feedback::Entity>(change.feedback_id).await?.ok_or_else(|| Error::unknown("feedbackId"))?;
    let mut problems = Problems::new();
    if problems.take(scope.covers(row.to_resource, "feedbackId"))?.is_some() {
        problems.take(is_of_another(&tx, scope, (row.recorded_by, None), "feedbackId").await)?;
    }
    let note_kept = match row.handoff_id {
        Some(id) => of_handoff(&tx, id).await.is_ok(),
        None => true,
    };
    let note = problems.take(input::optional_text("note", change.note.as_deref(), input::NOTE))?.flatten();
    if !store::acknowledgements_of(&tx, &[row.id]).await?.is_empty() {
        problems.push("feedbackId", ProblemCode::AlreadyDecided, "somebody took note of it already");
    }
    problems.check()?;
    let noted = feedback_acknowledgement::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        feedback_id: row.id,
        outcome: change.outcome,
        note: note.filter(|_| note_kept),
        // Somebody takes note.
        acknowledged_by: scope.member_id().ok_or(Error::Forbidden)?,
        recorded_at: scope.now(),
    };
    tx.insert::<feedback_acknowledgement::Entity>(noted).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
