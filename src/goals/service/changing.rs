//! Changing targets, telling how goals go, and ending them.

use entity::ids::GoalId;
use entity::kinds::GoalConfidence;
use entity::{goal, goal_check_in, goal_end, goal_target, team};
use rust_decimal::Decimal;
use serde::Serialize;

use super::progress::definition_of;
use super::reading::is_ended;
use super::setting::{covers_team, target, version};
use crate::auth::Scope;
use crate::auth::permission::grant::GoalWrite;
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::goals::store;
use crate::input;
use crate::organization;

/// A new version of a target.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseTarget {
    /// Of which goal.
    pub goal_id: GoalId,
    /// How much is to be reached from now on.
    pub target: Decimal,
    /// Why, in words.
    pub reason: String,
    /// The version that is to be replaced; nothing is changed where there is a later one.
    pub expected_version: Option<i32>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Sets another target, by a new version: what was attained by then can still be told by the one before.
///
/// # Errors
/// Problems with `goalId`, `target`, `reason`, `expectedVersion`.
pub async fn revise_goal_target(scope: &Scope<GoalWrite>, change: &ReviseTarget) -> Result<goal::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseGoalTarget", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<GoalId>(&tx).await? {
        return tx.get::<goal::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let goal = pursued(&tx, change.goal_id).await?;
    let settings = organization::service::settings(&tx).await?;
    let newest = store::targets_of(&tx, &[goal.id]).await?.into_iter().max_by_key(|target| target.target_version);
    let newest = newest.ok_or(Error::broken("a goal has a target"))?;
    let mut problems = Problems::new();
    problems.take(answers_for_all(&tx, scope, &goal).await)?;
    problems.take(target("target", change.target, definition_of(&goal)?, &settings))?;
    let reason = problems.take(input::text("reason", &change.reason, input::NOTE))?;
    problems.take(input::version(change.expected_version.map(i64::from), newest.target_version.into()))?;
    if newest.amount == change.target.normalize().to_string() {
        problems.push("target", ProblemCode::Invalid, "it is this already");
    }
    problems.check()?;
    let next = newest.target_version.saturating_add(1);
    tx.insert::<goal_target::Entity>(version(scope, goal.id, next, (change.target, reason))).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &goal.id).await?;
    tx.commit().await?;
    Ok(goal)
}

/// How a goal goes.
#[derive(Clone, Debug, Serialize)]
pub struct CheckIn {
    /// Which.
    pub goal_id: GoalId,
    /// What is expected of it.
    pub confidence: GoalConfidence,
    /// Why, in words.
    pub comment: String,
    /// Repeating it tells it once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Tells how a goal goes, by somebody of those who answer for it.
///
/// # Errors
/// Problems with `goalId`, `comment`.
pub async fn check_in(scope: &Scope<GoalWrite>, new: &CheckIn) -> Result<goal::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "checkInGoal", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<GoalId>(&tx).await? {
        return tx.get::<goal::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let goal = pursued(&tx, new.goal_id).await?;
    let mut problems = Problems::new();
    if !answers_for_some(&tx, scope, &goal).await? {
        problems.take::<()>(Err(scope.out_of_reach("goalId", "others answer for it")))?;
    }
    let comment = problems.take(input::text("comment", &new.comment, input::NOTE))?.unwrap_or_default();
    problems.check()?;
    let row = goal_check_in::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        goal_id: goal.id,
        confidence: new.confidence,
        comment,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<goal_check_in::Entity>(row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &goal.id).await?;
    tx.commit().await?;
    Ok(goal)
}

/// That a goal is pursued no longer.
#[derive(Clone, Debug, Serialize)]
pub struct EndGoal {
    /// Which.
    pub goal_id: GoalId,
    /// Why, in words.
    pub reason: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Ends a goal; what it came to can still be told.
///
/// # Errors
/// Problems with `goalId`, `reason`.
pub async fn end_goal(scope: &Scope<GoalWrite>, change: &EndGoal) -> Result<goal::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "endGoal", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<GoalId>(&tx).await? {
        return tx.get::<goal::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let goal = pursued(&tx, change.goal_id).await?;
    let mut problems = Problems::new();
    problems.take(answers_for_all(&tx, scope, &goal).await)?;
    let reason = problems.take(input::text("reason", &change.reason, input::NOTE))?.unwrap_or_default();
    problems.check()?;
    let row = goal_end::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        goal_id: goal.id,
        reason,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<goal_end::Entity>(row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &goal.id).await?;
    tx.commit().await?;
    Ok(goal)
}

/// A goal that is not ended.
async fn pursued(tx: &TenantWrite, id: GoalId) -> Result<goal::Model> {
    let goal = tx.get::<goal::Entity>(id).await?.ok_or_else(|| Error::unknown("goalId"))?;
    if is_ended(tx, id).await? {
        return Err(Error::invalid("goalId", ProblemCode::GoalState, "it is pursued no longer"));
    }
    Ok(goal)
}

/// Goes on where the caller answers for all whose goal it is: nobody moves the goal of others.
async fn answers_for_all(tx: &TenantWrite, scope: &Scope<GoalWrite>, goal: &goal::Model) -> Result<()> {
    for resource in goal.owners.iter() {
        scope.covers(resource, "goalId")?;
    }
    for team in teams(tx, goal.id).await? {
        covers_team(scope, &team, "goalId")?;
    }
    Ok(())
}

/// Whether the caller answers for one of those whose goal it is.
async fn answers_for_some(tx: &TenantWrite, scope: &Scope<GoalWrite>, goal: &goal::Model) -> Result<bool> {
    use crate::auth::permission::Permission::GoalWrite as Right;
    if goal.owners.iter().any(|resource| scope.could_cover(Right, resource)) {
        return Ok(true);
    }
    let teams = teams(tx, goal.id).await?;
    Ok(teams.iter().flat_map(|team| team.resources.iter()).any(|resource| scope.could_cover(Right, resource)))
}

async fn teams(tx: &TenantWrite, id: GoalId) -> Result<Vec<team::Model>> {
    let ids = store::teams_of(tx, &[id]).await?.into_iter().map(|row| row.team_id);
    tx.get_many::<team::Entity>(ids).await
}
