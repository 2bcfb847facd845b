//! Queries of goals.

use entity::ids::{GoalId, TypedId};
use entity::{goal, goal_check_in, goal_end, goal_target, goal_team};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Value};

use super::service::GoalFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, by_day, day_of};
use crate::error::Result;

impl Sorted for goal::Entity {
    fn sort_column() -> Option<goal::Column> {
        Some(goal::Column::FromOn)
    }

    fn cursor(row: &goal::Model) -> Cursor {
        by_day(row.from_on, row.id.uuid())
    }

    fn sort_value(key: i64) -> Value {
        day_of(key)
    }
}

impl Sorted for goal_check_in::Entity {
    fn sort_column() -> Option<goal_check_in::Column> {
        Some(goal_check_in::Column::RecordedAt)
    }

    fn cursor(row: &goal_check_in::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// The column by which check-ins belong to goals.
pub(super) const CHECK_IN_GOAL: goal_check_in::Column = goal_check_in::Column::GoalId;

/// The goals that pass a filter.
pub(super) fn goals<'tx>(tx: &'tx TenantTx, filter: &GoalFilter) -> Scoped<'tx, goal::Entity> {
    use goal::Column::{FromOn, Id, MetricKey, Owners, ParentId, ToOn};
    let ended = || tx.find::<goal_end::Entity>().subquery(goal_end::Column::GoalId);
    let of_team = |team| tx.find::<goal_team::Entity>().filter(goal_team::Column::TeamId.eq(team)).subquery(goal_team::Column::GoalId);
    let condition = Condition::all()
        // No name of a resource is part of another one's.
        .add_option(filter.resource.map(|resource| Owners.contains(resource.name())))
        .add_option(filter.team_id.map(|team| Id.in_subquery(of_team(team))))
        .add_option(filter.metric_key.as_deref().map(|key| MetricKey.eq(key)))
        .add_option(filter.parent_id.map(|parent| ParentId.eq(parent)))
        .add_option(filter.days.map(|(from, to)| Condition::all().add(FromOn.lt(to)).add(ToOn.gt(from))))
        .add_option(filter.pursued.map(|pursued| if pursued { Id.not_in_subquery(ended()) } else { Id.in_subquery(ended()) }));
    tx.find().filter(condition)
}

/// The versions of the targets of some goals, the first ones first.
pub(super) async fn targets_of(tx: &TenantTx, ids: &[GoalId]) -> Result<Vec<goal_target::Model>> {
    let rows = tx.find::<goal_target::Entity>().filter(goal_target::Column::GoalId.is_in(ids.iter().copied()));
    rows.order_by_asc(goal_target::Column::TargetVersion).all().await
}

/// The teams that answer for some goals.
pub(super) async fn teams_of(tx: &TenantTx, ids: &[GoalId]) -> Result<Vec<goal_team::Model>> {
    let rows = tx.find::<goal_team::Entity>().filter(goal_team::Column::GoalId.is_in(ids.iter().copied()));
    rows.order_by_asc(goal_team::Column::Id).all().await
}

/// How some goals ended.
pub(super) async fn ends_of(tx: &TenantTx, ids: &[GoalId]) -> Result<Vec<goal_end::Model>> {
    tx.find::<goal_end::Entity>().filter(goal_end::Column::GoalId.is_in(ids.iter().copied())).all().await
}

/// What was said of some goals.
pub(super) fn check_ins_of<'tx>(tx: &'tx TenantTx, ids: &[GoalId]) -> Scoped<'tx, goal_check_in::Entity> {
    tx.find().filter(CHECK_IN_GOAL.is_in(ids.iter().copied()))
}
