//! What time does to handoffs: silence answers them, and they are given to somebody else.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::ids::{AgreementVersionId, HandoffId, MemberId, SlaStepId};
use entity::kinds::{HandoffEventKind, Resource};
use entity::{agreement_version, handoff, handoff_event, member, sla_step};

use super::course::{deciders, silence};
use super::standing::standing;
use crate::agreements::handoffs::store;
use crate::auth::Scope;
use crate::auth::permission::grant::ClockManage;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::metrics::sla::handoff::{Act, State};

/// Handoffs on which something falls due.
struct Due {
    rows: HashMap<HandoffId, handoff::Model>,
    versions: HashMap<AgreementVersionId, agreement_version::Model>,
    events: HashMap<HandoffId, Vec<handoff_event::Model>>,
}

impl Due {
    async fn load(tx: &TenantTx, steps: &[sla_step::Model]) -> Result<Self> {
        let ids: BTreeSet<HandoffId> = steps.iter().map(|step| step.handoff_id).collect();
        let ids = Vec::from_iter(ids);
        let rows = store::handoffs_of_all(tx, &ids).await?;
        let versions: HashSet<AgreementVersionId> = rows.iter().map(|row| row.version_id).collect();
        let versions = tx.get_many::<agreement_version::Entity>(versions).await?;
        let mut events: HashMap<HandoffId, Vec<handoff_event::Model>> = HashMap::with_capacity(ids.len());
        for event in store::events_of_all(tx, &ids).await? {
            events.entry(event.handoff_id).or_default().push(event);
        }
        Ok(Self {
            rows: rows.into_iter().map(|row| (row.id, row)).collect(),
            versions: versions.into_iter().map(|row| (row.id, row)).collect(),
            events,
        })
    }

    fn get(&self, id: HandoffId) -> Result<(&handoff::Model, &agreement_version::Model, &[handoff_event::Model], &handoff_event::Model)> {
        let row = self.rows.get(&id);
        let version = row.and_then(|row| self.versions.get(&row.version_id));
        let events = self.events.get(&id).map(Vec::as_slice).unwrap_or_default();
        match (row, version, events.last()) {
            (Some(row), Some(version), Some(last)) => Ok((row, version, events, last)),
            _ => Err(Error::broken("a step is of a handoff that was offered")),
        }
    }

    /// Adds what happens now.
    fn push(&mut self, event: &handoff_event::Model) {
        self.events.entry(event.handoff_id).or_default().push(event.clone());
    }
}

/// Writes down that silence answered some offers, when an answer was due. What was decided before stays as it is. The number of
/// statements does not rise with the offers, but by chunks of hundreds.
///
/// # Errors
/// What the database says.
pub async fn answered_by_silence(tx: &TenantWrite, scope: &Scope<ClockManage>, steps: &[sla_step::Model]) -> Result<()> {
    let mut due = Due::load(tx, steps).await?;
    let mut answered = Vec::new();
    for step in steps {
        let (row, version, events, last) = due.get(step.handoff_id)?;
        // At the moment itself an answer still counts; who comes then writes down what will be.
        let after = row.answer_due_at.map_or_else(|| scope.now(), |at| at.saturating_add_micros(1));
        let kind = match standing(row, version, events, after.max(scope.now())).state {
            State::AutoAccepted => HandoffEventKind::AutoAccepted,
            State::Expired => HandoffEventKind::Expired,
            _ => continue,
        };
        if events.iter().any(|event| event.kind == kind) {
            continue;
        }
        let event = silence(scope, last, kind, row.answer_due_at.unwrap_or_else(|| scope.now()));
        due.push(&event);
        answered.push(event);
    }
    tx.insert_many::<handoff_event::Entity>(&answered).await
}

/// Gives handoffs to somebody else where what is owed was not done for too long: to whoever of the owner's team has the fewest that are
/// open, or of the receiving resource where they have no team or there is no owner, and may decide about it. Those who lead come last. Says
/// to whom by the step; nobody where nobody else is there, where nobody is to see to it any more, or where it was given to somebody since.
///
/// # Errors
/// What the database says.
pub async fn reassign_by_step(
    tx: &TenantWrite,
    scope: &Scope<ClockManage>,
    steps: &[sla_step::Model],
) -> Result<HashMap<SlaStepId, Option<MemberId>>> {
    let handoffs: BTreeSet<HandoffId> = steps.iter().map(|step| step.handoff_id).collect();
    // Nobody decides about them meanwhile.
    store::hold_answers(tx, &Vec::from_iter(handoffs)).await?;
    let mut due = Due::load(tx, steps).await?;
    let mut staff = Staff::load(tx, due.rows.values().map(|row| row.to_resource).collect()).await?;
    let (mut given, mut events) = (HashMap::with_capacity(steps.len()), Vec::new());
    for step in steps {
        let (row, version, before, last) = due.get(step.handoff_id)?;
        let at = step.due_at.unwrap_or_else(|| scope.now());
        let owner = last.owner_id;
        // Whoever did something about it meanwhile had it until then.
        let last_at = before.iter().map(|event| event.occurred_at).max().unwrap_or(at);
        let since = before.iter().rev().take_while(|event| event.owner_id == owner).last().map(|event| event.occurred_at);
        let is_theirs_still = since.is_none_or(|since| since <= at);
        let next = staff
            .next(row.to_resource, owner)
            .filter(|_| is_theirs_still && standing(row, version, before, scope.now()).may(Act::Reassign));
        given.insert(step.id, next);
        if let Some(next) = next {
            let event =
                handoff_event::Model { owner_id: Some(next), ..silence(scope, last, HandoffEventKind::Reassigned, at.max(last_at)) };
            staff.give(owner, next);
            due.push(&event);
            events.push(event);
        }
    }
    tx.insert_many::<handoff_event::Entity>(&events).await?;
    Ok(given)
}

/// Whose some handoffs are; nobody's where nobody took them.
///
/// # Errors
/// What the database says.
pub async fn owners_of(tx: &TenantTx, ids: &[HandoffId]) -> Result<HashMap<HandoffId, Option<MemberId>>> {
    // Each in its order, so that the last one stays.
    Ok(store::events_of_all(tx, ids).await?.into_iter().map(|event| (event.handoff_id, event.owner_id)).collect())
}

/// Who works for the receiving resources, and how many handoffs each of them has that are open.
struct Staff {
    members: Vec<member::Model>,
    deciders: HashSet<MemberId>,
    open: HashMap<MemberId, u64>,
}

impl Staff {
    async fn load(tx: &TenantTx, resources: HashSet<Resource>) -> Result<Self> {
        let members = store::workers(tx, &Vec::from_iter(resources)).await?;
        let deciders = deciders(tx, &members).await?;
        let ids: Vec<MemberId> = members.iter().map(|member| member.id).collect();
        let mut open: HashMap<MemberId, u64> = HashMap::with_capacity(ids.len());
        for owner in store::owners_of_open(tx, &ids).await? {
            *open.entry(owner).or_default() += 1;
        }
        Ok(Self { members, deciders, open })
    }

    /// Who is next in turn after somebody.
    fn next(&self, to: Resource, owner: Option<MemberId>) -> Option<MemberId> {
        let team = self.members.iter().find(|member| Some(member.id) == owner).and_then(|member| member.team_id);
        let others = |member: &&member::Model| {
            let is_near = member.resource == Some(to) && (team.is_none() || member.team_id == team);
            is_near && Some(member.id) != owner && self.deciders.contains(&member.id)
        };
        let place = |member: &&member::Model| (member.role.leads(), self.open.get(&member.id).copied().unwrap_or_default(), member.id);
        self.members.iter().filter(others).min_by_key(place).map(|member| member.id)
    }

    fn give(&mut self, from: Option<MemberId>, to: MemberId) {
        if let Some(count) = from.and_then(|from| self.open.get_mut(&from)) {
            *count = count.saturating_sub(1);
        }
        *self.open.entry(to).or_default() += 1;
    }
}
