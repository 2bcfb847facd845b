//! Tactics.

use std::collections::{HashMap, HashSet};

use entity::ids::{TacticId, TeamId, TypedId};
use entity::{cost_entry, tactic, touch};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::CHUNK;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;
use crate::journey::service::TacticFilter;

impl Sorted for tactic::Entity {
    fn sort_column() -> Option<tactic::Column> {
        None
    }

    fn cursor(row: &tactic::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The tactics that pass a filter.
pub(in crate::journey) fn tactics<'tx>(tx: &'tx TenantTx, filter: &TacticFilter) -> Scoped<'tx, tactic::Entity> {
    let condition = Condition::all()
        .add_option(filter.resource.map(|resource| tactic::Column::Resource.eq(resource)))
        .add_option(filter.channel.map(|channel| tactic::Column::Channel.eq(channel)))
        .add_option(filter.source.as_deref().map(|source| tactic::Column::Source.eq(source)));
    tx.find().filter(condition)
}

/// Those of some names that tactics have.
pub(in crate::journey) async fn tactic_names_of(tx: &TenantTx, names: impl Iterator<Item = &str>) -> Result<HashSet<String>> {
    let names: Vec<&str> = names.collect::<HashSet<_>>().into_iter().collect();
    let mut taken = HashSet::new();
    for some in names.chunks(CHUNK) {
        let rows = tx.everything::<tactic::Entity>().filter(tactic::Column::Name.is_in(some.iter().copied()));
        rows.rows([tactic::Column::Name], |row| {
            taken.insert(row.try_get_by_index(0)?);
            Ok(())
        })
        .await?;
    }
    Ok(taken)
}

/// The team that runs each tactic today.
pub(in crate::journey) async fn teams_by_tactic(tx: &TenantTx) -> Result<HashMap<TacticId, TeamId>> {
    let mut teams = HashMap::new();
    let query = tx.everything::<tactic::Entity>().filter(tactic::Column::TeamId.is_not_null());
    query
        .rows([tactic::Column::Id, tactic::Column::TeamId], |row| {
            teams.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok(teams)
}

/// A tactic, held until the transaction ends.
pub(in crate::journey) async fn tactic_locked(tx: &TenantTx, id: TacticId) -> Result<Option<tactic::Model>> {
    tx.find::<tactic::Entity>().filter(tactic::Column::Id.eq(id)).locked().one().await
}

/// Those of some tactics that exist; none of them changes until the transaction ends.
pub(in crate::journey) async fn tactics_shared(tx: &TenantTx, ids: &[TacticId]) -> Result<Vec<tactic::Model>> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let found = tx.find::<tactic::Entity>().filter(tactic::Column::Id.is_in(some.iter().copied())).order_by_asc(tactic::Column::Id);
        rows.extend(found.shared().all().await?);
    }
    Ok(rows)
}

/// Whether money was spent on a tactic or a touch is part of it.
pub(in crate::journey) async fn has_cost_or_touch(tx: &TenantTx, id: TacticId) -> Result<bool> {
    Ok(tx.everything::<touch::Entity>().filter(touch::Column::TacticId.eq(id)).one().await?.is_some()
        || tx.everything::<cost_entry::Entity>().filter(cost_entry::Column::TacticId.eq(id)).one().await?.is_some())
}

/// Writes what a tactic may change.
pub(in crate::journey) async fn update_tactic(tx: &TenantWrite, row: &tactic::Model) -> Result<()> {
    let changes = tactic::ActiveModel {
        name: Set(row.name.clone()),
        resource: Set(row.resource),
        channel: Set(row.channel),
        team_id: Set(row.team_id),
        owner_id: Set(row.owner_id),
        starts_on: Set(row.starts_on),
        ends_on: Set(row.ends_on),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<tactic::Entity>(row.id, changes).await
}
