//! Transfers that were asked for, what was decided about them, and what was undone.

use entity::ids::{CloseId, CreditBatchId, CreditTransferId, TypedId};
use entity::kinds::TransferDecisionKind;
use entity::{credit_batch, credit_entry, credit_policy, credit_transfer, credit_transfer_decision};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use crate::credit::service::TransferFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::metrics::transfer_standing::State;

impl Sorted for credit_transfer::Entity {
    fn sort_column() -> Option<credit_transfer::Column> {
        Some(credit_transfer::Column::RecordedAt)
    }

    fn cursor(row: &credit_transfer::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

impl Sorted for credit_policy::Entity {
    fn sort_column() -> Option<credit_policy::Column> {
        Some(credit_policy::Column::PolicyVersion)
    }

    fn cursor(row: &credit_policy::Model) -> Cursor {
        Cursor { key: row.policy_version.into(), id: row.id.uuid() }
    }
}

/// The transfers that pass a filter. What was posted has its batch, and what was ended a decision that ends it.
pub(in crate::credit) fn transfers<'tx>(tx: &'tx TenantTx, filter: &TransferFilter) -> Scoped<'tx, credit_transfer::Entity> {
    use credit_transfer::Column::{CloseId, FromResource, Id, ToResource};
    let posted = || tx.everything::<credit_batch::Entity>().filter(credit_batch::Column::TransferId.is_not_null());
    let posted = || Id.in_subquery(posted().subquery(credit_batch::Column::TransferId));
    let ended = |kind: TransferDecisionKind| {
        let decisions = tx.everything::<credit_transfer_decision::Entity>().filter(credit_transfer_decision::Column::Kind.eq(kind));
        Id.in_subquery(decisions.subquery(credit_transfer_decision::Column::TransferId))
    };
    let (declined, withdrawn) = (|| ended(TransferDecisionKind::Declined), || ended(TransferDecisionKind::Withdrawn));
    let state = filter.state.map(|state| match state {
        State::Posted => Condition::all().add(posted()),
        State::Declined => Condition::all().add(declined()),
        State::Withdrawn => Condition::all().add(withdrawn()),
        State::Requested => Condition::any().add(posted()).add(declined()).add(withdrawn()).not(),
    });
    let side = filter.resource.map(|resource| Condition::any().add(FromResource.eq(resource)).add(ToResource.eq(resource)));
    let close = filter.close_id.map(|close| CloseId.eq(close));
    tx.find().filter(Condition::all().add_option(close).add_option(side).add_option(state))
}

/// The transfers of some closes, in the order in which they were asked for.
pub(in crate::credit) async fn transfers_of(tx: &TenantTx, closes: &[CloseId]) -> Result<Vec<credit_transfer::Model>> {
    use credit_transfer::Column;
    let transfers = tx.find::<credit_transfer::Entity>().filter(Column::CloseId.is_in(closes.iter().copied()));
    transfers.order_by_asc(Column::RecordedAt).order_by_asc(Column::Id).all().await
}

/// What was decided about some transfers, in the order in which it was.
pub(in crate::credit) async fn decisions_of(tx: &TenantTx, ids: &[CreditTransferId]) -> Result<Vec<credit_transfer_decision::Model>> {
    use credit_transfer_decision::Column;
    let decisions = tx.find::<credit_transfer_decision::Entity>().filter(Column::TransferId.is_in(ids.iter().copied()));
    decisions.order_by_asc(Column::RecordedAt).order_by_asc(Column::Id).all().await
}

/// The batches that carry some transfers out.
pub(in crate::credit) async fn batches_of_transfers(tx: &TenantTx, ids: &[CreditTransferId]) -> Result<Vec<credit_batch::Model>> {
    tx.find::<credit_batch::Entity>().filter(credit_batch::Column::TransferId.is_in(ids.iter().copied())).all().await
}

/// The batches that undo some others.
pub(in crate::credit) async fn reversals_of(tx: &TenantTx, ids: &[CreditBatchId]) -> Result<Vec<credit_batch::Model>> {
    tx.find::<credit_batch::Entity>().filter(credit_batch::Column::ReversesId.is_in(ids.iter().copied())).all().await
}

/// The entries of a batch, seen by the caller or not.
pub(in crate::credit) async fn postings_of_batch(tx: &TenantTx, batch: CreditBatchId) -> Result<Vec<credit_entry::Model>> {
    tx.everything::<credit_entry::Entity>().filter(credit_entry::Column::BatchId.eq(batch)).all().await
}
