//! Queries on cost entries and allocation rules.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::ids::{AccountId, CostEntryId, PersonId, TacticId, TeamId, TypedId};
use entity::kinds::{Channel, CostCategory, CostOwner};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{account, allocation_rule, budget, close, cost_entry, person, tactic, team};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Value};

use super::service::{BudgetFilter, CostContent, CostFilter};
use crate::db::{Cursor, Scoped, Sorted, TenantTx, by_day, day_of};
use crate::error::Result;
use crate::metrics::accrual::DaySpan;

impl Sorted for cost_entry::Entity {
    fn sort_column() -> Option<cost_entry::Column> {
        Some(cost_entry::Column::FirstOn)
    }

    fn cursor(row: &cost_entry::Model) -> Cursor {
        by_day(row.first_on, row.id.uuid())
    }

    fn sort_value(key: i64) -> Value {
        day_of(key)
    }
}

impl Sorted for budget::Entity {
    fn sort_column() -> Option<budget::Column> {
        Some(budget::Column::FirstOn)
    }

    fn cursor(row: &budget::Model) -> Cursor {
        by_day(row.first_on, row.id.uuid())
    }

    fn sort_value(key: i64) -> Value {
        day_of(key)
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

/// The budgets that pass a filter.
pub(super) fn budgets(tx: &TenantTx, filter: BudgetFilter) -> Scoped<'_, budget::Entity> {
    let condition = Condition::all()
        .add_option(filter.owner.map(|owner| budget::Column::Owner.eq(owner)))
        .add_option(filter.tactic_id.map(|tactic| budget::Column::TacticId.eq(tactic)))
        .add_option(filter.from.map(|from| budget::Column::LastOn.gte(from)))
        .add_option(filter.to.map(|to| budget::Column::FirstOn.lt(to)));
    let budgets = tx.find::<budget::Entity>().filter(condition);
    if filter.include_revised { budgets } else { budgets.standing() }
}

/// The budgets over any of some days as of an instant, in order of first day and id.
pub(super) async fn budgets_on(tx: &TenantTx, days: DaySpan, as_of: Timestamp) -> Result<Vec<budget::Model>> {
    use budget::Column;
    let standing = tx.everything::<budget::Entity>().filter(Column::FirstOn.lte(days.last())).filter(Column::LastOn.gte(days.first()));
    standing.standing_at(as_of).order_by_asc(Column::FirstOn).order_by_asc(Column::Id).all().await
}

/// Cost entries with some ids, of those the caller may see.
pub(super) async fn cost_entries_by_id(tx: &TenantTx, ids: impl IntoIterator<Item = CostEntryId>) -> Result<Vec<cost_entry::Model>> {
    tx.find::<cost_entry::Entity>().filter(cost_entry::Column::Id.is_in(ids)).all().await
}

/// The rows that took the place of some entries, whoever may see them: what is not shown is not told either, but a way that ends
/// where the caller sees no further has not ended.
pub(super) async fn corrections_of(tx: &TenantTx, ids: impl IntoIterator<Item = CostEntryId>) -> Result<Vec<cost_entry::Model>> {
    tx.everything::<cost_entry::Entity>().filter(cost_entry::Column::SupersedesId.is_in(ids)).all().await
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

impl Spent {
    /// Its currency, and the day by whose rate it is converted.
    pub(super) fn dated(&self) -> Option<(CurrencyCode, NaiveDate)> {
        Some((self.amount.currency(), self.days?.first()))
    }
}

/// The days of shared costs within which a rule on some days begins or ends.
pub(super) async fn shared_costs_cut(tx: &TenantTx, first: NaiveDate, last: Option<NaiveDate>) -> Result<Vec<(NaiveDate, NaiveDate)>> {
    use cost_entry::Column::{FirstOn, LastOn, Owner};
    let begins = Condition::all().add(FirstOn.lt(first)).add(LastOn.gte(first));
    let ends = last.map(|last| Condition::all().add(FirstOn.lte(last)).add(LastOn.gt(last)));
    let mut found = Vec::new();
    tx.everything::<cost_entry::Entity>()
        .filter(Owner.eq(CostOwner::Shared))
        .filter(Condition::any().add(begins).add_option(ends))
        .standing()
        .rows([FirstOn, LastOn], |row| {
            found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
            Ok(())
        })
        .await?;
    Ok(found)
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

/// When each of the people and accounts behind closes was recorded. Two statements for any number.
pub(super) async fn buyers_recorded(tx: &TenantTx) -> Result<(HashMap<PersonId, Timestamp>, HashMap<AccountId, Timestamp>)> {
    let (mut people, mut accounts) = (HashMap::new(), HashMap::new());
    let closes = || tx.everything::<close::Entity>();
    let buyers = closes().filter(close::Column::PersonId.is_not_null()).subquery(close::Column::PersonId);
    tx.everything::<person::Entity>()
        .filter(person::Column::Id.in_subquery(buyers))
        .rows([person::Column::Id, person::Column::RecordedAt], |row| {
            people.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    tx.everything::<account::Entity>()
        .filter(account::Column::Id.in_subquery(closes().subquery(close::Column::AccountId)))
        .rows([account::Column::Id, account::Column::RecordedAt], |row| {
            accounts.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok((people, accounts))
}
