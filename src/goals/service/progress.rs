//! How far goals have come: what the catalogue says of their metrics, against their targets.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{GoalId, TeamId};
use entity::kinds::GoalDirection;
use entity::resource_set::ResourceSet;
use entity::time::Timestamp;
use entity::{goal, goal_target, team};
use rust_decimal::Decimal;

use super::curve::Curves;
use super::reading::{GoalFilter, by_goal, period_of};
use crate::auth::Scope;
use crate::auth::permission::grant::{DefinitionRead, GoalRead};
use crate::catalogue::service::{Measured, Measurement, Metric, MetricArgs, MetricQuestion, measure_all};
use crate::error::{Error, Result};
use crate::goals::store;
use crate::input::{self, WantedPeriod};
use crate::metrics::definition::Definition;
use crate::metrics::goal::{Direction, Goal, Progress, Target, Targets, Version, exact};
use crate::metrics::insight::GoalStand;
use crate::metrics::period::Period;
use crate::metrics::ratio::NullReason;

/// How far a goal has come.
#[derive(Clone, Debug)]
pub struct GoalProgress {
    /// What its metric says.
    pub actual: Measurement,
    /// By which version of its target.
    pub target: goal_target::Model,
    /// How far that is.
    pub progress: Progress,
}

impl GoalProgress {
    /// The actual.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is none.
    pub fn measured(&self) -> Result<&Measured> {
        self.actual.points.first().ok_or(Error::broken("a period has a value"))
    }
}

/// The metric of a goal.
///
/// # Errors
/// [`Error::Internal`] where there is none with its key.
pub fn definition_of(goal: &goal::Model) -> Result<&'static Definition> {
    Definition::with_key(&goal.metric_key).ok_or(Error::broken("the metric of a goal is in the catalogue"))
}

/// What the metric of a goal is told.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn args_of(goal: &goal::Model) -> Result<MetricArgs> {
    serde_json::from_str(&goal.metric_args).map_err(Error::internal)
}

/// What to ask the catalogue for a goal.
pub(super) fn question(goal: &goal::Model, as_of: Timestamp) -> Result<MetricQuestion> {
    let metric = Metric { key: goal.metric_key.clone(), args: args_of(goal)? };
    let period = WantedPeriod { from: goal.from_on, to: goal.to_on, time_zone: Some(goal.time_zone.clone()) };
    Ok(MetricQuestion { metric, period, grain: None, as_of: Some(as_of) })
}

/// How far some goals have come, as seen at an instant, now where none is named. Goals that were not set by then are left out. What the
/// caller may not read of a goal is the error of that goal alone.
///
/// # Errors
/// A problem with `asOf`.
pub async fn progress_of(
    scope: &Scope<GoalRead>,
    ids: &[GoalId],
    as_of: Option<Timestamp>,
) -> Result<HashMap<GoalId, Result<GoalProgress>>> {
    let as_of = input::as_of(as_of, scope.now())?;
    let tx = scope.read().await?;
    let goals = tx.get_many::<goal::Entity>(ids.iter().copied()).await?;
    let targets = by_goal(store::targets_of(&tx, ids).await?, |row| row.goal_id);
    let curves = Curves::load(&tx, goals.iter()).await?;
    drop(tx);
    let by_then = |goal: &goal::Model| target_as_of(targets.get(&goal.id).map_or(&[][..], Vec::as_slice), as_of);
    let mut wanted: Vec<(&goal::Model, goal_target::Model)> = Vec::new();
    for goal in &goals {
        wanted.extend(by_then(goal)?.map(|target| (goal, target)));
    }
    let questions = wanted.iter().map(|(goal, _)| question(goal, as_of)).collect::<Result<Vec<_>>>()?;
    let answers = measure_all(&scope.also::<DefinitionRead>()?, questions).await?;
    let found = wanted.into_iter().zip(answers).map(|((goal, target), answer)| {
        let progress = answer.and_then(|actual| of(goal, target, actual, &curves));
        (goal.id, progress)
    });
    Ok(found.collect())
}

/// How all goals stand that are pursued and of whose days some are among these, each with its days. Where only teams answer for a goal,
/// the resources do that they serve.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read the metric of one.
pub async fn stands(scope: &Scope<GoalRead>, days: (NaiveDate, NaiveDate), as_of: Timestamp) -> Result<Vec<(Period, GoalStand)>> {
    let tx = scope.read().await?;
    let goals = store::goals(&tx, &GoalFilter { days: Some(days), pursued: Some(true), ..GoalFilter::default() }).all().await?;
    let ids: Vec<GoalId> = goals.iter().map(|goal| goal.id).collect();
    let of_goals = store::teams_of(&tx, &ids).await?;
    let named: Vec<TeamId> = of_goals.iter().map(|row| row.team_id).collect();
    let teams = tx.get_many::<team::Entity>(named).await?;
    drop(tx);
    let serves: HashMap<TeamId, ResourceSet> = teams.into_iter().map(|team| (team.id, team.resources)).collect();
    let of_goals = by_goal(of_goals, |row| row.goal_id);
    let mut progress = progress_of(scope, &ids, Some(as_of)).await?;
    let mut found = Vec::with_capacity(goals.len());
    for goal in &goals {
        let Some(progress) = progress.remove(&goal.id) else { continue };
        let (progress, period) = (progress?.progress, period_of(goal)?);
        let teams = of_goals.get(&goal.id).into_iter().flatten();
        let served = teams.filter_map(|row| serves.get(&row.team_id).copied()).flat_map(ResourceSet::iter).collect();
        let owners = if goal.owners.iter().next().is_some() { goal.owners } else { served };
        found.push((period, GoalStand { goal: goal.id, owners, progress, ended: as_of >= period.end() }));
    }
    Ok(found)
}

fn of(goal: &goal::Model, target: goal_target::Model, actual: Measurement, curves: &Curves) -> Result<GoalProgress> {
    let measured = actual.points.first().ok_or(Error::broken("a period has a value"))?;
    let direction = match goal.direction {
        GoalDirection::HigherIsBetter => Direction::HigherIsBetter,
        GoalDirection::LowerIsBetter => Direction::LowerIsBetter,
    };
    let elapsed = curves.of(goal, &period_of(goal)?)?.at(actual.as_of);
    let value = measured.ratio.value;
    let rule =
        Goal { target: target_of(&target)?, direction, measure: actual.definition.measure, places: value.map_or(0, |value| value.scale()) };
    // The actual is the value as it is shown, so that everybody can check the quotient.
    let known = value.map(exact).ok_or(measured.ratio.null_reason.unwrap_or(NullReason::ZeroDenominator));
    let progress = rule.progress(known, elapsed).map_err(Error::internal)?;
    Ok(GoalProgress { progress, target, actual })
}

/// The version of a target that was in force at an instant.
fn target_as_of(rows: &[goal_target::Model], as_of: Timestamp) -> Result<Option<goal_target::Model>> {
    let mut versions = Vec::with_capacity(rows.len());
    for row in rows {
        let number = u32::try_from(row.target_version).map_err(Error::internal)?;
        versions.push(Version { number, target: target_of(row)?, recorded_at: row.recorded_at });
    }
    let targets = Targets::new(versions).map_err(Error::internal)?;
    let number = targets.as_of(as_of).map(|version| version.number);
    let is_it = |row: &&goal_target::Model| number == u32::try_from(row.target_version).ok();
    Ok(rows.iter().find(is_it).filter(|_| number.is_some()).cloned())
}

/// How much a version of a target says.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn amount_of(row: &goal_target::Model) -> Result<Decimal> {
    row.amount.parse().map_err(Error::internal)
}

fn target_of(row: &goal_target::Model) -> Result<Target> {
    Target::new(amount_of(row)?).map_err(Error::internal)
}
