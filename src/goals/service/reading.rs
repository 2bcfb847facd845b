//! Reading goals.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::ids::{GoalCheckInId, GoalId, TeamId};
use entity::kinds::Resource;
use entity::{goal, goal_check_in, goal_end, goal_target};
use uuid::Uuid;

use super::curve;
use crate::auth::Scope;
use crate::auth::permission::grant::GoalRead;
use crate::db::{Listing, PageRequest, TenantTx};
use crate::error::{Error, Result};
use crate::goals::store;
use crate::metrics::period::Period;

/// Which goals are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct GoalFilter {
    /// A resource that answers for them.
    pub resource: Option<Resource>,
    /// A team that does.
    pub team_id: Option<TeamId>,
    /// The key of their metric.
    pub metric_key: Option<String>,
    /// The goal they serve.
    pub parent_id: Option<GoalId>,
    /// Those whose days have some in common with these: from the first to before the second.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Whether they are still pursued.
    pub pursued: Option<bool>,
}

/// A page of goals, those that begin last first.
///
/// # Errors
/// What the database says.
pub async fn goals(scope: &Scope<GoalRead>, filter: &GoalFilter, page: PageRequest, with_total: bool) -> Result<Listing<goal::Model>> {
    store::goals(&scope.read().await?, filter).listing(page, with_total).await
}

/// The goals with some ids.
///
/// # Errors
/// What the database says.
pub async fn goals_by_id(scope: &Scope<GoalRead>, ids: &[GoalId]) -> Result<HashMap<GoalId, goal::Model>> {
    let rows = scope.read().await?.get_many::<goal::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The versions of the targets of some goals, the first ones first.
///
/// # Errors
/// What the database says.
pub async fn targets_of(scope: &Scope<GoalRead>, ids: &[GoalId]) -> Result<HashMap<GoalId, Vec<goal_target::Model>>> {
    Ok(by_goal(store::targets_of(&scope.read().await?, ids).await?, |row| row.goal_id))
}

/// The teams that answer for some goals.
///
/// # Errors
/// What the database says.
pub async fn teams_of(scope: &Scope<GoalRead>, ids: &[GoalId]) -> Result<HashMap<GoalId, Vec<TeamId>>> {
    let rows = by_goal(store::teams_of(&scope.read().await?, ids).await?, |row| row.goal_id);
    Ok(rows.into_iter().map(|(goal, rows)| (goal, rows.into_iter().map(|row| row.team_id).collect())).collect())
}

/// How some goals ended; those that did not are left out.
///
/// # Errors
/// What the database says.
pub async fn ends_of(scope: &Scope<GoalRead>, ids: &[GoalId]) -> Result<HashMap<GoalId, goal_end::Model>> {
    Ok(store::ends_of(&scope.read().await?, ids).await?.into_iter().map(|row| (row.goal_id, row)).collect())
}

/// A page of what was said of each of some goals, the latest first.
///
/// # Errors
/// What the database says.
pub async fn check_ins_of(
    scope: &Scope<GoalRead>,
    ids: &[GoalId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<goal_check_in::Model>>> {
    use entity::ids::TypedId;
    let tx = scope.read().await?;
    store::check_ins_of(&tx, ids).pages_within(store::CHECK_IN_GOAL, |row| Some(row.goal_id.uuid()), page, with_total).await
}

/// What was said of goals, by its ids.
///
/// # Errors
/// What the database says.
pub async fn check_ins_by_id(scope: &Scope<GoalRead>, ids: &[GoalCheckInId]) -> Result<HashMap<GoalCheckInId, goal_check_in::Model>> {
    let rows = scope.read().await?.get_many::<goal_check_in::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Whether a goal is owned by several resources.
#[must_use]
pub fn is_shared(goal: &goal::Model) -> bool {
    goal.owners.iter().count() > 1
}

/// The basis points of the months of a seasonal goal; none for others.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn weights_of(goal: &goal::Model) -> Result<Vec<i64>> {
    curve::weights(goal)
}

/// The days of a goal.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn period_of(goal: &goal::Model) -> Result<Period> {
    let zone: Tz = goal.time_zone.parse().map_err(|_| Error::broken("the time zone of a goal is known"))?;
    Period::new(goal.from_on, goal.to_on, zone).map_err(Error::internal)
}

/// Whether a goal is pursued no longer.
pub(super) async fn is_ended(tx: &TenantTx, id: GoalId) -> Result<bool> {
    Ok(!store::ends_of(tx, &[id]).await?.is_empty())
}

/// Rows that belong to goals, by goal.
pub(super) fn by_goal<T>(rows: Vec<T>, goal: impl Fn(&T) -> GoalId) -> HashMap<GoalId, Vec<T>> {
    let mut found: HashMap<GoalId, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(goal(&row)).or_default().push(row);
    }
    found
}
