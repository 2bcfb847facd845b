//! A handoff to which something is done.

use std::collections::{HashMap, HashSet};

use entity::ids::{CustomRoleId, HandoffId, MemberId};
use entity::kinds::{ClauseKind, ClockEventKind, HandoffEventKind, RejectReason, Resource, Role, StepKind};
use entity::time::Timestamp;
use entity::{clock_event, handoff, handoff_event, member, sla_clock, sla_step};

use super::clocks::{Happening, Started, awaited, tell};
use super::standing::{name, standing};
use crate::agreements::handoffs::store;
use crate::agreements::service::{Terms, terms_of};
use crate::auth::Scope;
use crate::auth::permission::grant::HandoffDecide;
use crate::auth::permission::{Grant, Permission, Reach};
use crate::buyers::service::buyers_of_row;
use crate::db::{Idempotent, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::sla::handoff::{Act, Standing, State};
use crate::roles::service::{is_of_another, rights_of};

/// What is done to a handoff.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub(super) reason: Option<RejectReason>,
    pub(super) note: Option<String>,
    /// Whose it is from then on, where that changes.
    pub(super) owner_id: Option<MemberId>,
}

/// A handoff to which something is done.
pub(super) struct Course {
    pub(super) row: handoff::Model,
    pub(super) terms: Terms,
    pub(super) standing: Standing,
    pub(super) clocks: Vec<sla_clock::Model>,
    steps: Vec<sla_step::Model>,
    events: Vec<handoff_event::Model>,
    /// Whether nothing more is recorded of whom it is about.
    is_erased: bool,
}

impl Course {
    /// One that the caller sees, with what happened to it so far. Nothing else happens to it, nor to its clocks, until the
    /// transaction ends.
    pub(super) async fn of<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, id: HandoffId) -> Result<Self> {
        let row = tx.get::<handoff::Entity>(id).await?.ok_or_else(|| Error::unknown("handoffId"))?;
        tx.within_namespace::<handoff::Entity>(&row)?;
        let buyers = buyers_of_row(tx, row.person_id, row.account_id).await?;
        let clocks = store::hold_clocks_of(tx, &[id]).await?;
        let steps = store::hold_steps_of(tx, id).await?;
        let events = store::events_of_all(tx, &[id]).await?;
        let terms = terms_of(tx, &[row.version_id]).await?.remove(&row.version_id);
        let terms = terms.ok_or(Error::broken("a handoff is offered under a version"))?;
        let standing = standing(&row, &terms.version, &events, scope.now());
        Ok(Self { row, terms, standing, clocks, steps, events, is_erased: !buyers.erased.is_empty() })
    }

    fn last(&self) -> Result<&handoff_event::Model> {
        self.events.last().ok_or(Error::broken("a handoff was offered"))
    }

    /// Whose it is.
    pub(super) fn owner_id(&self) -> Option<MemberId> {
        self.events.last().and_then(|last| last.owner_id)
    }

    /// Goes on where the caller decides for the receiving side, and reaches whose it is: what is nobody's, everybody there does.
    pub(super) async fn is_received_by(&self, tx: &TenantTx, scope: &Scope<HandoffDecide>) -> Result<()> {
        scope.covers(self.row.to_resource, "handoffId")?;
        if matches!(scope.reach(), Reach::Organization | Reach::Resource) {
            return Ok(());
        }
        let Some(owner) = self.owner_id() else { return Ok(()) };
        let owner = tx.get::<member::Entity>(owner).await?;
        if owner.is_some_and(|owner| scope.reaches(&owner)) {
            return Ok(());
        }
        Err(scope.out_of_reach("handoffId", "it is somebody else's"))
    }

    /// Goes on where somebody else offered it.
    pub(super) async fn is_offered_by_another(&self, tx: &TenantTx, scope: &Scope<HandoffDecide>) -> Result<()> {
        is_of_another(tx, scope, (self.row.recorded_by, None), "handoffId").await
    }

    /// Who contested its rejection.
    pub(super) fn contested_by(&self) -> Option<MemberId> {
        self.by_whom(HandoffEventKind::Contested)
    }

    /// Who rejected it.
    pub(super) fn rejected_by(&self) -> Option<MemberId> {
        self.by_whom(HandoffEventKind::Rejected)
    }

    fn by_whom(&self, kind: HandoffEventKind) -> Option<MemberId> {
        self.events.iter().rev().find(|event| event.kind == kind)?.recorded_by
    }

    /// Goes on where something may be done to it now.
    pub(super) fn may(&self, act: Act) -> Result<()> {
        let Standing { state, since, acknowledged_at, contested_at } = self.standing;
        if self.standing.may(act) {
            return Ok(());
        }
        let mut message = format!("it is {} since {since}", name(state));
        let before = match act {
            Act::Acknowledge => acknowledged_at.map(|at| ("acknowledged", at)),
            Act::Contest => contested_at.map(|at| ("contested", at)),
            _ => None,
        };
        if let Some((what, at)) = before {
            message.push_str(&format!(", and was {what} at {at}"));
        }
        Err(Error::invalid("handoffId", ProblemCode::HandoffState, message))
    }

    /// Writes what is done to it now. An offer that is answered waits no longer; what silence answered before is told first.
    pub(super) async fn put<P: Grant>(&self, tx: &TenantWrite, scope: &Scope<P>, kind: HandoffEventKind, done: Done) -> Result<()> {
        let last = self.last()?;
        let event = handoff_event::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            handoff_id: self.row.id,
            sequence: last.sequence.saturating_add(1),
            kind,
            owner_id: done.owner_id.or(last.owner_id),
            reason: done.reason,
            note: done.note.filter(|_| !self.is_erased),
            occurred_at: scope.now(),
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        };
        if kind == HandoffEventKind::Reassigned {
            return tx.insert::<handoff_event::Entity>(event).await.map(|_| ());
        }
        let answer = self.steps.iter().find(|step| step.kind == StepKind::Answer && step.fired_at.is_none() && step.due_at.is_some());
        if self.standing.state == State::AutoAccepted
            && let Some(step) = answer
        {
            let silence = silence(scope, last, HandoffEventKind::AutoAccepted, self.standing.since);
            let event = handoff_event::Model { sequence: event.sequence.saturating_add(1), ..event };
            tx.insert_many::<handoff_event::Entity>(&[silence, event]).await?;
            return store::fire_steps(tx, vec![(step.id, Some(scope.now()))]).await;
        }
        tx.insert::<handoff_event::Entity>(event).await?;
        store::set_steps(tx, answer.map(|step| (step.id, None)).into_iter().collect()).await
    }

    /// The clocks of one side of which something may still become.
    fn awaited_of(&self, side: Resource) -> Vec<sla_clock::Model> {
        self.clocks.iter().filter(|clock| clock.resource == side && awaited(clock)).cloned().collect()
    }

    /// Nobody owes the buyer anything any more: the clocks of the receiving side end.
    pub(super) async fn cancel_clocks<P: Grant>(&self, tx: &TenantWrite, scope: &Scope<P>, because: HandoffEventKind) -> Result<()> {
        tell(tx, scope, &self.awaited_of(self.row.to_resource), &ended(scope, because)).await
    }

    /// The buyer is given back: what was begun need not be brought to its end. Where nobody tried, it stays owed: giving back is no
    /// contact.
    pub(super) async fn cancel_begun_clocks<P: Grant>(&self, tx: &TenantWrite, scope: &Scope<P>, because: HandoffEventKind) -> Result<()> {
        let mut clocks = self.awaited_of(self.row.to_resource);
        let ids: Vec<_> = clocks.iter().map(|clock| clock.id).collect();
        let events = store::clock_events_of_all(tx, &ids).await?;
        let begun = |events: &Vec<clock_event::Model>| events.iter().any(|event| event.kind == ClockEventKind::Attempted);
        clocks.retain(|clock| events.get(&clock.id).is_some_and(begun));
        tell(tx, scope, &clocks, &ended(scope, because)).await
    }

    /// The offering side took note of the rejection.
    pub(super) async fn note_rejection<P: Grant>(&self, tx: &TenantWrite, scope: &Scope<P>) -> Result<()> {
        let noted = Happening { kind: ClockEventKind::Attempted, reason: None, occurred_at: scope.now() };
        tell(tx, scope, &self.awaited_of(self.row.from_resource), &noted).await
    }

    /// Begins clocks of one side now.
    pub(super) async fn start_clocks<P: Grant>(&self, tx: &TenantWrite, scope: &Scope<P>, of: fn(ClauseKind) -> bool) -> Result<()> {
        let mut started = Started::default();
        started.begin(scope, &self.terms, &self.row, scope.now(), of)?;
        started.insert(tx).await
    }

    /// Makes what was done last.
    pub(super) async fn settle<P: Grant>(self, tx: TenantWrite, scope: &Scope<P>, once: &Idempotent) -> Result<handoff::Model> {
        remember(&tx, once, scope.next_id(), scope.now(), &self.row.id).await?;
        tx.commit().await?;
        Ok(self.row)
    }
}

/// That clocks end because of what happened to their handoff.
fn ended<P: Grant>(scope: &Scope<P>, because: HandoffEventKind) -> Happening<'static> {
    Happening { kind: ClockEventKind::Cancelled, reason: Some(because.name()), occurred_at: scope.now() }
}

/// The handoff a key was used for before.
pub(super) async fn recalled(tx: &TenantWrite, id: HandoffId) -> Result<handoff::Model> {
    tx.get::<handoff::Entity>(id).await?.ok_or(Error::NotFound)
}

/// Those of some members who may decide about handoffs: who may only help with one cannot have it.
pub(super) async fn deciders(tx: &TenantTx, members: impl IntoIterator<Item = &member::Model>) -> Result<HashSet<MemberId>> {
    let mut by_role: HashMap<(Role, Option<CustomRoleId>), bool> = HashMap::new();
    let mut found = HashSet::new();
    let members: Vec<&member::Model> = members.into_iter().collect();
    for member in members {
        let role = (member.role, member.custom_role_id);
        let decides = match by_role.get(&role) {
            Some(decides) => *decides,
            None => rights_of(tx, member).await?.reach(Permission::HandoffDecide).is_some(),
        };
        by_role.insert(role, decides);
        if decides {
            found.insert(member.id);
        }
    }
    Ok(found)
}

/// Somebody who may be given what is offered to a resource: an active member who works for it and may decide.
pub(super) fn receiver(member: Option<&member::Model>, deciders: &HashSet<MemberId>, to: Resource, field: &str) -> Result<MemberId> {
    let member = member.filter(|member| member.active).ok_or_else(|| Error::unknown(field))?;
    if member.resource != Some(to) {
        return Err(Error::invalid(field, ProblemCode::Invalid, format!("they do not work for {}", to.name())));
    }
    if !deciders.contains(&member.id) {
        return Err(Error::invalid(field, ProblemCode::Invalid, "they may not decide about what is offered"));
    }
    Ok(member.id)
}

/// What the receiving side owes within a time.
pub(super) const fn is_received(kind: ClauseKind) -> bool {
    matches!(kind, ClauseKind::Speed | ClauseKind::Depth)
}

/// That silence answered an offer when an answer was due.
pub(super) fn silence<P: Grant>(
    scope: &Scope<P>,
    last: &handoff_event::Model,
    kind: HandoffEventKind,
    due_at: Timestamp,
) -> handoff_event::Model {
    handoff_event::Model {
        id: scope.next_id(),
        sequence: last.sequence.saturating_add(1),
        kind,
        reason: None,
        note: None,
        occurred_at: due_at,
        recorded_by: None,
        recorded_at: scope.now(),
        ..last.clone()
    }
}
