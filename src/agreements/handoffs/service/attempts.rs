//! What members of the receiving side do to reach a buyer they were handed.
//!
//! An attempt is an activity that somebody completed: a call, e-mail, meeting or proposal to the buyer, whatever came of it. It counts
//! for a handoff of the one who did it, and for one that was nobody's then where they work for the receiving resource. When it was
//! done decides, not when it was told: a clock that was late is met where it turns out that it was done in time.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, AgreementVersionId, HandoffId, MemberId, PersonId, TypedId};
use entity::kinds::{ActivityKind, ClockEventKind, Direction, Resource};
use entity::time::Timestamp;
use entity::{activity, agreement_version, clock_event, handoff, handoff_event, member, sla_clock};

use super::clocks::{Happening, next, record};
use super::standing::{owner_at, standing};
use crate::agreements::handoffs::store;
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::buyers::service::{BuyerKind, Canonical, canonical_of};
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, Result};

/// Counts an activity that was completed for the clocks it is an attempt for. The caller's rights do not matter: who may complete it
/// need not see every handoff it counts for.
///
/// # Errors
/// What the database says.
pub async fn attempted<P: Grant>(
    tx: &TenantWrite,
    scope: &Scope<P>,
    done: &activity::Model,
    owner: MemberId,
    occurred_at: Timestamp,
) -> Result<()> {
    // What is still to come was not tried yet.
    if done.direction != Direction::Outbound || done.kind == ActivityKind::Task || occurred_at > scope.now() {
        return Ok(());
    }
    let Some(owner) = tx.get::<member::Entity>(owner).await? else { return Ok(()) };
    let buyer = Buyer::of(tx, scope, done).await?;
    let rows: Vec<handoff::Model> = buyer.handoffs(tx).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<HandoffId> = rows.iter().map(|row| row.id).collect();
    let clocks = store::hold_clocks_of(tx, &ids).await?;
    let counting = counting(tx, rows, &owner, occurred_at).await?;
    let clocks: Vec<sla_clock::Model> = clocks
        .into_iter()
        .filter(|clock| counting.get(&clock.handoff_id) == Some(&clock.resource) && clock.started_at <= occurred_at)
        .collect();
    let ids: Vec<_> = clocks.iter().map(|clock| clock.id).collect();
    let before = store::clock_events_of_all(tx, &ids).await?;
    let happening = Happening { kind: ClockEventKind::Attempted, reason: None, occurred_at };
    let event = |clock: &sla_clock::Model| clock_event::Model {
        activity_id: Some(done.id),
        ..next(scope, clock, before.get(&clock.id).map(Vec::as_slice).unwrap_or_default(), &happening)
    };
    let events: Vec<clock_event::Model> = clocks.iter().map(event).collect();
    // No system names what follows from what one of them named.
    tx.derive(record(tx, &clocks, &events)).await
}

/// Those of some handoffs for which something counts that somebody did at a moment: whose clocks it counts for.
async fn counting(tx: &TenantTx, rows: Vec<handoff::Model>, by: &member::Model, at: Timestamp) -> Result<HashMap<HandoffId, Resource>> {
    let ids: Vec<HandoffId> = rows.iter().map(|row| row.id).collect();
    let mut events: HashMap<HandoffId, Vec<handoff_event::Model>> = HashMap::with_capacity(rows.len());
    for event in store::events_of_all(tx, &ids).await? {
        events.entry(event.handoff_id).or_default().push(event);
    }
    let versions: HashSet<AgreementVersionId> = rows.iter().map(|row| row.version_id).collect();
    let versions = tx.get_many::<agreement_version::Entity>(versions).await?;
    let versions: HashMap<AgreementVersionId, agreement_version::Model> = versions.into_iter().map(|row| (row.id, row)).collect();
    let mut counting = HashMap::new();
    for row in rows {
        let events = events.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let version = versions.get(&row.version_id).ok_or(Error::broken("a handoff is offered under a version"))?;
        let by_owner = match owner_at(events, at) {
            Some(owner) => owner == by.id,
            None => by.resource == Some(row.to_resource),
        };
        if by_owner && standing(&row, version, events, at).state.is_open() {
            counting.insert(row.id, row.to_resource);
        }
    }
    Ok(counting)
}

/// With whom an activity was, and who else they are.
struct Buyer {
    people: Canonical,
    accounts: Canonical,
    person: Option<PersonId>,
    account: Option<AccountId>,
}

impl Buyer {
    async fn of<P: Grant>(tx: &TenantTx, scope: &Scope<P>, done: &activity::Model) -> Result<Self> {
        let mut account = done.account_id;
        if let (None, Some(id)) = (account, done.person_id) {
            account = store::account_of(tx, id).await?;
        }
        let people = canonical_of(tx, BuyerKind::Person, done.person_id.map(TypedId::uuid), scope.now()).await?;
        let accounts = canonical_of(tx, BuyerKind::Account, account.map(TypedId::uuid), scope.now()).await?;
        Ok(Self { people, accounts, person: done.person_id, account })
    }

    /// The handoffs that are about them. Where both name a person it is that one; else it is the account.
    async fn handoffs(&self, tx: &TenantTx) -> Result<Vec<handoff::Model>> {
        let people = self.person.map(|id| self.people.all_of(id)).unwrap_or_default();
        let accounts = self.account.map(|id| self.accounts.all_of(id)).unwrap_or_default();
        let mut rows = store::handoffs_about(tx, &people, &accounts).await?;
        rows.retain(|row| match (row.person_id, self.person) {
            (Some(theirs), Some(person)) => self.people.of(theirs) == self.people.of(person),
            _ => row.account_id.is_some_and(|theirs| accounts.contains(&theirs)),
        });
        Ok(rows)
    }
}
