//! Locking months, and opening them again.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::PeriodLockId;
use entity::period_lock;
use serde::Serialize;

use super::months::after;
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, PeriodLock};
use crate::db::{Idempotent, Listing, PageRequest, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::period::month_of;
use crate::periods::store;

/// Which locks are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct LockFilter {
    /// Those of this month and later ones.
    pub from: Option<NaiveDate>,
    /// Those of months before this one.
    pub to: Option<NaiveDate>,
    /// Those that were ended too, and the rows that end them.
    pub include_ended: bool,
}

/// A page of locks, the latest months first.
///
/// # Errors
/// A problem with `filter`.
pub async fn period_locks(
    scope: &Scope<CostPerCloseRead>,
    filter: LockFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<period_lock::Model>> {
    input::span("filter.to", filter.from, filter.to)?;
    store::locks(&scope.read().await?, filter).listing(page, with_total).await
}

/// The locks with some ids.
///
/// # Errors
/// What the database says.
pub async fn period_locks_by_id(
    scope: &Scope<CostPerCloseRead>,
    ids: &[PeriodLockId],
) -> Result<HashMap<PeriodLockId, period_lock::Model>> {
    let rows = scope.read().await?.get_many::<period_lock::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A month to be locked, or to be opened again.
#[derive(Clone, Debug, Serialize)]
pub struct LockPeriod {
    /// Any day of the month.
    pub month: NaiveDate,
    /// Why.
    pub reason: String,
    /// Repeating it gives the same lock.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Locks a month that is over.
///
/// # Errors
/// Problems with `reason` and `month`: `PERIOD_LOCKED` where it is.
pub async fn lock_period(scope: &Scope<PeriodLock>, new: &LockPeriod) -> Result<period_lock::Model> {
    decide(scope, new, "lockPeriod").await
}

/// Opens a locked month again.
///
/// # Errors
/// Problems with `reason` and `month`: `PERIOD_OPEN` where it is.
pub async fn unlock_period(scope: &Scope<PeriodLock>, new: &LockPeriod) -> Result<period_lock::Model> {
    decide(scope, new, "unlockPeriod").await
}

async fn decide(scope: &Scope<PeriodLock>, new: &LockPeriod, operation: &'static str) -> Result<period_lock::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), operation, new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<PeriodLockId>(&tx).await? {
        return tx.get::<period_lock::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    problems.take(input::day("month", new.month))?;
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?.unwrap_or_default();
    problems.check()?;
    let row = period_lock::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        month: month_of(new.month),
        reason,
        recorded_by: scope.member_id(),
        supersedes_id: None,
        retracted: false,
        recorded_at: scope.now(),
    };
    let row = if operation == "lockPeriod" { lock(&tx, scope, row).await? } else { unlock(&tx, scope, row).await? };
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn lock(tx: &TenantWrite, scope: &Scope<PeriodLock>, row: period_lock::Model) -> Result<period_lock::Model> {
    let organization = store::hold_organization(tx).await?;
    if after(row.month, input::time_zone("timeZone", &organization.timezone)?) > scope.now() {
        return Err(Error::invalid("month", ProblemCode::Invalid, "it is not over yet"));
    }
    if store::lock_of(tx, row.month).await?.is_some() {
        return Err(Error::invalid("month", ProblemCode::PeriodLocked, "it is locked already"));
    }
    // It was waited for: whoever writes before has written.
    tx.insert::<period_lock::Entity>(period_lock::Model { recorded_at: scope.now(), ..row }).await
}

async fn unlock(tx: &TenantWrite, scope: &Scope<PeriodLock>, row: period_lock::Model) -> Result<period_lock::Model> {
    store::hold_organization(tx).await?;
    let Some(lock) = store::lock_of(tx, row.month).await? else {
        return Err(Error::invalid("month", ProblemCode::PeriodOpen, "it is not locked"));
    };
    let (supersedes_id, recorded_at) = (Some(lock.id), scope.now());
    tx.correct::<period_lock::Entity>(period_lock::Model { supersedes_id, retracted: true, recorded_at, ..row }).await
}
