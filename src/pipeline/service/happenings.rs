//! What happens to opportunities: how they end, rest and go on.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{OpportunityEventId, OpportunityId};
use entity::kinds::{OpportunityEventKind, OpportunityOutcome};
use entity::time::Timestamp;
use entity::{opportunity, opportunity_event};
use serde::Serialize;

use super::deals::{Deal, hold_deals};
use crate::auth::Scope;
use crate::auth::permission::grant::{OpportunityRead, OpportunityWrite};
use crate::credit;
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::opportunity_standing::{Event, Happened, Standing, Status};
use crate::pipeline::store;

/// How an opportunity stands, told in full.
#[derive(Clone, Debug, Default)]
pub struct Stands {
    /// Won or lost; `None` while it is open.
    pub status: Option<Status>,
    /// How it ended.
    pub outcome: Option<OpportunityOutcome>,
    /// When.
    pub closed_at: Option<Timestamp>,
    /// That it rests.
    pub stall: Option<Stall>,
}

/// That an opportunity rests.
#[derive(Clone, Debug)]
pub struct Stall {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// The local day it is expected to go on.
    pub resumes_on: NaiveDate,
}

/// An event as the metrics want to know it.
///
/// # Errors
/// Where it has not what its kind needs.
pub fn event_of(row: &opportunity_event::Model) -> Result<Event> {
    let happened = match (row.kind, row.outcome, row.resumes_on) {
        (OpportunityEventKind::Closed, Some(outcome), _) => Happened::Closed(outcome),
        (OpportunityEventKind::Reopened, ..) => Happened::Reopened,
        (OpportunityEventKind::Stalled, _, Some(until)) => Happened::Stalled(until),
        (OpportunityEventKind::Resumed, ..) => Happened::Resumed,
        (OpportunityEventKind::Closed | OpportunityEventKind::Stalled, ..) => {
            return Err(Error::broken("an event has what its kind needs"));
        }
    };
    Ok(Event { at: row.occurred_at, recorded_at: row.recorded_at, happened })
}

/// How an opportunity stood as of an instant, or stands by all that is known, from its events in their order.
///
/// # Errors
/// Where an event has not what its kind needs.
pub fn standing(events: &[opportunity_event::Model], as_of: Option<Timestamp>) -> Result<Stands> {
    let facts = events.iter().map(event_of).collect::<Result<Vec<_>>>()?;
    let instant = as_of.unwrap_or(Timestamp::MAX);
    let standing = Standing::at(&facts, instant, instant);
    let stall = standing.stalled.map(|(since, resumes_on)| {
        let rests = events.iter().rev().find(|row| row.kind == OpportunityEventKind::Stalled && row.occurred_at == since);
        Stall { since, reason: rests.and_then(|row| row.reason.clone()), resumes_on }
    });
    Ok(Stands {
        status: standing.status(),
        outcome: standing.closed.map(|(_, outcome)| outcome),
        closed_at: standing.closed.map(|(at, _)| at),
        stall,
    })
}

/// The events of some opportunities, in the order in which they happened. One to which nothing happened is left out.
///
/// # Errors
/// What the database says.
pub async fn events_of(
    scope: &Scope<OpportunityRead>,
    ids: &[OpportunityId],
) -> Result<HashMap<OpportunityId, Vec<opportunity_event::Model>>> {
    Ok(by_opportunity(store::events_of(&scope.read().await?, ids).await?))
}

pub(super) fn by_opportunity(rows: Vec<opportunity_event::Model>) -> HashMap<OpportunityId, Vec<opportunity_event::Model>> {
    let mut found: HashMap<OpportunityId, Vec<opportunity_event::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.opportunity_id).or_default().push(row);
    }
    found
}

/// The events with some ids.
///
/// # Errors
/// What the database says.
pub async fn events_by_id(
    scope: &Scope<OpportunityRead>,
    ids: &[OpportunityEventId],
) -> Result<HashMap<OpportunityEventId, opportunity_event::Model>> {
    let rows = scope.read().await?.get_many::<opportunity_event::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How an opportunity was lost.
#[derive(Clone, Debug, Serialize)]
pub struct CloseOpportunity {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// How it ended.
    pub outcome: OpportunityOutcome,
    /// When; it has to be said.
    pub closed_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who they bought from instead.
    pub competitor: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Closes an opportunity that was lost.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` for a win, which only account generation tells; `OPPORTUNITY_STATE` where it is
/// closed already.
pub async fn close_opportunity(scope: &Scope<OpportunityWrite>, input: &CloseOpportunity) -> Result<opportunity::Model> {
    let once = Idempotent::new(input.idempotency_key.as_deref(), "closeOpportunity", input)?;
    happen(scope, &once, input.opportunity_id, |deal, problems| lost(scope, input, deal, problems)).await
}

/// Closes an opportunity that was lost, within a transaction.
///
/// # Errors
/// As [`close_opportunity`].
pub async fn close_opportunity_in(
    tx: &TenantWrite,
    scope: &Scope<OpportunityWrite>,
    input: &CloseOpportunity,
) -> Result<opportunity::Model> {
    happen_in(tx, scope, input.opportunity_id, |deal, problems| lost(scope, input, deal, problems)).await
}

fn lost(scope: &Scope<OpportunityWrite>, input: &CloseOpportunity, deal: &Deal, problems: &mut Problems) -> Result<Next> {
    if input.outcome == OpportunityOutcome::Won {
        let message = "account generation wins an opportunity: name it there by opportunityId";
        problems.push("outcome", ProblemCode::NotAllowed, message);
    }
    if input.closed_at.is_none() {
        problems.push("closedAt", ProblemCode::Required, "say when it was closed");
    }
    if input.competitor.is_some() && input.outcome != OpportunityOutcome::LostCompetitor {
        problems.push("competitor", ProblemCode::Invalid, "only one that was lost to a competitor has one");
    }
    let reason = problems.take(input::text("reason", &input.reason, input::NOTE))?;
    let competitor = problems.take(input::optional_text("competitor", input.competitor.as_deref(), input::NAME))?.flatten();
    problems.take(deal.is_open("opportunityId"))?;
    let at = input.closed_at.unwrap_or_else(|| scope.now());
    let outcome = Some(input.outcome);
    Ok((at, "closedAt", opportunity_event::Model { outcome, reason, competitor, ..deal.next(scope, OpportunityEventKind::Closed, at) }))
}

/// That an opportunity goes on after it had ended.
#[derive(Clone, Debug, Serialize)]
pub struct ReopenOpportunity {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// When; now where it is not said.
    pub reopened_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Reopens an opportunity that was lost, or whose close was voided.
///
/// # Errors
/// Problems with the fields; `OPPORTUNITY_STATE` where it is open, or won by a close that stands.
pub async fn reopen_opportunity(scope: &Scope<OpportunityWrite>, input: &ReopenOpportunity) -> Result<opportunity::Model> {
    let once = Idempotent::new(input.idempotency_key.as_deref(), "reopenOpportunity", input)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<OpportunityId>(&tx).await? {
        return tx.get::<opportunity::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let deals = hold_deals(&tx, [input.opportunity_id]).await?;
    let deal = deals.get(input.opportunity_id, "opportunityId")?;
    let mut problems = Problems::new();
    let reason = problems.take(input::text("reason", &input.reason, input::NOTE))?;
    if deal.stands()?.outcome.is_none() {
        problems.push("opportunityId", ProblemCode::OpportunityState, "it is open");
    } else if let Some(close) = deal.events.last().and_then(|event| event.close_id)
        && !credit::service::is_voided(&tx, close).await?
    {
        problems.push("opportunityId", ProblemCode::OpportunityState, "it is won by a close that stands: that has to be voided first");
    }
    let at = input.reopened_at.unwrap_or_else(|| scope.now());
    let event = opportunity_event::Model { reason, ..deal.next(scope, OpportunityEventKind::Reopened, at) };
    let row = write(&tx, scope, deal, (at, "reopenedAt", event), problems).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// That an opportunity rests.
#[derive(Clone, Debug, Serialize)]
pub struct MarkStalled {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// Since when; now where it is not said.
    pub stalled_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// The local day it is expected to go on.
    pub resumes_on: NaiveDate,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Marks an open opportunity as one that rests; of one that does already reason and day are renewed.
///
/// # Errors
/// Problems with the fields; `OPPORTUNITY_STATE` where it is closed.
pub async fn mark_stalled(scope: &Scope<OpportunityWrite>, input: &MarkStalled) -> Result<opportunity::Model> {
    let once = Idempotent::new(input.idempotency_key.as_deref(), "markStalled", input)?;
    happen(scope, &once, input.opportunity_id, |deal, problems| {
        let reason = problems.take(input::text("reason", &input.reason, input::NOTE))?;
        problems.take(deal.is_open("opportunityId"))?;
        let at = input.stalled_at.unwrap_or_else(|| scope.now());
        let day = problems.take(input::day("resumesOn", input.resumes_on))?;
        if day.is_some_and(|day| day < at.to_utc().date_naive()) {
            problems.push("resumesOn", ProblemCode::OutOfOrder, "must not lie before it rests");
        }
        Ok((at, "stalledAt", opportunity_event::Model { reason, resumes_on: day, ..deal.next(scope, OpportunityEventKind::Stalled, at) }))
    })
    .await
}

/// That an opportunity goes on after it had rested.
#[derive(Clone, Debug, Serialize)]
pub struct ResumeOpportunity {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// When; now where it is not said.
    pub resumed_at: Option<Timestamp>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Tells that an opportunity no longer rests.
///
/// # Errors
/// Problems with the fields; `OPPORTUNITY_STATE` where it does not rest.
pub async fn resume_opportunity(scope: &Scope<OpportunityWrite>, input: &ResumeOpportunity) -> Result<opportunity::Model> {
    let once = Idempotent::new(input.idempotency_key.as_deref(), "resumeOpportunity", input)?;
    happen(scope, &once, input.opportunity_id, |deal, problems| {
        if deal.stands()?.stall.is_none() {
            problems.push("opportunityId", ProblemCode::OpportunityState, "it does not rest");
        }
        let at = input.resumed_at.unwrap_or_else(|| scope.now());
        Ok((at, "resumedAt", deal.next(scope, OpportunityEventKind::Resumed, at)))
    })
    .await
}

/// When something happened, the field that says so, and the event.
type Next = (Timestamp, &'static str, opportunity_event::Model);

/// Writes the next event of an opportunity.
async fn happen(
    scope: &Scope<OpportunityWrite>,
    once: &Idempotent,
    id: OpportunityId,
    next: impl FnOnce(&Deal, &mut Problems) -> Result<Next> + Send,
) -> Result<opportunity::Model> {
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<OpportunityId>(&tx).await? {
        return tx.get::<opportunity::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = happen_in(&tx, scope, id, next).await?;
    remember(&tx, once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn happen_in(
    tx: &TenantWrite,
    scope: &Scope<OpportunityWrite>,
    id: OpportunityId,
    next: impl FnOnce(&Deal, &mut Problems) -> Result<Next> + Send,
) -> Result<opportunity::Model> {
    let deals = hold_deals(tx, [id]).await?;
    let deal = deals.get(id, "opportunityId")?;
    let mut problems = Problems::new();
    let next = next(deal, &mut problems)?;
    write(tx, scope, deal, next, problems).await
}

async fn write(
    tx: &TenantWrite,
    scope: &Scope<OpportunityWrite>,
    deal: &Deal,
    (at, field, event): Next,
    mut problems: Problems,
) -> Result<opportunity::Model> {
    if problems.take(input::moment(field, at, scope.now()))?.is_some() {
        problems.take(deal.follows(at, field))?;
    }
    problems.check()?;
    tx.insert::<opportunity_event::Entity>(event).await?;
    Ok(deal.row.clone())
}
