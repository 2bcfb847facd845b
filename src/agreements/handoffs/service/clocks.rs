//! Clocks: how they start, and what follows from their events.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{CalendarVersionId, HandoffId, MemberId, PersonId, SlaClockId};
use entity::kinds::{ClauseKind, ClockEventKind, Resource, StepKind};
use entity::time::Timestamp;
use entity::{agreement_clause, clock_event, handoff, sla_clock, sla_step};

use crate::agreements::handoffs::store;
use crate::agreements::service::{Terms, hours_of, within_of};
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::db::TenantWrite;
use crate::error::{Error, Result};
use crate::metrics::sla::clock::{Facts, Progress, Settled, progress, settle};
use crate::metrics::sla::{BusinessTime, Ladder, Pause, Pauses, Step, Within, steps};

/// What counts for a clock, by its events in the order in which they were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When it did not count.
    pub pauses: Pauses,
    /// When something was done.
    pub attempts: Vec<Timestamp>,
    /// When it ended before its time.
    pub cancelled_at: Option<Timestamp>,
    /// The hours by which it is reckoned.
    pub hours: CalendarVersionId,
}

/// What counts for a clock.
#[must_use]
pub fn counted(clock: &sla_clock::Model, events: &[clock_event::Model]) -> Counted {
    let (mut pauses, mut attempts, mut cancelled_at, mut hours) = (Vec::new(), Vec::new(), None, clock.calendar_version_id);
    let mut since = None;
    for event in events {
        match event.kind {
            ClockEventKind::Attempted => attempts.push(event.occurred_at),
            ClockEventKind::Paused => since = since.or(Some(event.occurred_at)),
            ClockEventKind::Resumed => {
                pauses.extend(since.take().map(|from| Pause { from, to: Some(event.occurred_at) }));
            }
            ClockEventKind::Cancelled => cancelled_at = cancelled_at.or(Some(event.occurred_at)),
            ClockEventKind::Repinned => hours = event.calendar_version_id.unwrap_or(hours),
        }
    }
    pauses.extend(since.map(|from| Pause { from, to: None }));
    Counted { pauses: Pauses::new(pauses), attempts, cancelled_at, hours }
}

/// What of its time a clock has used, in microseconds of business time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Used so far, or until it came to its end.
    pub elapsed: i64,
    /// Left; `None` where it has time for ever.
    pub remaining: Option<i64>,
}

/// A clock with all it is reckoned by.
pub(super) struct Reckoned<'a> {
    clock: &'a sla_clock::Model,
    clause: &'a agreement_clause::Model,
    time: &'a BusinessTime,
    counted: Counted,
}

impl<'a> Reckoned<'a> {
    pub(super) const fn new(
        clock: &'a sla_clock::Model,
        clause: &'a agreement_clause::Model,
        time: &'a BusinessTime,
        counted: Counted,
    ) -> Self {
        Self { clock, clause, time, counted }
    }

    /// The business time it has: what it was given when it began or, by other hours, what these give.
    fn target(&self) -> i64 {
        if self.counted.hours == self.clock.calendar_version_id {
            return self.clock.target_micros;
        }
        within_of(self.clause).map_or(self.clock.target_micros, |within| target(within, self.time, self.clock.started_at))
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            started_at: self.clock.started_at,
            target: self.target(),
            wanted: u16::try_from(self.clock.wanted).unwrap_or(1),
            pauses: &self.counted.pauses,
            attempts: &self.counted.attempts,
            cancelled_at: self.counted.cancelled_at,
        }
    }

    /// What of its time it has used at an instant.
    pub(super) fn spent(&self, now: Timestamp) -> Spent {
        let facts = self.facts();
        let Progress { elapsed, remaining } = progress(self.time, &facts, &settle(self.time, &facts), now);
        Spent { elapsed, remaining: (facts.target < i64::MAX).then_some(remaining) }
    }

    fn steps(&self, settled: &Settled) -> HashMap<StepKind, Option<Timestamp>> {
        let due = steps(self.time, self.clock.started_at, self.target(), &self.counted.pauses, ladder(self.clause));
        due.into_iter().map(|(step, due)| (step_kind(step), due.filter(|due| settled.outlasts(*due)))).collect()
    }
}

/// As much business time as there is, where the days never come: then nothing is ever due.
fn target(within: Within, time: &BusinessTime, start: Timestamp) -> i64 {
    within.target(time, start).unwrap_or(i64::MAX)
}

fn ladder(clause: &agreement_clause::Model) -> Ladder {
    let percent = |percent: Option<i16>| percent.and_then(|percent| u16::try_from(percent).ok());
    Ladder { warn: percent(clause.warn_percent), escalate: percent(clause.escalate_percent), reassign: percent(clause.reassign_percent) }
}

const fn step_kind(step: Step) -> StepKind {
    match step {
        Step::Warn => StepKind::Warn,
        Step::Breach => StepKind::Breach,
        Step::Escalate => StepKind::Escalate,
        Step::Reassign => StepKind::Reassign,
    }
}

fn cache(clock: &sla_clock::Model, settled: &Settled) -> sla_clock::Model {
    let Settled { due_at, met_at, cancelled_at, paused_at } = *settled;
    sla_clock::Model { due_at, met_at, paused_at, cancelled_at, ..clock.clone() }
}

/// What becomes of a clock by its events in the order in which they were recorded, whatever stands in its row.
///
/// # Errors
/// [`Error::Internal`] where the hours by which it is reckoned are not among those given.
pub fn settled_by(
    clock: &sla_clock::Model,
    clause: &agreement_clause::Model,
    events: &[clock_event::Model],
    times: &HashMap<CalendarVersionId, BusinessTime>,
) -> Result<Settled> {
    let counted = counted(clock, events);
    let time = times.get(&counted.hours).ok_or(Error::broken("the hours of a clock are there"))?;
    Ok(settle(time, &Reckoned::new(clock, clause, time, counted).facts()))
}

/// What of a clock stands in its row.
pub(super) const fn settled(clock: &sla_clock::Model) -> Settled {
    Settled { due_at: clock.due_at, met_at: clock.met_at, cancelled_at: clock.cancelled_at, paused_at: clock.paused_at }
}

/// How a clock stands at an instant, by its row.
#[must_use]
pub fn clock_state(clock: &sla_clock::Model, now: Timestamp) -> crate::metrics::sla::clock::State {
    crate::metrics::sla::clock::state(&settled(clock), now)
}

/// Who owes what a clock is about, of a handoff that is somebody's. What the offering side owes is owed by who offered.
#[must_use]
pub fn owing(clock: &sla_clock::Model, handoff: &handoff::Model, owner: Option<MemberId>) -> Option<MemberId> {
    if clock.resource == handoff.to_resource { owner } else { handoff.recorded_by }
}

/// Whether something may still become of a clock.
pub(super) const fn awaited(clock: &sla_clock::Model) -> bool {
    clock.met_at.is_none() && clock.cancelled_at.is_none()
}

/// Adds the same to clocks that are held.
pub(super) async fn tell<P: Grant>(
    tx: &TenantWrite,
    scope: &Scope<P>,
    clocks: &[sla_clock::Model],
    happening: &Happening<'_>,
) -> Result<()> {
    let ids: Vec<SlaClockId> = clocks.iter().map(|clock| clock.id).collect();
    let before = store::clock_events_of_all(tx, &ids).await?;
    let after = |clock: &sla_clock::Model| next(scope, clock, before.get(&clock.id).map(Vec::as_slice).unwrap_or_default(), happening);
    let events: Vec<clock_event::Model> = clocks.iter().map(after).collect();
    record(tx, clocks, &events).await
}

/// Nobody may contact a person any more: what was still owed to them under their own name is owed no longer. A breach stays one.
///
/// # Errors
/// What the database says.
pub async fn owe_no_more<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, person: PersonId) -> Result<()> {
    let receiving: HashMap<HandoffId, Resource> =
        store::handoffs_about(tx, &[person], &[]).await?.into_iter().map(|row| (row.id, row.to_resource)).collect();
    let ids: Vec<HandoffId> = receiving.keys().copied().collect();
    let mut clocks = store::hold_clocks_of(tx, &ids).await?;
    clocks.retain(|clock| awaited(clock) && receiving.get(&clock.handoff_id) == Some(&clock.resource));
    // Why is not kept either: of who was erased no words are.
    let happening = Happening { kind: ClockEventKind::Cancelled, reason: None, occurred_at: scope.now() };
    tell(tx, scope, &clocks, &happening).await
}

/// Clocks that begin, with what falls due on them.
#[derive(Debug, Default)]
pub(super) struct Started {
    pub(super) clocks: Vec<sla_clock::Model>,
    pub(super) steps: Vec<sla_step::Model>,
}

impl Started {
    /// Writes them.
    pub(super) async fn insert(&self, tx: &TenantWrite) -> Result<()> {
        tx.insert_many::<sla_clock::Entity>(&self.clocks).await?;
        tx.insert_many::<sla_step::Entity>(&self.steps).await
    }

    /// Begins the clocks of a handoff for clauses of some kinds.
    pub(super) fn begin<P: Grant>(
        &mut self,
        scope: &Scope<P>,
        terms: &Terms,
        row: &handoff::Model,
        at: Timestamp,
        of: impl Fn(ClauseKind) -> bool,
    ) -> Result<()> {
        for clause in terms.clauses.iter().filter(|clause| clause.kind.has_clock() && of(clause.kind)) {
            let hours = terms.hours(Some(clause))?;
            let within = within_of(clause).ok_or(Error::broken("a clause with a clock has a time"))?;
            let clock = sla_clock::Model {
                organization_id: scope.organization_id(),
                id: scope.next_id(),
                handoff_id: row.id,
                clause_id: clause.id,
                resource: clause.kind.owed_by(row.from_resource, row.to_resource),
                wanted: clause.quantity.and_then(|quantity| i16::try_from(quantity).ok()).unwrap_or(1),
                calendar_version_id: hours.version_id,
                started_at: at,
                target_micros: target(within, &hours.time, at),
                due_at: None,
                met_at: None,
                paused_at: None,
                cancelled_at: None,
                recorded_at: scope.now(),
                version: 1,
            };
            let reckoned = Reckoned::new(&clock, clause, &hours.time, counted(&clock, &[]));
            let settled = settle(&hours.time, &reckoned.facts());
            let mut steps: Vec<(StepKind, Option<Timestamp>)> = reckoned.steps(&settled).into_iter().collect();
            steps.sort_unstable();
            self.steps.extend(steps.into_iter().map(|(kind, due_at)| step(scope, row.id, Some(clock.id), kind, due_at)));
            self.clocks.push(cache(&clock, &settled));
        }
        Ok(())
    }
}

/// Something that falls due.
pub(super) fn step<P: Grant>(
    scope: &Scope<P>,
    handoff_id: HandoffId,
    clock_id: Option<SlaClockId>,
    kind: StepKind,
    due_at: Option<Timestamp>,
) -> sla_step::Model {
    sla_step::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        handoff_id,
        clock_id,
        kind,
        due_at,
        fired_at: None,
        member_id: None,
        version: 1,
    }
}

/// Something that counts for a clock from now on.
pub(super) struct Happening<'a> {
    pub(super) kind: ClockEventKind,
    pub(super) reason: Option<&'a str>,
    pub(super) occurred_at: Timestamp,
}

/// The next event of a clock.
pub(super) fn next<P: Grant>(
    scope: &Scope<P>,
    clock: &sla_clock::Model,
    events: &[clock_event::Model],
    happening: &Happening<'_>,
) -> clock_event::Model {
    clock_event::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        clock_id: clock.id,
        sequence: events.last().map_or(0, |last| last.sequence.saturating_add(1)),
        kind: happening.kind,
        activity_id: None,
        calendar_version_id: None,
        reason: happening.reason.map(str::to_owned),
        occurred_at: happening.occurred_at,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    }
}

/// Writes events of clocks that are held, and what follows from them: until when there is time, whether it was used, and what falls
/// due. The number of statements does not rise with the clocks.
pub(super) async fn record(tx: &TenantWrite, clocks: &[sla_clock::Model], events: &[clock_event::Model]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    tx.insert_many::<clock_event::Entity>(events).await?;
    let told: BTreeSet<SlaClockId> = events.iter().map(|event| event.clock_id).collect();
    let clocks: Vec<sla_clock::Model> = clocks.iter().filter(|clock| told.contains(&clock.id)).cloned().collect();
    let ids: Vec<SlaClockId> = clocks.iter().map(|clock| clock.id).collect();
    let events = store::clock_events_of_all(tx, &ids).await?;
    let counted: Vec<Counted> =
        clocks.iter().map(|clock| counted(clock, events.get(&clock.id).map(Vec::as_slice).unwrap_or_default())).collect();
    let hours: BTreeSet<CalendarVersionId> = counted.iter().map(|counted| counted.hours).collect();
    let times = hours_of(tx, &Vec::from_iter(hours)).await?;
    let of_clocks: BTreeSet<_> = clocks.iter().map(|clock| clock.clause_id).collect();
    let clauses = store::clauses(tx, &Vec::from_iter(of_clocks)).await?;
    let (mut after, mut due) = (Vec::with_capacity(clocks.len()), HashMap::with_capacity(clocks.len()));
    for (clock, counted) in clocks.iter().zip(counted) {
        let time = times.get(&counted.hours).ok_or(Error::broken("the hours of a clock are there"))?;
        let clause = clauses.get(&clock.clause_id).ok_or(Error::broken("the clause of a clock is there"))?;
        let reckoned = Reckoned::new(clock, clause, time, counted);
        let settled = settle(time, &reckoned.facts());
        due.insert(clock.id, reckoned.steps(&settled));
        after.push(cache(clock, &settled));
    }
    store::update_clocks(tx, &clocks, &after).await?;
    let steps = store::unfired(tx, &ids).await?;
    let changed = steps.into_iter().filter_map(|step| {
        let due_at = due.get(&step.clock_id?)?.get(&step.kind).copied().flatten();
        (due_at != step.due_at).then_some((step.id, due_at))
    });
    store::set_steps(tx, changed.collect()).await
}
