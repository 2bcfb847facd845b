//! Queries on cost entries and allocation rules.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use entity::ids::{CostEntryId, TacticId, TeamId, TypedId};
use entity::kinds::{Channel, CostCategory, CostOwner};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{allocation_rule, cost_entry, tactic, team};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Value};

use super::service::{CostContent, CostFilter};
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::metrics::accrual::DaySpan;

impl Sorted for cost_entry::Entity {
    fn sort_column() -> Option<cost_entry::Column> {
        Some(cost_entry::Column::FirstOn)
    }

    fn cursor(row: &cost_entry::Model) -> Cursor {
        Cursor { key: i64::from(row.first_on.num_days_from_ce()), id: row.id.uuid() }
    }

    fn sort_value(key: i64) -> Value {
        // A cursor that was made up points behind the last row.
        i32::try_from(key).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default().into()
    }
}

impl Sorted for allocation_rule::Entity {
    fn sort_column() -> Option<allocation_rule::Column> {
        None
    }

    fn cursor(row: &allocation_rule::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The cost entries that pass a filter.
pub(super) fn cost_entries<'tx>(tx: &'tx TenantTx, filter: &CostFilter) -> Scoped<'tx, cost_entry::Entity> {
    let condition = Condition::all()
        .add_option(filter.owner.map(|owner| cost_entry::Column::Owner.eq(owner)))
        .add_option(filter.category.map(|category| cost_entry::Column::Category.eq(category)))
        .add_option(filter.tactic_id.map(|tactic| cost_entry::Column::TacticId.eq(tactic)))
        .add_option(filter.from.map(|from| cost_entry::Column::LastOn.gte(from)))
        .add_option(filter.to.map(|to| cost_entry::Column::FirstOn.lt(to)))
        .add_option(filter.source.as_deref().map(|source| cost_entry::Column::Source.eq(source)));
    let entries = tx.find::<cost_entry::Entity>().filter(condition);
    if filter.include_corrected { entries } else { entries.standing() }
}

/// Cost entries with some ids, of those the caller may see.
pub(super) async fn cost_entries_by_id(tx: &TenantTx, ids: impl IntoIterator<Item = CostEntryId>) -> Result<Vec<cost_entry::Model>> {
    tx.find::<cost_entry::Entity>().filter(cost_entry::Column::Id.is_in(ids)).all().await
}

/// The rows that took the place of some entries, of those the caller may see.
pub(super) async fn corrections_of(tx: &TenantTx, ids: impl IntoIterator<Item = CostEntryId>) -> Result<Vec<cost_entry::Model>> {
    tx.find::<cost_entry::Entity>().filter(cost_entry::Column::SupersedesId.is_in(ids)).all().await
}

/// Tactics and teams that exist.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) tactics: HashSet<TacticId>,
    pub(super) teams: HashSet<TeamId>,
}

/// Those tactics and teams named by some costs that exist.
pub(super) async fn known(tx: &TenantTx, costs: impl Iterator<Item = &CostContent> + Clone) -> Result<Known> {
    let tactics = tx.existing::<tactic::Entity>(costs.clone().filter_map(|cost| cost.tactic_id)).await?;
    let teams = tx.existing::<team::Entity>(costs.filter_map(|cost| cost.team_id)).await?;
    Ok(Known { tactics, teams })
}

/// A cost entry, as far as a metric wants to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) id: CostEntryId,
    pub(super) owner: CostOwner,
    pub(super) amount: Money,
    pub(super) days: Option<DaySpan>,
    pub(super) tactic_id: Option<TacticId>,
    pub(super) team_id: Option<TeamId>,
    pub(super) channel: Option<Channel>,
    pub(super) category: CostCategory,
    pub(super) people: Option<i32>,
}

/// What was spent on any of some days as of an instant, in order of first day and id.
pub(super) async fn spent_on(tx: &TenantTx, days: DaySpan, as_of: Timestamp) -> Result<Vec<Spent>> {
    use cost_entry::Column;
    let columns = [
        Column::Id,
        Column::Owner,
        Column::AmountMinor,
        Column::Currency,
        Column::FirstOn,
        Column::LastOn,
        Column::TacticId,
        Column::TeamId,
        Column::Channel,
        Column::Category,
        Column::People,
    ];
    let entries = tx
        .everything::<cost_entry::Entity>()
        .filter(Column::FirstOn.lte(days.last()))
        .filter(Column::LastOn.gte(days.first()))
        .standing_at(as_of)
        .order_by_asc(Column::FirstOn)
        .order_by_asc(Column::Id);
    let mut spent = Vec::new();
    entries
        .rows(columns, |row| {
            spent.push(Spent {
                id: row.try_get_by_index(0)?,
                owner: row.try_get_by_index(1)?,
                amount: Money::from_minor(row.try_get_by_index(2)?, row.try_get_by_index::<CurrencyCode>(3)?),
                days: DaySpan::new(row.try_get_by_index(4)?, row.try_get_by_index(5)?).ok(),
                tactic_id: row.try_get_by_index(6)?,
                team_id: row.try_get_by_index(7)?,
                channel: row.try_get_by_index(8)?,
                category: row.try_get_by_index(9)?,
                people: row.try_get_by_index(10)?,
            });
            Ok(())
        })
        .await?;
    Ok(spent)
}

/// The allocation rules made by an instant, in the order in which they were made.
pub(super) async fn rules_made(tx: &TenantTx, by: Timestamp) -> Result<Vec<allocation_rule::Model>> {
    tx.find::<allocation_rule::Entity>()
        .filter(allocation_rule::Column::RecordedAt.lte(by))
        .order_by_asc(allocation_rule::Column::RecordedAt)
        .order_by_asc(allocation_rule::Column::Id)
        .all()
        .await
}

/// The team and the order of each tactic.
pub(super) async fn tactics(tx: &TenantTx) -> Result<Vec<(TacticId, Option<TeamId>)>> {
    let mut found = Vec::new();
    let tactics = tx.everything::<tactic::Entity>().order_by_asc(tactic::Column::Id);
    tactics
        .rows([tactic::Column::Id, tactic::Column::TeamId], |row| {
            found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
            Ok(())
        })
        .await?;
    Ok(found)
}
