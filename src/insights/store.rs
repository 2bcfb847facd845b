//! Insights, that somebody took note of them, and who looks for them.

use std::collections::HashSet;

use entity::ids::{InsightId, TypedId};
use entity::kinds::Resource;
use entity::resource_set::ResourceSet;
use entity::{insight, insight_acknowledgement, insight_search};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::service::InsightFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

/// Most keys and ids of one statement.
const CHUNK: usize = 500;

impl Sorted for insight::Entity {
    fn sort_column() -> Option<insight::Column> {
        Some(insight::Column::RecordedAt)
    }

    fn cursor(row: &insight::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// What passes a filter.
pub(super) fn insights<'tx>(tx: &'tx TenantTx, filter: &InsightFilter) -> Scoped<'tx, insight::Entity> {
    use insight::Column::{AddressedTo, Id, Kind, ReplacesId};
    let waits = || {
        let noted = tx.everything::<insight_acknowledgement::Entity>().subquery(insight_acknowledgement::Column::InsightId);
        let replaced = tx.everything::<insight::Entity>().filter(ReplacesId.is_not_null()).subquery(ReplacesId);
        Condition::all().add(Id.not_in_subquery(noted)).add(Id.not_in_subquery(replaced))
    };
    let condition = Condition::all()
        .add_option(filter.resource.map(|resource| AddressedTo.is_in(told_with(resource))))
        .add_option(filter.unacknowledged.map(|waiting| if waiting { waits() } else { waits().not() }))
        .add_option(filter.kind.map(|kind| Kind.eq(kind)));
    tx.find().filter(condition)
}

/// The sets a resource is in, and that of nobody in particular.
fn told_with(resource: Resource) -> Vec<ResourceSet> {
    let others: Vec<Resource> = Resource::ALL.iter().copied().filter(|other| *other != resource).collect();
    let with = |some: &[Resource]| some.iter().copied().chain([resource]).collect();
    let mut sets: Vec<ResourceSet> = vec![ResourceSet::default(), with(&[]), with(&others)];
    sets.extend(others.iter().map(|other| with(&[*other])));
    sets
}

/// That somebody took note of some insights.
pub(super) async fn acknowledgements_of(tx: &TenantTx, ids: &[InsightId]) -> Result<Vec<insight_acknowledgement::Model>> {
    let rows = tx.find::<insight_acknowledgement::Entity>();
    rows.filter(insight_acknowledgement::Column::InsightId.is_in(ids.iter().copied())).all().await
}

/// Those of some insights that somebody took note of.
pub(super) async fn noted(tx: &TenantTx, ids: &[InsightId]) -> Result<HashSet<InsightId>> {
    use insight_acknowledgement::Column::InsightId as Of;
    let mut found = HashSet::new();
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<insight_acknowledgement::Entity>().filter(Of.is_in(some.iter().copied()));
        rows.rows([Of], |row| {
            found.insert(row.try_get_by_index(0)?);
            Ok(())
        })
        .await?;
    }
    Ok(found)
}

/// Those of some insights whose place another one took.
pub(super) async fn replaced(tx: &TenantTx, ids: &[InsightId]) -> Result<HashSet<InsightId>> {
    use insight::Column::ReplacesId;
    let mut found = HashSet::new();
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<insight::Entity>().filter(ReplacesId.is_in(some.iter().copied()));
        rows.rows([ReplacesId], |row| {
            found.insert(row.try_get_by_index(0)?);
            Ok(())
        })
        .await?;
    }
    Ok(found)
}

/// Everything that was raised with some keys.
pub(super) async fn raised(tx: &TenantTx, keys: &[String]) -> Result<Vec<insight::Model>> {
    let mut rows = Vec::new();
    for some in keys.chunks(CHUNK) {
        rows.extend(tx.everything::<insight::Entity>().filter(insight::Column::Key.is_in(some)).all().await?);
    }
    Ok(rows)
}

/// Whether somebody looks for insights, where anybody ever did.
pub(super) async fn search(tx: &TenantTx) -> Result<Option<insight_search::Model>> {
    tx.find::<insight_search::Entity>().one().await
}

/// The same, held until the transaction ends.
pub(super) async fn search_locked(tx: &TenantTx) -> Result<Option<insight_search::Model>> {
    tx.find::<insight_search::Entity>().locked().one().await
}

/// Writes who looks and when that was done.
pub(super) async fn update_search(tx: &TenantWrite, row: &insight_search::Model) -> Result<()> {
    let changes = insight_search::ActiveModel {
        started_at: Set(row.started_at),
        finished_at: Set(row.finished_at),
        version: Set(row.version.saturating_add(1)),
        ..Default::default()
    };
    tx.update::<insight_search::Entity>(row.id, changes).await
}
