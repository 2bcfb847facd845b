//! Defining, revising and finding segments.

use std::collections::HashMap;

use entity::condition::Condition;
use entity::ids::{SegmentId, TypedId};
use entity::kinds::SegmentKind;
use entity::time::Timestamp;
use entity::{segment, segment_version};
use serde::Serialize;
use uuid::Uuid;

use super::keys;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, SegmentManage};
use crate::db::{Idempotent, Listing, Outcome, PageRequest, TenantWrite, each_once, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::segments::store;

/// Most segments of an organization: an account is looked for in all of them.
const MAX_SEGMENTS: u64 = 500;

/// A page of segments, the newest first.
///
/// # Errors
/// What the database says.
pub async fn segments(scope: &Scope<BuyerRead>, page: PageRequest, with_total: bool) -> Result<Listing<segment::Model>> {
    scope.read().await?.find::<segment::Entity>().listing(page, with_total).await
}

/// The segments with some ids.
///
/// # Errors
/// What the database says.
pub async fn segments_by_id(scope: &Scope<BuyerRead>, ids: &[SegmentId]) -> Result<HashMap<SegmentId, segment::Model>> {
    let rows = scope.read().await?.get_many::<segment::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How some segments are defined now.
///
/// # Errors
/// What the database says.
pub async fn newest_versions(scope: &Scope<BuyerRead>, ids: &[SegmentId]) -> Result<HashMap<SegmentId, segment_version::Model>> {
    store::definitions(&scope.read().await?, Some(ids), Timestamp::MAX).await
}

/// The same page of the versions of each of some segments, the newest first.
///
/// # Errors
/// What the database says.
pub async fn versions_of(
    scope: &Scope<BuyerRead>,
    segments: &[SegmentId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<segment_version::Model>>> {
    let tx = scope.read().await?;
    let segment = |row: &segment_version::Model| Some(row.segment_id.uuid());
    store::versions_of(&tx, segments).pages_within(store::VERSION_SEGMENT, segment, page, with_total).await
}

/// The conditions of a version; none for a list.
///
/// # Errors
/// [`Error::Internal`] where they are not written as they should be.
pub fn conditions_of(version: &segment_version::Model) -> Result<Vec<Condition>> {
    version.filter.as_deref().map_or(Ok(Vec::new()), |filter| serde_json::from_str(filter).map_err(Error::internal))
}

/// A new segment.
#[derive(Clone, Debug, Serialize)]
pub struct DefineSegment {
    /// What it is called; unique.
    pub name: String,
    /// What its accounts are like; `None` for a list.
    pub conditions: Option<Vec<Condition>>,
    /// Repeating it gives the same segment.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines a segment by a filter, or begins a list.
///
/// # Errors
/// Problems with `name` and `conditions`.
pub async fn define_segment(scope: &Scope<SegmentManage>, new: &DefineSegment) -> Result<segment::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "defineSegment", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<SegmentId>(&tx).await? {
        return tx.get::<segment::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = define(&tx, scope, new).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Defines any number of segments within a transaction. One that is called so already stays as it is.
///
/// # Errors
/// What the database says; problems with a segment are its outcome.
pub async fn define_segments_in(
    tx: &TenantWrite,
    scope: &Scope<SegmentManage>,
    items: &[DefineSegment],
) -> Result<Vec<Outcome<segment::Model>>> {
    let known = tx.find::<segment::Entity>().all().await?.into_iter().map(|row| (row.name.clone(), row));
    each_once(known, items, |new| new.name.trim().to_owned(), async |new| define(tx, scope, new).await).await
}

async fn define(tx: &TenantWrite, scope: &Scope<SegmentManage>, new: &DefineSegment) -> Result<segment::Model> {
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    let conditions = new.conditions.as_ref().map(|given| keys::conditions("conditions", given)).transpose();
    let conditions = problems.take(conditions)?.flatten();
    if tx.find::<segment::Entity>().count().await? >= MAX_SEGMENTS {
        problems.push("name", ProblemCode::TooMany, format!("there are {MAX_SEGMENTS} segments already"));
    }
    problems.check()?;
    let row = segment::Model { organization_id: scope.organization_id(), id: scope.next_id(), name, recorded_at: scope.now(), version: 1 };
    let row = tx.insert::<segment::Entity>(row).await?;
    add_version(tx, scope, row.id, 1, conditions.as_deref()).await?;
    Ok(row)
}

async fn add_version(
    tx: &TenantWrite,
    scope: &Scope<SegmentManage>,
    segment_id: SegmentId,
    number: i32,
    conditions: Option<&[Condition]>,
) -> Result<()> {
    let filter = conditions.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let version = segment_version::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        segment_id,
        number,
        kind: if filter.is_some() { SegmentKind::Filter } else { SegmentKind::List },
        filter,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<segment_version::Entity>(version).await.map(|_| ())
}

/// Changes of a segment; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseSegment {
    /// The segment.
    pub segment_id: SegmentId,
    /// What it is called; unique.
    pub name: Option<String>,
    /// What its accounts are like from now on.
    pub conditions: Option<Vec<Condition>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes a segment. Other conditions are a new version; the answers of before stay as they were.
///
/// # Errors
/// Problems with the fields; `FIXED` where conditions are given for a list.
pub async fn revise_segment(scope: &Scope<SegmentManage>, change: &ReviseSegment) -> Result<segment::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseSegment", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<SegmentId>(&tx).await? {
        return tx.get::<segment::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut after = store::segment_locked(&tx, change.segment_id).await?.ok_or_else(|| Error::unknown("segmentId"))?;
    input::version(change.expected_version, after.version)?;
    let newest = store::definitions(&tx, Some(&[after.id]), Timestamp::MAX).await?.remove(&after.id);
    let newest = newest.ok_or(Error::broken("a segment has a version"))?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    let mut conditions = None;
    match &change.conditions {
        Some(_) if newest.kind == SegmentKind::List => problems.push("conditions", ProblemCode::Fixed, "a list has no conditions"),
        Some(given) => conditions = problems.take(keys::conditions("conditions", given))?,
        None => {}
    }
    problems.check()?;
    after.version += 1;
    store::update_segment(&tx, &after).await?;
    if let Some(conditions) = conditions.filter(|conditions| conditions_of(&newest).ok().as_ref() != Some(conditions)) {
        add_version(&tx, scope, after.id, newest.number.saturating_add(1), Some(&conditions)).await?;
    }
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}
