//! Finding handoffs and clocks.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::ids::{
    AccountId, AgreementClauseId, AgreementVersionId, CalendarVersionId, HandoffId, MemberId, PersonId, ServiceAgreementId, SlaClockId,
    TacticId, TypedId,
};
use entity::kinds::{RejectReason, Resource};
use entity::time::Timestamp;
use entity::{agreement_clause, clock_event, handoff, handoff_event, sla_clock, sla_step};

use super::clocks::{Reckoned, Spent, counted};
use crate::agreements::handoffs::store::{self, Same};
use crate::agreements::service::{Terms, hours_of, terms_of};
use crate::auth::Scope;
use crate::auth::permission::grant::HandoffRead;
use crate::buyers::service::{BuyerKind, canonical_of};
use crate::db::{Listing, PageRequest};
use crate::error::Result;
use crate::journey::service::Span;
use crate::metrics::sla::{BusinessTime, clock, handoff as stands};

/// Which handoffs are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct HandoffFilter {
    /// Those under an agreement.
    pub agreement_id: Option<ServiceAgreementId>,
    /// How they stand now.
    pub state: Option<stands::State>,
    /// Those a resource offers.
    pub from_resource: Option<Resource>,
    /// Those offered to a resource.
    pub to_resource: Option<Resource>,
    /// Those that are a member's; `Some(None)`: nobody's.
    pub owner_id: Option<Option<MemberId>>,
    /// Those a tactic brought.
    pub tactic_id: Option<TacticId>,
    /// Those about a person, whoever they are the same with included.
    pub person_id: Option<PersonId>,
    /// Those about an account, whichever it is the same with included.
    pub account_id: Option<AccountId>,
    /// Those rejected for a reason, where that was not overturned.
    pub reject_reason: Option<RejectReason>,
    /// Those above what was agreed, or not.
    pub over_delivery: Option<bool>,
    /// Those offered in a span.
    pub offered: Span,
}

/// A page of handoffs, those offered last first.
///
/// # Errors
/// A problem with `filter`.
pub async fn handoffs(
    scope: &Scope<HandoffRead>,
    filter: &HandoffFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<handoff::Model>> {
    filter.offered.checked("filter.offeredTo")?;
    let (tx, now) = (scope.read().await?, scope.now());
    let mut of = Same::default();
    if let Some(id) = filter.person_id {
        of.people = Some(canonical_of(&tx, BuyerKind::Person, [id.uuid()], now).await?.all_of(id));
    }
    if let Some(id) = filter.account_id {
        of.accounts = Some(canonical_of(&tx, BuyerKind::Account, [id.uuid()], now).await?.all_of(id));
    }
    store::handoffs(&tx, filter, &of, now).listing(page, with_total).await
}

/// The handoffs with some ids.
///
/// # Errors
/// What the database says.
pub async fn handoffs_by_id(scope: &Scope<HandoffRead>, ids: &[HandoffId]) -> Result<HashMap<HandoffId, handoff::Model>> {
    let rows = scope.read().await?.get_many::<handoff::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What happened to some handoffs, in the order in which it was recorded.
///
/// # Errors
/// What the database says.
pub async fn handoff_events_of(scope: &Scope<HandoffRead>, ids: &[HandoffId]) -> Result<HashMap<HandoffId, Vec<handoff_event::Model>>> {
    Ok(by(store::events_of(&scope.read().await?, ids).await?, |row| row.handoff_id))
}

/// The clocks of some handoffs, in the order in which they began.
///
/// # Errors
/// What the database says.
pub async fn clocks_of(scope: &Scope<HandoffRead>, ids: &[HandoffId]) -> Result<HashMap<HandoffId, Vec<sla_clock::Model>>> {
    Ok(by(store::clocks_of(&scope.read().await?, ids).await?, |row| row.handoff_id))
}

/// What falls due on some handoffs and their clocks, or fell due.
///
/// # Errors
/// What the database says.
pub async fn steps_of(scope: &Scope<HandoffRead>, ids: &[HandoffId]) -> Result<HashMap<HandoffId, Vec<sla_step::Model>>> {
    Ok(by(store::steps_of(&scope.read().await?, ids).await?, |row| row.handoff_id))
}

fn by<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut found: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(key(&row)).or_default().push(row);
    }
    found
}

/// The terms handoffs were offered under, by the version.
///
/// # Errors
/// What the database says.
pub async fn terms_by_version(
    scope: &Scope<HandoffRead>,
    versions: &[AgreementVersionId],
) -> Result<HashMap<AgreementVersionId, Arc<Terms>>> {
    let found = terms_of(&scope.read().await?, versions).await?;
    Ok(found.into_iter().map(|(id, terms)| (id, Arc::new(terms))).collect())
}

/// Which clocks are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClockFilter {
    /// Those of an agreement.
    pub agreement_id: Option<ServiceAgreementId>,
    /// Those of a clause.
    pub clause_id: Option<AgreementClauseId>,
    /// How they stand now.
    pub state: Option<clock::State>,
    /// Those a resource owes.
    pub resource: Option<Resource>,
    /// Those of the handoffs that are a member's; `Some(None)`: nobody's.
    pub owner_id: Option<Option<MemberId>>,
    /// Those of which something that fell due went to a member.
    pub told_to: Option<MemberId>,
    /// Those due before an instant.
    pub due_before: Option<Timestamp>,
}

/// A page of clocks, those that began last first.
///
/// # Errors
/// What the database says.
pub async fn sla_clocks(
    scope: &Scope<HandoffRead>,
    filter: &ClockFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<sla_clock::Model>> {
    store::clocks(&scope.read().await?, filter, scope.now()).listing(page, with_total).await
}

/// The clocks with some ids.
///
/// # Errors
/// What the database says.
pub async fn clocks_by_id(scope: &Scope<HandoffRead>, ids: &[SlaClockId]) -> Result<HashMap<SlaClockId, sla_clock::Model>> {
    let rows = scope.read().await?.get_many::<sla_clock::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What counts for some clocks, in the order in which it was recorded.
///
/// # Errors
/// What the database says.
pub async fn clock_events_of(scope: &Scope<HandoffRead>, ids: &[SlaClockId]) -> Result<HashMap<SlaClockId, Vec<clock_event::Model>>> {
    Ok(by(store::clock_events(&scope.read().await?, ids).await?, |row| row.clock_id))
}

/// The clauses with some ids.
///
/// # Errors
/// What the database says.
pub async fn clauses_by_id(
    scope: &Scope<HandoffRead>,
    ids: &[AgreementClauseId],
) -> Result<HashMap<AgreementClauseId, agreement_clause::Model>> {
    store::clauses(&scope.read().await?, ids).await
}

/// The business time of some versions of calendars.
///
/// # Errors
/// What the database says.
pub async fn times_by_id(
    scope: &Scope<HandoffRead>,
    versions: &[CalendarVersionId],
) -> Result<HashMap<CalendarVersionId, Arc<BusinessTime>>> {
    let found = hours_of(&scope.read().await?, versions).await?;
    Ok(found.into_iter().map(|(id, time)| (id, Arc::new(time))).collect())
}

/// What of its time a clock has used at an instant, and what is left.
#[must_use]
pub fn spent(
    clock: &sla_clock::Model,
    clause: &agreement_clause::Model,
    time: &BusinessTime,
    events: &[clock_event::Model],
    now: Timestamp,
) -> Spent {
    Reckoned::new(clock, clause, time, counted(clock, events)).spent(now)
}
