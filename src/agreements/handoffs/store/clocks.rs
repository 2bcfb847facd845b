//! Clocks, what counts for them, and what falls due.

use std::collections::HashMap;

use entity::ids::{
    AgreementClauseId, BusinessCalendarId, CalendarVersionId, HandoffId, ServiceAgreementId, SlaClockId, SlaStepId, TypedId,
};
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_version, calendar_version, clock_event, sla_clock, sla_step};
use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::{CHUNK, owned_by};
use crate::agreements::handoffs::service::ClockFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;
use crate::metrics::sla::clock::State;

impl Sorted for sla_clock::Entity {
    fn sort_column() -> Option<sla_clock::Column> {
        Some(sla_clock::Column::StartedAt)
    }

    fn cursor(row: &sla_clock::Model) -> Cursor {
        Cursor { key: row.started_at.micros(), id: row.id.uuid() }
    }
}

/// The clocks that pass a filter, as they stand at a moment.
pub(in crate::agreements::handoffs) fn clocks<'tx>(
    tx: &'tx TenantTx,
    filter: &ClockFilter,
    now: Timestamp,
) -> Scoped<'tx, sla_clock::Entity> {
    use sla_clock::Column;
    let condition = Condition::all()
        .add_option(filter.agreement_id.map(|agreement| of_agreement(tx, agreement)))
        .add_option(filter.clause_id.map(|clause| Column::ClauseId.eq(clause)))
        .add_option(filter.resource.map(|resource| Column::Resource.eq(resource)))
        .add_option(filter.due_before.map(|before| Column::DueAt.lt(before)))
        .add_option(filter.state.map(|state| standing(state, now)))
        .add_option(filter.owner_id.map(|owner| owned_by(tx, Column::HandoffId, owner)))
        .add_option(filter.told_to.map(|member| {
            let told = tx.everything::<sla_step::Entity>().filter(sla_step::Column::MemberId.eq(member));
            Column::Id.in_subquery(told.filter(sla_step::Column::ClockId.is_not_null()).subquery(sla_step::Column::ClockId))
        }));
    tx.find().filter(condition)
}

/// Clocks of clauses of an agreement.
fn of_agreement(tx: &TenantTx, agreement: ServiceAgreementId) -> SimpleExpr {
    let versions = tx.find::<agreement_version::Entity>().filter(agreement_version::Column::AgreementId.eq(agreement));
    let versions = versions.subquery(agreement_version::Column::Id);
    let clauses = tx.find::<agreement_clause::Entity>().filter(agreement_clause::Column::VersionId.in_subquery(versions));
    sla_clock::Column::ClauseId.in_subquery(clauses.subquery(agreement_clause::Column::Id))
}

/// Clocks that stand somehow at a moment: as [`crate::metrics::sla::clock::state`] has it, by the columns that repeat it.
fn standing(state: State, now: Timestamp) -> Condition {
    use sla_clock::Column::{CancelledAt, DueAt, MetAt, PausedAt};
    let (any, all) = (Condition::any, Condition::all);
    let later = |column: sla_clock::Column| any().add(column.is_null()).add(column.gt(now));
    let in_time = |column: sla_clock::Column| any().add(DueAt.is_null()).add(column.into_expr().lte(DueAt.into_expr()));
    let cancelled = || {
        let first = any().add(later(MetAt)).add(CancelledAt.into_expr().lt(MetAt.into_expr()));
        all().add(CancelledAt.lte(now)).add(in_time(CancelledAt)).add(first)
    };
    // Not the negation of the above: what is null is neither true nor false.
    let counted = || {
        let met_first = all().add(MetAt.lte(now)).add(CancelledAt.into_expr().gte(MetAt.into_expr()));
        later(CancelledAt).add(CancelledAt.into_expr().gt(DueAt.into_expr())).add(met_first)
    };
    let awaited = || all().add(counted()).add(later(MetAt));
    let has_time = || awaited().add(any().add(DueAt.is_null()).add(DueAt.gte(now)));
    match state {
        State::Cancelled => cancelled(),
        State::Met => all().add(counted()).add(MetAt.lte(now)).add(in_time(MetAt)),
        State::Late => all().add(counted()).add(MetAt.lte(now)).add(MetAt.into_expr().gt(DueAt.into_expr())),
        State::Overdue => awaited().add(DueAt.lt(now)),
        State::Paused => has_time().add(PausedAt.lte(now)),
        State::Running => has_time().add(later(PausedAt)),
    }
}

/// The clocks of some handoffs that the caller sees, in the order in which they began.
pub(in crate::agreements::handoffs) async fn clocks_of(tx: &TenantTx, handoffs: &[HandoffId]) -> Result<Vec<sla_clock::Model>> {
    let rows = tx.find::<sla_clock::Entity>().filter(sla_clock::Column::HandoffId.is_in(handoffs.iter().copied()));
    rows.order_by_asc(sla_clock::Column::StartedAt).order_by_asc(sla_clock::Column::Id).all().await
}

/// Clocks that are neither met nor cancelled: those of an agreement, or one, that the caller sees. Nothing is held yet.
pub(in crate::agreements::handoffs) async fn clocks_unsettled(tx: &TenantTx, agreement: ServiceAgreementId) -> Result<Vec<SlaClockId>> {
    use sla_clock::Column::{CancelledAt, Id, MetAt};
    let mut found = Vec::new();
    let rows = tx.find::<sla_clock::Entity>().filter(of_agreement(tx, agreement)).filter(MetAt.is_null()).filter(CancelledAt.is_null());
    rows.rows([Id], |row| row.try_get_by_index(0).map(|id| found.push(id))).await?;
    Ok(found)
}

/// Some clocks, seen by the caller or not, held until the transaction ends, in the order of their ids.
pub(in crate::agreements::handoffs) async fn hold_clocks(tx: &TenantTx, ids: &[SlaClockId]) -> Result<Vec<sla_clock::Model>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<sla_clock::Entity>().filter(sla_clock::Column::Id.is_in(some.iter().copied()));
        found.extend(rows.order_by_asc(sla_clock::Column::Id).locked().all().await?);
    }
    Ok(found)
}

/// The clocks of some handoffs, seen by the caller or not, held until the transaction ends, in the order of their ids.
pub(in crate::agreements::handoffs) async fn hold_clocks_of(tx: &TenantTx, handoffs: &[HandoffId]) -> Result<Vec<sla_clock::Model>> {
    let mut found = Vec::new();
    for some in handoffs.chunks(CHUNK) {
        let rows = tx.everything::<sla_clock::Entity>().filter(sla_clock::Column::HandoffId.is_in(some.iter().copied()));
        found.extend(rows.order_by_asc(sla_clock::Column::Id).locked().all().await?);
    }
    Ok(found)
}

/// The events of some clocks that the caller sees, in the order in which they were recorded.
pub(in crate::agreements::handoffs) async fn clock_events(tx: &TenantTx, clocks: &[SlaClockId]) -> Result<Vec<clock_event::Model>> {
    let rows = tx.find::<clock_event::Entity>().filter(clock_event::Column::ClockId.is_in(clocks.iter().copied()));
    rows.order_by_asc(clock_event::Column::Sequence).all().await
}

/// The events of some clocks, seen by the caller or not, in the order in which they were recorded.
pub(in crate::agreements::handoffs) async fn clock_events_of_all(
    tx: &TenantTx,
    clocks: &[SlaClockId],
) -> Result<HashMap<SlaClockId, Vec<clock_event::Model>>> {
    let mut found: HashMap<SlaClockId, Vec<clock_event::Model>> = HashMap::with_capacity(clocks.len());
    for some in clocks.chunks(CHUNK) {
        let rows = tx.everything::<clock_event::Entity>().filter(clock_event::Column::ClockId.is_in(some.iter().copied()));
        for row in rows.order_by_asc(clock_event::Column::Sequence).all().await? {
            found.entry(row.clock_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Some clauses.
pub(in crate::agreements::handoffs) async fn clauses(
    tx: &TenantTx,
    ids: &[AgreementClauseId],
) -> Result<HashMap<AgreementClauseId, agreement_clause::Model>> {
    let rows = tx.get_many::<agreement_clause::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Of which calendar some versions are.
pub(in crate::agreements::handoffs) async fn versions_of_calendars(
    tx: &TenantTx,
    ids: &[CalendarVersionId],
) -> Result<HashMap<CalendarVersionId, BusinessCalendarId>> {
    let rows = tx.get_many::<calendar_version::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.calendar_id)).collect())
}

/// The newest version of each of some calendars.
pub(in crate::agreements::handoffs) async fn newest_versions(
    tx: &TenantTx,
    calendars: &[BusinessCalendarId],
) -> Result<HashMap<BusinessCalendarId, CalendarVersionId>> {
    use calendar_version::Column::{CalendarId, CalendarVersion, Id};
    let mut found = HashMap::with_capacity(calendars.len());
    let rows = tx.find::<calendar_version::Entity>().filter(CalendarId.is_in(calendars.iter().copied()));
    let rows = rows.order_by_asc(CalendarVersion);
    rows.rows([CalendarId, Id], |row| {
        found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// The steps of some handoffs that the caller sees, in the order in which they fall due; what is not due comes last.
pub(in crate::agreements::handoffs) async fn steps_of(tx: &TenantTx, handoffs: &[HandoffId]) -> Result<Vec<sla_step::Model>> {
    let rows = tx.find::<sla_step::Entity>().filter(sla_step::Column::HandoffId.is_in(handoffs.iter().copied()));
    let mut steps = rows.order_by_asc(sla_step::Column::Id).all().await?;
    steps.sort_by_key(|step| step.due_at.unwrap_or(Timestamp::MAX));
    Ok(steps)
}

/// The steps of a handoff, held until the transaction ends, the latest first.
pub(in crate::agreements::handoffs) async fn hold_steps_of(tx: &TenantTx, handoff: HandoffId) -> Result<Vec<sla_step::Model>> {
    let rows = tx.everything::<sla_step::Entity>().filter(sla_step::Column::HandoffId.eq(handoff));
    rows.order_by_desc(sla_step::Column::Id).locked().all().await
}

/// The steps of some clocks that were not carried out, held until the transaction ends, the latest first.
pub(in crate::agreements::handoffs) async fn unfired(tx: &TenantTx, clocks: &[SlaClockId]) -> Result<Vec<sla_step::Model>> {
    use sla_step::Column::{ClockId, FiredAt, Id};
    let mut found = Vec::new();
    for some in clocks.chunks(CHUNK) {
        let rows = tx.everything::<sla_step::Entity>().filter(ClockId.is_in(some.iter().copied())).filter(FiredAt.is_null());
        found.extend(rows.order_by_desc(Id).locked().all().await?);
    }
    Ok(found)
}

/// When steps fall due from now on.
pub(in crate::agreements::handoffs) async fn set_steps(tx: &TenantWrite, due: Vec<(SlaStepId, Option<Timestamp>)>) -> Result<()> {
    tx.update_each::<sla_step::Entity, _>(sla_step::Column::DueAt, sla_step::Column::Version, due).await
}

/// That steps were carried out.
pub(in crate::agreements::handoffs) async fn fire_steps(tx: &TenantWrite, fired: Vec<(SlaStepId, Option<Timestamp>)>) -> Result<()> {
    tx.update_each::<sla_step::Entity, _>(sla_step::Column::FiredAt, sla_step::Column::Version, fired).await
}

/// A column of clocks that repeats what follows from their events, with its values.
type Cached = (sla_clock::Column, Vec<(SlaClockId, Option<Timestamp>)>);

/// Writes what follows from the events of clocks: what it was before is left alone.
pub(in crate::agreements::handoffs) async fn update_clocks(
    tx: &TenantWrite,
    before: &[sla_clock::Model],
    after: &[sla_clock::Model],
) -> Result<()> {
    use sla_clock::Column::{CancelledAt, DueAt, MetAt, PausedAt, Version};
    let changed = |of: fn(&sla_clock::Model) -> Option<Timestamp>| {
        let changed = before.iter().zip(after).filter(|(before, after)| of(before) != of(after));
        changed.map(|(_, after)| (after.id, of(after))).collect::<Vec<_>>()
    };
    let columns: [Cached; 4] = [
        (DueAt, changed(|row| row.due_at)),
        (MetAt, changed(|row| row.met_at)),
        (PausedAt, changed(|row| row.paused_at)),
        (CancelledAt, changed(|row| row.cancelled_at)),
    ];
    for (column, values) in columns {
        tx.update_each::<sla_clock::Entity, _>(column, Version, values).await?;
    }
    Ok(())
}
