//! Content and what it covers.

use entity::ids::{ContentId, TypedId};
use entity::kinds::CoverageAspect;
use entity::time::Timestamp;
use entity::{content, content_coverage, touch};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::CHUNK;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;
use crate::journey::service::ContentFilter;

impl Sorted for content::Entity {
    fn sort_column() -> Option<content::Column> {
        None
    }

    fn cursor(row: &content::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The content that passes a filter at an instant.
pub(in crate::journey) fn contents<'tx>(tx: &'tx TenantTx, filter: &ContentFilter, now: Timestamp) -> Scoped<'tx, content::Entity> {
    let covering = |aspect: CoverageAspect, covered: &str| {
        let rows = tx.everything::<content_coverage::Entity>().newest();
        let rows = rows.filter(content_coverage::Column::Aspect.eq(aspect)).filter(content_coverage::Column::Covered.eq(covered));
        let rows = rows.filter(content_coverage::Column::Added.eq(true));
        content::Column::Id.in_subquery(rows.subquery(content_coverage::Column::ContentId))
    };
    let condition = Condition::all()
        .add_option(filter.kind.map(|kind| content::Column::Kind.eq(kind)))
        .add_option(filter.resource.map(|resource| content::Column::Resource.eq(resource)))
        .add_option(filter.stage.as_deref().map(|stage| covering(CoverageAspect::Stage, stage)))
        .add_option(filter.blocker.map(|blocker| covering(CoverageAspect::Blocker, blocker.name())))
        .add_option((!filter.include_retired).then(|| in_use(now)));
    tx.find().filter(condition)
}

fn in_use(at: Timestamp) -> Condition {
    Condition::any().add(content::Column::RetiredAt.is_null()).add(content::Column::RetiredAt.gt(at))
}

/// A piece of content, held until the transaction ends.
pub(in crate::journey) async fn content_locked(tx: &TenantTx, id: ContentId) -> Result<Option<content::Model>> {
    tx.find::<content::Entity>().filter(content::Column::Id.eq(id)).locked().one().await
}

/// Writes what a piece of content may change.
pub(in crate::journey) async fn update_content(tx: &TenantWrite, row: &content::Model) -> Result<()> {
    let changes = content::ActiveModel {
        name: Set(row.name.clone()),
        kind: Set(row.kind),
        resource: Set(row.resource),
        url: Set(row.url.clone()),
        audience: Set(row.audience.clone()),
        owner_id: Set(row.owner_id),
        retired_at: Set(row.retired_at),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<content::Entity>(row.id, changes).await
}

/// What was said of what some content covers, in the order in which it was said.
pub(in crate::journey) async fn coverage_rows(tx: &TenantTx, ids: &[ContentId]) -> Result<Vec<content_coverage::Model>> {
    let mut rows = Vec::new();
    for some in ids.chunks(CHUNK) {
        let found = tx.find::<content_coverage::Entity>().filter(content_coverage::Column::ContentId.is_in(some.iter().copied()));
        rows.extend(in_order(found).all().await?);
    }
    Ok(rows)
}

/// What was said of what all content covers until an instant, in the order in which it was said.
pub(in crate::journey) async fn coverage_rows_at(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<content_coverage::Model>> {
    let found = tx.everything::<content_coverage::Entity>().filter(content_coverage::Column::RecordedAt.lte(as_of));
    in_order(found).all().await
}

fn in_order(rows: Scoped<'_, content_coverage::Entity>) -> Scoped<'_, content_coverage::Entity> {
    rows.order_by_asc(content_coverage::Column::RecordedAt).order_by_asc(content_coverage::Column::Id)
}

/// All content in use at an instant, in the order of the ids.
pub(in crate::journey) async fn contents_at(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<content::Model>> {
    let found = tx.everything::<content::Entity>().filter(content::Column::RecordedAt.lte(as_of)).filter(in_use(as_of));
    found.order_by_asc(content::Column::Id).all().await
}

/// The content that touches between two instants, both included, used, and when, as they stood at an instant.
pub(in crate::journey) async fn content_used(
    tx: &TenantTx,
    from: Timestamp,
    to: Timestamp,
    as_of: Timestamp,
) -> Result<Vec<(ContentId, Timestamp)>> {
    let mut found = Vec::new();
    let used = tx.everything::<touch::Entity>().filter(touch::Column::ContentId.is_not_null());
    let used = used.filter(touch::Column::OccurredAt.between(from, to)).standing_at(as_of);
    used.rows([touch::Column::ContentId, touch::Column::OccurredAt], |row| {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(())
    })
    .await?;
    Ok(found)
}
