//! A goal with words about it. Written past the rules of the areas.

use chrono::NaiveDate;
use entity::ids::{GoalCheckInId, GoalId};
use entity::kinds::{GoalConfidence, GoalCurve, GoalDirection, Resource};
use entity::{goal, goal_check_in, goal_target};
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::db::TenantWrite;

/// A goal of all resources, and what is said of it.
pub async fn pursue(tx: &TenantWrite, scope: &Scope<OrganizationManage>) -> (GoalId, GoalCheckInId) {
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let (goal_id, check_in_id): (GoalId, GoalCheckInId) = (scope.next_id(), scope.next_id());
    let row = goal::Model {
        organization_id,
        id: goal_id,
        name: "sample".to_owned(),
        description: None,
        metric_key: "win_rate".to_owned(),
        metric_version: 1,
        metric_args: "{}".to_owned(),
        owners: Resource::ALL.iter().copied().collect(),
        from_on: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
        to_on: NaiveDate::from_ymd_opt(2027, 1, 1).unwrap(),
        time_zone: "UTC".to_owned(),
        direction: GoalDirection::HigherIsBetter,
        curve: GoalCurve::LinearDays,
        calendar_version_id: None,
        weights: None,
        parent_id: None,
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<goal::Entity>(row).await.unwrap();
    let target = goal_target::Model {
        organization_id,
        id: scope.next_id(),
        goal_id,
        target_version: 1,
        amount: "0.5".to_owned(),
        reason: None,
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<goal_target::Entity>(target).await.unwrap();
    let check_in = goal_check_in::Model {
        organization_id,
        id: check_in_id,
        goal_id,
        confidence: GoalConfidence::OnTrack,
        comment: "sample".to_owned(),
        recorded_by: None,
        recorded_at,
    };
    tx.insert::<goal_check_in::Entity>(check_in).await.unwrap();
    (goal_id, check_in_id)
}
