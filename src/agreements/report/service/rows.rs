//! The handoffs and clocks behind a number.

use std::collections::HashMap;

use entity::ids::{AgreementClauseId, MemberId, TacticId, TeamId, TypedId};
use entity::kinds::RejectReason;
use entity::{handoff, sla_clock};
use uuid::Uuid;

use super::facts::{ClockRow, HandoffRow, Report};
use crate::auth::Scope;
use crate::auth::permission::grant::HandoffRead;
use crate::db::{Cursor, Listing, Page, PageRequest, TenantTx, Visible};
use crate::error::Result;
use crate::metrics::sla::{clock, handoff as handed};

/// Which handoffs are wanted; what is empty does not narrow. `Some(None)` wants those without a value.
#[derive(Clone, Debug, Default)]
pub struct HandoffWanted {
    /// How they stand, by any of these.
    pub states: Vec<handed::State>,
    /// Whose they are.
    pub owner: Option<Option<MemberId>>,
    /// Of which team that is.
    pub team: Option<Option<TeamId>>,
    /// What brought them.
    pub tactic: Option<Option<TacticId>>,
    /// Why they were rejected.
    pub reason: Option<Option<RejectReason>>,
    /// Whether they are above what was agreed.
    pub over_delivery: Option<bool>,
}

impl HandoffWanted {
    fn holds(&self, row: &HandoffRow) -> bool {
        (self.states.is_empty() || self.states.contains(&row.state))
            && self.owner.is_none_or(|owner| row.owner == owner)
            && self.team.is_none_or(|team| row.team == team)
            && self.tactic.is_none_or(|tactic| row.tactic == tactic)
            && self.reason.is_none_or(|reason| row.reason == reason)
            && self.over_delivery.is_none_or(|over| (row.over_delivery && row.state != handed::State::Withdrawn) == over)
    }
}

/// Which clocks are wanted; what is empty does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ClockWanted {
    /// For which clause.
    pub clause: Option<AgreementClauseId>,
    /// How they stand, by any of these.
    pub states: Vec<clock::State>,
    /// Whether they are met by what was told only after they were due.
    pub told_late: Option<bool>,
    /// Of which handoffs; owner and team are of who owed the clock.
    pub handoffs: HandoffWanted,
}

impl ClockWanted {
    fn holds(&self, clock: &ClockRow, handoff: &HandoffRow, clause: AgreementClauseId) -> bool {
        self.clause.is_none_or(|wanted| clause == wanted)
            && (self.states.is_empty() || self.states.contains(&clock.state))
            && self.told_late.is_none_or(|told_late| clock.told_late == told_late)
            && self.handoffs.holds(&HandoffRow { owner: clock.owner, team: clock.team, ..*handoff })
    }
}

/// One page of the handoffs behind the numbers of a point that the caller sees, those offered first first.
///
/// # Errors
/// What the database says.
pub async fn handoff_rows(
    scope: &Scope<HandoffRead>,
    report: &Report,
    point: usize,
    wanted: &HandoffWanted,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<handoff::Model>> {
    let tx = scope.read().await?;
    let (days, seen) = (report.point(point)?, tx.ids_seen::<handoff::Entity>().await?);
    let counted = report.handoffs.iter().filter(|row| days.contains(row.offered_at) && wanted.holds(row));
    let found: Vec<Cursor> = counted
        .filter(|row| seen.as_ref().is_none_or(|seen| seen.contains(&row.id.uuid())))
        .map(|row| Cursor { key: row.offered_at.micros(), id: row.id.uuid() })
        .collect();
    shown::<handoff::Entity>(&tx, &found, page, with_total, |row| row.id.uuid()).await
}

/// One page of the clocks behind the numbers of a point that the caller sees, those that began first first.
///
/// # Errors
/// What the database says.
pub async fn clock_rows(
    scope: &Scope<HandoffRead>,
    report: &Report,
    point: usize,
    wanted: &ClockWanted,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<sla_clock::Model>> {
    let tx = scope.read().await?;
    let (days, seen) = (report.point(point)?, tx.ids_seen::<sla_clock::Entity>().await?);
    let counted = report.clocks.iter().filter(|clock| {
        let of = report.handoffs.get(clock.handoff).zip(report.clauses.get(clock.clause));
        of.is_some_and(|(handoff, clause)| days.contains(handoff.offered_at) && wanted.holds(clock, handoff, clause.id))
    });
    let found: Vec<Cursor> = counted
        .filter(|clock| seen.as_ref().is_none_or(|seen| seen.contains(&clock.id.uuid())))
        .map(|clock| Cursor { key: clock.started_at.micros(), id: clock.id.uuid() })
        .collect();
    shown::<sla_clock::Entity>(&tx, &found, page, with_total, |row| row.id.uuid()).await
}

/// A page of rows that were found already, in their order.
async fn shown<E: Visible>(
    tx: &TenantTx,
    found: &[Cursor],
    page: PageRequest,
    with_total: bool,
    id: impl Fn(&E::Model) -> Uuid,
) -> Result<Listing<E::Model>> {
    let Page { items, has_next, has_previous } = page.of_rising(found, |cursor| *cursor);
    let ids: Vec<E::Id> = items.iter().map(|(cursor, _)| E::Id::from_uuid(cursor.id)).collect();
    let mut rows: HashMap<Uuid, E::Model> = tx.get_many::<E>(ids).await?.into_iter().map(|row| (id(&row), row)).collect();
    // What was seen a moment ago, in the same transaction, still is.
    let items = items.into_iter().filter_map(|(cursor, _)| Some((cursor, rows.remove(&cursor.id)?))).collect();
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    Ok(Listing { page: Page { items, has_next, has_previous }, total })
}
