//! Queries on attributes, signals of demand, segments, lists and profiles.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, SegmentId, TypedId};
use entity::time::Timestamp;
use entity::{account_attribute, demand_signal, icp_profile, segment, segment_version, target_list_entry};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::buyers::service::Canonical;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

/// Most ids of one statement.
const CHUNK: usize = 500;

impl Sorted for segment::Entity {
    fn sort_column() -> Option<segment::Column> {
        None
    }

    fn cursor(row: &segment::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

impl Sorted for segment_version::Entity {
    fn sort_column() -> Option<segment_version::Column> {
        None
    }

    fn cursor(row: &segment_version::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

impl Sorted for icp_profile::Entity {
    fn sort_column() -> Option<icp_profile::Column> {
        None
    }

    fn cursor(row: &icp_profile::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The column by which versions belong to segments.
pub(super) const VERSION_SEGMENT: segment_version::Column = segment_version::Column::SegmentId;

/// What was said of some accounts by an instant, of those the caller sees, in the order in which it was said.
pub(super) async fn attributes_of(tx: &TenantTx, accounts: &[AccountId], as_of: Timestamp) -> Result<Vec<account_attribute::Model>> {
    use account_attribute::Column;
    let mut found = Vec::new();
    for some in accounts.chunks(CHUNK) {
        let said = tx.find::<account_attribute::Entity>().filter(Column::AccountId.is_in(some.iter().copied()));
        found.extend(said.filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id).all().await?);
    }
    Ok(found)
}

/// What is known of accounts: by account and key.
pub(super) type Values = HashMap<AccountId, HashMap<String, String>>;

/// What was known under some keys by an instant: of some accounts, or of all. Of accounts that are the same, what was said last
/// counts.
pub(super) async fn values(
    tx: &TenantTx,
    keys: &HashSet<String>,
    accounts: Option<&[AccountId]>,
    same: &Canonical,
    as_of: Timestamp,
) -> Result<Values> {
    use account_attribute::Column;
    let mut values = Values::new();
    if keys.is_empty() {
        return Ok(values);
    }
    for condition in of_accounts(Column::AccountId, accounts) {
        let said = tx.everything::<account_attribute::Entity>().filter(Column::Key.is_in(keys.iter().map(String::as_str)));
        let said = said.filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id);
        let said = if let Some(condition) = condition { said.filter(condition) } else { said };
        said.rows([Column::AccountId, Column::Key, Column::Value], |row| {
            let known = values.entry(same.of(row.try_get_by_index(0)?)).or_default();
            let key: String = row.try_get_by_index(1)?;
            match row.try_get_by_index::<Option<String>>(2)? {
                Some(value) => known.insert(key, value),
                None => known.remove(&key),
            };
            Ok(())
        })
        .await?;
    }
    Ok(values)
}

/// Conditions on a column of accounts, one for each statement; none where all accounts are wanted.
fn of_accounts<C: ColumnTrait>(column: C, accounts: Option<&[AccountId]>) -> Vec<Option<sea_orm::sea_query::SimpleExpr>> {
    match accounts {
        None => vec![None],
        Some(accounts) => accounts.chunks(CHUNK).map(|some| Some(column.is_in(some.iter().copied()))).collect(),
    }
}

/// The signals of some accounts that were recorded by an instant, of those the caller sees, the one that counts last.
pub(super) async fn signals_of(tx: &TenantTx, accounts: &[AccountId], as_of: Timestamp) -> Result<Vec<demand_signal::Model>> {
    use demand_signal::Column;
    let mut found = Vec::new();
    for some in accounts.chunks(CHUNK) {
        let signals = tx.find::<demand_signal::Entity>().filter(Column::AccountId.is_in(some.iter().copied()));
        let signals = signals.filter(Column::RecordedAt.lte(as_of)).filter(Column::OccurredAt.lte(as_of));
        found.extend(in_order_of_demand(signals).all().await?);
    }
    Ok(found)
}

/// Hands out the signals of all accounts that were recorded by an instant, for each account the one that counts last.
pub(super) async fn demand(tx: &TenantTx, same: &Canonical, as_of: Timestamp) -> Result<HashMap<AccountId, entity::kinds::DemandState>> {
    use demand_signal::Column;
    let mut found = HashMap::new();
    let signals = tx.everything::<demand_signal::Entity>().filter(Column::RecordedAt.lte(as_of)).filter(Column::OccurredAt.lte(as_of));
    in_order_of_demand(signals)
        .rows([Column::AccountId, Column::State], |row| {
            found.insert(same.of(row.try_get_by_index(0)?), row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok(found)
}

fn in_order_of_demand(signals: Scoped<'_, demand_signal::Entity>) -> Scoped<'_, demand_signal::Entity> {
    use demand_signal::Column;
    signals.order_by_asc(Column::OccurredAt).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id)
}

/// All segments, by name.
pub(super) async fn segments_by_name(tx: &TenantTx) -> Result<Vec<segment::Model>> {
    tx.find::<segment::Entity>().order_by_asc(segment::Column::Name).order_by_asc(segment::Column::Id).all().await
}

/// A segment, held until the transaction ends.
pub(super) async fn segment_locked(tx: &TenantTx, id: SegmentId) -> Result<Option<segment::Model>> {
    tx.find::<segment::Entity>().filter(segment::Column::Id.eq(id)).locked().one().await
}

/// Writes what a segment may change.
pub(super) async fn update_segment(tx: &TenantWrite, row: &segment::Model) -> Result<()> {
    let changes = segment::ActiveModel { name: Set(row.name.clone()), version: Set(row.version), ..Default::default() };
    tx.update::<segment::Entity>(row.id, changes).await
}

/// The versions of some segments.
pub(super) fn versions_of<'tx>(tx: &'tx TenantTx, segments: &[SegmentId]) -> Scoped<'tx, segment_version::Entity> {
    tx.find().filter(VERSION_SEGMENT.is_in(segments.iter().copied()))
}

/// The newest version of some segments, or of all, that was recorded by an instant.
pub(super) async fn definitions(
    tx: &TenantTx,
    segments: Option<&[SegmentId]>,
    as_of: Timestamp,
) -> Result<HashMap<SegmentId, segment_version::Model>> {
    use segment_version::Column;
    let made = tx.find::<segment_version::Entity>().filter(Column::RecordedAt.lte(as_of));
    let made = if let Some(segments) = segments { made.filter(Column::SegmentId.is_in(segments.iter().copied())) } else { made };
    let rows = made.order_by_asc(Column::Number).all().await?;
    Ok(rows.into_iter().map(|row| (row.segment_id, row)).collect())
}

/// Who was on some lists at an instant: by list and account, whether they were.
pub(super) async fn listed(
    tx: &TenantTx,
    lists: &[SegmentId],
    accounts: Option<&[AccountId]>,
    same: &Canonical,
    as_of: Timestamp,
) -> Result<HashMap<SegmentId, HashMap<AccountId, bool>>> {
    use target_list_entry::Column;
    let mut found: HashMap<SegmentId, HashMap<AccountId, bool>> = HashMap::new();
    if lists.is_empty() {
        return Ok(found);
    }
    for condition in of_accounts(Column::AccountId, accounts) {
        let entries = tx.everything::<target_list_entry::Entity>().filter(Column::SegmentId.is_in(lists.iter().copied()));
        let entries = entries.filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id);
        let entries = if let Some(condition) = condition { entries.filter(condition) } else { entries };
        entries
            .rows([Column::SegmentId, Column::AccountId, Column::Added], |row| {
                found.entry(row.try_get_by_index(0)?).or_default().insert(same.of(row.try_get_by_index(1)?), row.try_get_by_index(2)?);
                Ok(())
            })
            .await?;
    }
    Ok(found)
}

/// The newest version of each profile that was recorded by an instant, the one recorded last at the end.
pub(super) async fn newest_profiles(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<icp_profile::Model>> {
    use icp_profile::Column;
    let made = tx.find::<icp_profile::Entity>().filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::ProfileVersion);
    let rows = made.all().await?;
    let newest: HashMap<String, icp_profile::Model> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    Ok(newest.into_values().collect())
}

/// The number of the newest version of a profile; 0 where there is none.
pub(super) async fn last_profile_version(tx: &TenantTx, key: &str) -> Result<i32> {
    use icp_profile::Column;
    let newest = tx.find::<icp_profile::Entity>().filter(Column::Key.eq(key)).order_by_desc(Column::ProfileVersion).one().await?;
    Ok(newest.map_or(0, |row| row.profile_version))
}
