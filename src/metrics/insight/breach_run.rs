//! A side of an agreement that is late time after time.
//!
//! The clocks a side owes are looked at from that due last backwards: a run is how many of them were breached since it last
//! met one. What still runs and what was cancelled is not decided: it neither counts nor ends a run. What was met without ever
//! falling due, and of clocks due at one instant what was met, is taken as the later one: a side that kept its word is not
//! accused for the order in which equal things are told.

use entity::ids::ServiceAgreementId;
use entity::kinds::{InsightKind, InsightSeverity, Resource};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::finding::{Figures, Finding, Subject, only, severity_from, worst_first};
use crate::metrics::sla::clock::State;

/// How many in a row are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreachRunThresholds {
    /// That somebody should look at: 3.
    pub warning: u64,
    /// That somebody has to do something about: 5.
    pub critical: u64,
}

impl Default for BreachRunThresholds {
    fn default() -> Self {
        Self { warning: 3, critical: 5 }
    }
}

/// A clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DueClock {
    /// When it was, or is, due; `None` while a pause holds it up, and where that never comes.
    pub due_at: Option<Timestamp>,
    /// How it stands.
    pub state: State,
}

/// The clocks that a side of an agreement owes, in whatever order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideClocks {
    /// Of which agreement.
    pub agreement: ServiceAgreementId,
    /// Who owes.
    pub resource: Resource,
    /// The clocks, of all its clauses.
    pub clocks: Vec<DueClock>,
}

/// How often in a row a side was late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its clocks that were breached since it last met one.
    pub breached: u64,
    /// Its clocks that are decided.
    pub decided: u64,
}

/// How often in a row a side was late, by its clocks in whatever order.
#[must_use]
pub fn run_of(clocks: &[DueClock]) -> Run {
    let due = |wanted: fn(State) -> bool| {
        clocks.iter().filter(move |clock| wanted(clock.state)).map(|clock| clock.due_at.unwrap_or(Timestamp::MAX))
    };
    let (met, breached) = (|state| state == State::Met, |state| matches!(state, State::Late | State::Overdue));
    let last_met = due(met).max();
    let run = count(due(breached).filter(|due| last_met.is_none_or(|met| *due > met)));
    Run { breached: run, decided: count(due(met)).saturating_add(count(due(breached))) }
}

/// The sides that were late time after time.
#[must_use]
pub fn breach_run(sides: &[SideClocks], thresholds: &BreachRunThresholds) -> Vec<Finding> {
    worst_first(sides.iter().filter_map(|side| judged(side, thresholds)))
}

fn judged(side: &SideClocks, thresholds: &BreachRunThresholds) -> Option<Finding> {
    let Run { breached, decided } = run_of(&side.clocks);
    let severity = severity_from(&breached, &thresholds.warning, &thresholds.critical).filter(|_| breached > 0)?;
    let reached = if severity == InsightSeverity::Critical { thresholds.critical } else { thresholds.warning };
    Some(Finding {
        kind: InsightKind::SlaBreachRun,
        severity,
        subject: Subject::Side { agreement: side.agreement, resource: side.resource },
        addressed_to: only(side.resource),
        figures: Figures {
            observed: Decimal::from(breached),
            threshold: Decimal::from(reached),
            baseline: None,
            count: decided,
            cost_minor: None,
        },
    })
}

fn count(clocks: impl Iterator<Item = Timestamp>) -> u64 {
    clocks.fold(0, |count, _| count + 1)
}
