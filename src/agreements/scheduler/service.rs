//! Carrying out what falls due.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use entity::ids::{HandoffId, MemberId, OrganizationId, SlaClockId, SlaStepId};
use entity::kinds::{Resource, StepKind};
use entity::{handoff, sla_clock, sla_step};

use super::store;
use crate::agreements::handoffs::service::{answered_by_silence, owing, owners_of, reassign_by_step};
use crate::agreements::service::terms_of;
use crate::app::App;
use crate::auth::permission::grant::ClockManage;
use crate::auth::{Scope, Session, System};
use crate::db::TenantWrite;
use crate::error::{Error, Result};
use crate::feedback::service::{Breach, tell_breaches};
use crate::organization::service::Leads;

/// Most steps of one transaction: enough that it costs little a step, and not so many that others wait for long.
const AT_ONCE: u64 = 500;

/// Carries out what falls due, again and again, until it is dropped. What goes wrong is logged and tried again.
pub async fn run(app: Arc<App>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    // After a long pass the next one waits as long as after a short one.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match pass(&app).await {
            Ok(0) => {}
            Ok(fired) => tracing::info!(fired, "carried out what fell due"),
            Err(error) => tracing::error!(?error, "could not carry out what falls due"),
        }
    }
}

/// Carries out everything that is due in every organization, some of each by turns; how many steps that were. What goes wrong in one
/// organization keeps no other one waiting.
///
/// # Errors
/// The first thing that went wrong, after the other organizations had their turn.
pub async fn pass(app: &Arc<App>) -> Result<usize> {
    let (mut fired, mut failed) = (0, None);
    let mut waiting = app.db().organization_ids().await?;
    while !waiting.is_empty() {
        let mut still = Vec::new();
        for organization in waiting {
            match some_of(app, organization).await {
                Ok(0) => {}
                Ok(steps) => {
                    fired += steps;
                    still.push(organization);
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        waiting = still;
    }
    failed.map_or(Ok(fired), Err)
}

/// Carries out some of what is due in an organization; how many steps that were. Where nothing is due nothing is locked.
async fn some_of(app: &Arc<App>, organization: OrganizationId) -> Result<usize> {
    let scope = Session::system(app, organization, System::Scheduler).authorize()?;
    if store::is_any_due(&scope.read().await?, scope.now()).await? { some(&scope).await } else { Ok(0) }
}

/// Carries out everything that is due in the organization of the scope; how many steps that were.
///
/// # Errors
/// What the database says; what was carried out before stays so.
pub async fn carry_out(scope: &Scope<ClockManage>) -> Result<usize> {
    let mut fired = 0;
    loop {
        let steps = some(scope).await?;
        fired += steps;
        if steps == 0 {
            return Ok(fired);
        }
    }
}

/// Carries out some of what is due, all of it or nothing; how many steps that were.
///
/// # Errors
/// What the database says; then nothing was carried out.
pub async fn some(scope: &Scope<ClockManage>) -> Result<usize> {
    let tx = scope.write().await?;
    let mut steps = store::due(&tx, scope.now(), AT_ONCE).await?;
    // Whoever waits for somebody who waits for them gets nowhere: what somebody is at is left for the next time.
    let given: Vec<HandoffId> = of(&steps, StepKind::Reassign).iter().map(|step| step.handoff_id).collect();
    let untouched = store::untouched(&tx, &given).await?;
    steps.retain(|step| step.kind != StepKind::Reassign || untouched.contains(&step.handoff_id));
    if steps.is_empty() {
        return Ok(0);
    }
    for clock in steps.iter().filter_map(|step| step.clock_id) {
        tx.stands_otherwise::<sla_clock::Entity>(clock);
    }
    let ids: Vec<SlaStepId> = steps.iter().map(|step| step.id).collect();
    store::fire(&tx, ids, scope.now()).await?;
    let [answers, warnings, breaches, escalations, reassignments] =
        [StepKind::Answer, StepKind::Warn, StepKind::Breach, StepKind::Escalate, StepKind::Reassign].map(|kind| of(&steps, kind));
    // Whoever has it by silence is told of what they owe.
    answered_by_silence(&tx, scope, &answers).await?;
    tell_of(&tx, scope, &breaches).await?;
    let warned = owing_of(&tx, &warnings).await?.into_iter().map(|owing| (owing.step_id, owing.member_id));
    store::tell(&tx, warned.collect()).await?;
    store::tell(&tx, leads_of(&tx, &escalations).await?).await?;
    let reassigned = reassign_by_step(&tx, scope, &reassignments).await?;
    store::tell(&tx, reassigned.into_iter().collect()).await?;
    tx.commit().await?;
    Ok(steps.len())
}

fn of(steps: &[sla_step::Model], kind: StepKind) -> Vec<sla_step::Model> {
    steps.iter().filter(|step| step.kind == kind).cloned().collect()
}

/// The clocks and handoffs of some steps.
struct Concerned {
    clocks: HashMap<SlaClockId, sla_clock::Model>,
    handoffs: HashMap<HandoffId, handoff::Model>,
}

impl Concerned {
    async fn load(tx: &TenantWrite, steps: &[sla_step::Model]) -> Result<Self> {
        let (clocks, handoffs) = (steps.iter().filter_map(|step| step.clock_id), steps.iter().map(|step| step.handoff_id));
        let (clocks, handoffs): (Vec<SlaClockId>, BTreeSet<HandoffId>) = (clocks.collect(), handoffs.collect());
        let clocks = tx.get_many::<sla_clock::Entity>(clocks).await?;
        let handoffs = tx.get_many::<handoff::Entity>(handoffs).await?;
        Ok(Self {
            clocks: clocks.into_iter().map(|row| (row.id, row)).collect(),
            handoffs: handoffs.into_iter().map(|row| (row.id, row)).collect(),
        })
    }

    fn of(&self, step: &sla_step::Model) -> Result<(&sla_clock::Model, &handoff::Model)> {
        let clock = step.clock_id.and_then(|id| self.clocks.get(&id)).ok_or(Error::broken("a step has its clock"))?;
        let handoff = self.handoffs.get(&step.handoff_id).ok_or(Error::broken("a step has its handoff"))?;
        Ok((clock, handoff))
    }
}

/// Tells those who owed something that it was not done in time.
async fn tell_of(tx: &TenantWrite, scope: &Scope<ClockManage>, steps: &[sla_step::Model]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let concerned = Concerned::load(tx, steps).await?;
    let mut versions: Vec<_> = concerned.handoffs.values().map(|handoff| handoff.version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    let terms = terms_of(tx, &versions).await?;
    let mut breaches = Vec::with_capacity(steps.len());
    for step in steps {
        let (clock, handoff) = concerned.of(step)?;
        let terms = terms.get(&handoff.version_id).ok_or(Error::broken("a handoff has its terms"))?;
        breaches.push(Breach { clock, handoff, terms, due_at: step.due_at.ok_or(Error::broken("what is due has its moment"))? });
    }
    tell_breaches(tx, scope, &breaches).await
}

/// Who owes what a step is about.
struct Owing {
    step_id: SlaStepId,
    resource: Resource,
    /// Nobody where nobody took what the receiving side owes, or nobody in particular offered.
    member_id: Option<MemberId>,
}

async fn owing_of(tx: &TenantWrite, steps: &[sla_step::Model]) -> Result<Vec<Owing>> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let concerned = Concerned::load(tx, steps).await?;
    let handoffs: Vec<HandoffId> = steps.iter().map(|step| step.handoff_id).collect();
    let owners = owners_of(tx, &handoffs).await?;
    let told = steps.iter().map(|step| {
        let (clock, handoff) = concerned.of(step)?;
        let owner = owners.get(&handoff.id).copied().flatten();
        Ok(Owing { step_id: step.id, resource: clock.resource, member_id: owing(clock, handoff, owner) })
    });
    told.collect()
}

/// Who leads those who owe what some steps are about.
async fn leads_of(tx: &TenantWrite, steps: &[sla_step::Model]) -> Result<Vec<(SlaStepId, Option<MemberId>)>> {
    let owing = owing_of(tx, steps).await?;
    if owing.is_empty() {
        return Ok(Vec::new());
    }
    let leads = Leads::load(tx).await?;
    Ok(owing.into_iter().map(|owing| (owing.step_id, leads.of(owing.resource, owing.member_id))).collect())
}
