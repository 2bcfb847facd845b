//! Queries on audit entries.

use entity::ids::TypedId;
use entity::{audit_entry, audit_head, audit_object};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};

use super::service::AuditFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;

impl Sorted for audit_entry::Entity {
    fn sort_column() -> Option<audit_entry::Column> {
        Some(audit_entry::Column::Sequence)
    }

    fn cursor(row: &audit_entry::Model) -> Cursor {
        Cursor { key: row.sequence, id: row.id.uuid() }
    }
}

/// The entries that pass a filter.
pub(super) fn entries<'tx>(tx: &'tx TenantTx, filter: &AuditFilter) -> Scoped<'tx, audit_entry::Entity> {
    use audit_entry::Column;
    let about = filter.object_id.map(|object| {
        let objects = tx.find::<audit_object::Entity>().filter(audit_object::Column::ObjectId.eq(object));
        Column::Id.in_subquery(objects.subquery(audit_object::Column::EntryId))
    });
    let condition = Condition::all()
        .add_option(filter.member_id.map(|member| Condition::any().add(Column::MemberId.eq(member)).add(Column::OnBehalfOf.eq(member))))
        .add_option(filter.client_id.map(|client| Column::ClientId.eq(client)))
        .add_option(about)
        .add_option(filter.action.as_deref().map(|action| Column::Action.eq(action)))
        .add_option(filter.outcome.map(|outcome| Column::Outcome.eq(outcome)))
        .add_option(filter.from.map(|from| Column::RecordedAt.gte(from)))
        .add_option(filter.to.map(|to| Column::RecordedAt.lt(to)));
    tx.find().filter(condition)
}

/// Some entries after one, in their order.
pub(super) async fn entries_after(tx: &TenantTx, sequence: i64, most: u64) -> Result<Vec<audit_entry::Model>> {
    use audit_entry::Column;
    tx.find::<audit_entry::Entity>().filter(Column::Sequence.gt(sequence)).order_by_asc(Column::Sequence).limit(most).all().await
}

/// Where the chain ends.
pub(super) async fn head(tx: &TenantTx) -> Result<Option<audit_head::Model>> {
    tx.find::<audit_head::Entity>().one().await
}
