//! Queries on locks of months and on restatements.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::{RestatementId, TypedId};
use entity::time::Timestamp;
use entity::{cost_entry, organization, period_lock, restatement};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Value};

use super::service::LockFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, by_day, day_of};
use crate::error::{Error, Result};

impl Sorted for period_lock::Entity {
    fn sort_column() -> Option<period_lock::Column> {
        Some(period_lock::Column::Month)
    }

    fn cursor(row: &period_lock::Model) -> Cursor {
        by_day(row.month, row.id.uuid())
    }

    fn sort_value(key: i64) -> Value {
        day_of(key)
    }
}

impl Sorted for restatement::Entity {
    fn sort_column() -> Option<restatement::Column> {
        Some(restatement::Column::RecordedAt)
    }

    fn cursor(row: &restatement::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// The organization, held so that nobody writes what may lie in a locked month until the transaction ends.
pub(super) async fn hold_organization(tx: &TenantTx) -> Result<organization::Model> {
    tx.everything::<organization::Entity>().locked().one().await?.ok_or(Error::NotFound)
}

/// The organization, shared so that no month is locked or opened until the transaction ends.
pub(super) async fn share_organization(tx: &TenantTx) -> Result<organization::Model> {
    tx.everything::<organization::Entity>().shared().one().await?.ok_or(Error::NotFound)
}

/// The first days of the months that are locked.
pub(super) async fn locked_months(tx: &TenantTx) -> Result<BTreeSet<NaiveDate>> {
    let mut found = BTreeSet::new();
    let standing = tx.everything::<period_lock::Entity>().standing();
    standing.rows([period_lock::Column::Month], |row| row.try_get_by_index::<NaiveDate>(0).map(|month| found.extend([month]))).await?;
    Ok(found)
}

/// The lock of a month that is locked.
pub(super) async fn lock_of(tx: &TenantTx, month: NaiveDate) -> Result<Option<period_lock::Model>> {
    tx.everything::<period_lock::Entity>().standing().filter(period_lock::Column::Month.eq(month)).one().await
}

/// The locks that pass a filter.
pub(super) fn locks(tx: &TenantTx, filter: LockFilter) -> Scoped<'_, period_lock::Entity> {
    let condition = Condition::all()
        .add_option(filter.from.map(|from| period_lock::Column::Month.gte(from)))
        .add_option(filter.to.map(|to| period_lock::Column::Month.lt(to)));
    let locks = tx.find::<period_lock::Entity>().filter(condition);
    if filter.include_ended { locks } else { locks.standing() }
}

/// The restatements of what the caller sees: of costs, those of entries they may read.
fn restatements_seen(tx: &TenantTx) -> Scoped<'_, restatement::Entity> {
    let costs = tx.find::<cost_entry::Entity>().subquery(cost_entry::Column::Id);
    let of_costs = restatement::Column::CostEntryId;
    tx.find::<restatement::Entity>().filter(Condition::any().add(of_costs.is_null()).add(of_costs.in_subquery(costs)))
}

/// The restatements with some ids.
pub(super) async fn restatements_by_id(tx: &TenantTx, ids: &[RestatementId]) -> Result<Vec<restatement::Model>> {
    restatements_seen(tx).filter(restatement::Column::Id.is_in(ids.iter().copied())).all().await
}

/// The restatements since an instant, of one month or of any.
pub(super) fn restatements(tx: &TenantTx, since: Timestamp, month: Option<NaiveDate>) -> Scoped<'_, restatement::Entity> {
    let condition = Condition::all()
        .add(restatement::Column::RecordedAt.gte(since))
        .add_option(month.map(|month| restatement::Column::Month.eq(month)));
    restatements_seen(tx).filter(condition)
}
