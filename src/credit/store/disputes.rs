//! Disputes about credit, and how they were settled.

use std::collections::HashSet;

use entity::ids::{CloseId, CreditDisputeId, TypedId};
use entity::kinds::Resource;
use entity::{credit_dispute, credit_dispute_end};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use crate::credit::service::DisputeFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;

impl Sorted for credit_dispute::Entity {
    fn sort_column() -> Option<credit_dispute::Column> {
        Some(credit_dispute::Column::RecordedAt)
    }

    fn cursor(row: &credit_dispute::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// The column by which disputes belong to closes.
pub(in crate::credit) const DISPUTE_CLOSE: credit_dispute::Column = credit_dispute::Column::CloseId;

/// The disputes that pass a filter.
pub(in crate::credit) fn disputes<'tx>(tx: &'tx TenantTx, filter: &DisputeFilter) -> Scoped<'tx, credit_dispute::Entity> {
    use credit_dispute::Column::{CloseId, Id, Resource};
    let ends = || tx.everything::<credit_dispute_end::Entity>();
    let state = filter.state.map(|state| match state.end() {
        Some(end) => {
            let so = ends().filter(credit_dispute_end::Column::Kind.eq(end));
            Condition::all().add(Id.in_subquery(so.subquery(credit_dispute_end::Column::DisputeId)))
        }
        None => Condition::all().add(Id.not_in_subquery(ends().subquery(credit_dispute_end::Column::DisputeId))),
    });
    let condition = Condition::all()
        .add_option(filter.close_id.map(|close| CloseId.eq(close)))
        .add_option(filter.resource.map(|resource| Resource.eq(resource)))
        .add_option(state);
    tx.find().filter(condition)
}

/// The disputes about some closes.
pub(in crate::credit) fn disputes_of<'tx>(tx: &'tx TenantTx, closes: &[CloseId]) -> Scoped<'tx, credit_dispute::Entity> {
    tx.find().filter(DISPUTE_CLOSE.is_in(closes.iter().copied()))
}

/// The disputes that go on.
fn open(tx: &TenantTx) -> Scoped<'_, credit_dispute::Entity> {
    let ends = tx.everything::<credit_dispute_end::Entity>();
    tx.everything().filter(credit_dispute::Column::Id.not_in_subquery(ends.subquery(credit_dispute_end::Column::DisputeId)))
}

/// Those of some closes that are disputed, whoever may see by whom.
pub(in crate::credit) async fn disputed(tx: &TenantTx, closes: &[CloseId]) -> Result<HashSet<CloseId>> {
    let mut found = HashSet::new();
    let rows = open(tx).filter(DISPUTE_CLOSE.is_in(closes.iter().copied()));
    rows.rows([DISPUTE_CLOSE], |row| row.try_get_by_index::<CloseId>(0).map(|close| found.extend([close]))).await?;
    Ok(found)
}

/// Whether more of a close is claimed for a resource already.
pub(in crate::credit) async fn is_disputed(tx: &TenantTx, close: CloseId, resource: Resource) -> Result<bool> {
    let rows = open(tx).filter(DISPUTE_CLOSE.eq(close)).filter(credit_dispute::Column::Resource.eq(resource));
    Ok(rows.one().await?.is_some())
}

/// How some disputes were settled.
pub(in crate::credit) async fn dispute_ends_of(tx: &TenantTx, ids: &[CreditDisputeId]) -> Result<Vec<credit_dispute_end::Model>> {
    tx.find::<credit_dispute_end::Entity>().filter(credit_dispute_end::Column::DisputeId.is_in(ids.iter().copied())).all().await
}
