//! Setting goals.

use std::collections::HashSet;

use entity::ids::{GoalId, TeamId};
use entity::kinds::{GoalDirection, Resource};
use entity::resource_set::ResourceSet;
use entity::{goal, goal_target, goal_team, organization as settings, team};
use rust_decimal::Decimal;
use serde::Serialize;

use super::curve::WantedCurve;
use super::reading::{is_ended, period_of};
use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::GoalWrite;
use crate::catalogue::service::{Metric, readable};
use crate::db::{Idempotent, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::definition::{Definition, Unit};
use crate::metrics::goal::Target;
use crate::metrics::period::{Period, fiscal_span};
use crate::organization;

/// Decimal places of a target that is no money.
const PLACES: u32 = 6;
/// The largest target: what has more digits could not be compared exactly.
const LARGEST: i64 = 1_000_000_000_000_000;
/// Most teams that answer for a goal.
const MOST_TEAMS: usize = 50;

/// The days of a goal, as they are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum WantedDays {
    /// From a day to another one.
    Days(WantedPeriod),
    /// A fiscal year, or a quarter of it.
    Fiscal {
        /// The calendar year in which the fiscal year begins.
        year: i32,
        /// 1 to 4; `None` for all of it.
        quarter: Option<i32>,
        /// IANA; the organization's zone where none is named.
        time_zone: Option<String>,
    },
}

/// A new goal.
#[derive(Clone, Debug, Serialize)]
pub struct CreateGoal {
    /// What it is called.
    pub name: String,
    /// Why, in words.
    pub description: Option<String>,
    /// What tells the actual.
    pub metric: Metric,
    /// The resources that answer for it.
    pub owners: Vec<Resource>,
    /// The teams that do.
    pub team_ids: Vec<TeamId>,
    /// Its days.
    pub days: WantedDays,
    /// Whether more is better.
    pub direction: GoalDirection,
    /// How much is expected by when.
    pub curve: WantedCurve,
    /// How much is to be reached, in the unit of the metric.
    pub target: Decimal,
    /// The goal it serves.
    pub parent_id: Option<GoalId>,
    /// Repeating it gives the same goal.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Sets a goal.
///
/// # Errors
/// Problems with the fields; of the metric below `metric`.
pub async fn create_goal(scope: &Scope<GoalWrite>, new: &CreateGoal) -> Result<goal::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "createGoal", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<GoalId>(&tx).await? {
        return tx.get::<goal::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let settings = organization::service::settings(&tx).await?;
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    let description = problems.take(input::optional_text("description", new.description.as_deref(), input::NOTE))?.flatten();
    let definition = problems.take(metric(scope, &tx, &new.metric).await)?;
    problems.take(owners(scope, &tx, new).await)?;
    let period = problems.take(period(&new.days, &settings))?;
    let mut curve = None;
    if let (Some(definition), Some(period)) = (definition, &period) {
        curve = problems.take(new.curve.keep(&tx, period, definition.measure).await)?;
    }
    if let Some(definition) = definition {
        problems.take(target("target", new.target, definition, &settings))?;
    }
    if let (Some(parent), Some(period)) = (new.parent_id, &period) {
        problems.take(parent_of(&tx, parent, period).await)?;
    }
    problems.check()?;
    let checked = || Error::broken("what has no problem is there");
    let (definition, period, curve) = (definition.ok_or_else(checked)?, period.ok_or_else(checked)?, curve.ok_or_else(checked)?);
    let row = goal::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name,
        description,
        metric_key: definition.key.to_owned(),
        metric_version: definition.version,
        metric_args: serde_json::to_string(&new.metric.args).map_err(Error::internal)?,
        owners: new.owners.iter().copied().collect::<ResourceSet>(),
        from_on: period.from(),
        to_on: period.to(),
        time_zone: period.zone().name().to_owned(),
        direction: new.direction,
        curve: new.curve.kind,
        calendar_version_id: curve.calendar_version_id,
        weights: curve.weights,
        parent_id: new.parent_id,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    let row = tx.insert::<goal::Entity>(row).await?;
    let team =
        |team: &TeamId| goal_team::Model { organization_id: row.organization_id, id: scope.next_id(), goal_id: row.id, team_id: *team };
    tx.insert_many::<goal_team::Entity>(&new.team_ids.iter().map(team).collect::<Vec<_>>()).await?;
    tx.insert::<goal_target::Entity>(version(scope, row.id, 1, (new.target, None))).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// A version of a target.
pub(super) fn version(
    scope: &Scope<GoalWrite>,
    goal_id: GoalId,
    target_version: i32,
    (amount, reason): (Decimal, Option<String>),
) -> goal_target::Model {
    goal_target::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        goal_id,
        target_version,
        amount: amount.normalize().to_string(),
        reason,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    }
}

/// The metric, where the caller may read it and it can be asked for like this.
async fn metric(scope: &Scope<GoalWrite>, tx: &TenantTx, metric: &Metric) -> Result<&'static Definition> {
    let definition = metric.check().map_err(below_metric)?;
    if !readable(scope, definition) {
        return Err(scope.out_of_reach("metric.key", "you may not read this metric"));
    }
    metric.args.known(tx, "metric.args").await?;
    Ok(definition)
}

fn below_metric(error: Error) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        problem.field = format!("metric.{}", problem.field);
    }
    Error::Invalid(problems)
}

/// Goes on where somebody answers for the goal, and the caller answers for all of them.
async fn owners(scope: &Scope<GoalWrite>, tx: &TenantTx, new: &CreateGoal) -> Result<()> {
    let mut problems = Problems::new();
    if new.owners.is_empty() && new.team_ids.is_empty() {
        problems.push("owners", ProblemCode::Required, "some resource or team has to answer for it");
    }
    for (place, resource) in new.owners.iter().enumerate() {
        if new.owners.iter().take(place).any(|earlier| earlier == resource) {
            problems.push(format!("owners.{place}"), ProblemCode::Taken, "is named twice");
        }
        problems.take(scope.covers(*resource, &format!("owners.{place}")))?;
    }
    if new.team_ids.len() > MOST_TEAMS {
        problems.push("teamIds", ProblemCode::TooMany, format!("must be at most {MOST_TEAMS}"));
        return problems.check();
    }
    let teams = tx.get_many::<team::Entity>(new.team_ids.iter().copied()).await?;
    let mut seen = HashSet::new();
    for (place, id) in new.team_ids.iter().enumerate() {
        let field = format!("teamIds.{place}");
        match teams.iter().find(|team| team.id == *id) {
            None => problems.push(field, ProblemCode::NotFound, "there is no such object"),
            Some(_) if !seen.insert(*id) => problems.push(field, ProblemCode::Taken, "is named twice"),
            Some(team) => {
                problems.take(covers_team(scope, team, &field))?;
            }
        }
    }
    problems.check()
}

/// Goes on where the caller answers for a team: for some resource that it serves.
pub(super) fn covers_team(scope: &Scope<GoalWrite>, team: &team::Model, field: &str) -> Result<()> {
    let serves = team.resources.iter().any(|resource| scope.could_cover(crate::auth::permission::Permission::GoalWrite, resource));
    if scope.reach() == Reach::Organization || serves {
        return Ok(());
    }
    Err(scope.out_of_reach(field, "it does not work for your resource"))
}

fn period(wanted: &WantedDays, settings: &settings::Model) -> Result<Period> {
    match wanted {
        WantedDays::Days(days) => input::period(days, settings),
        WantedDays::Fiscal { year, quarter, time_zone } => {
            let start = u32::try_from(settings.fiscal_year_start_month).unwrap_or(1);
            let wrong = |field: &str, message: &str| Error::invalid(field, ProblemCode::Invalid, message);
            let quarter = quarter.map(|quarter| u32::try_from(quarter).ok().filter(|quarter| (1..=4).contains(quarter)));
            if quarter == Some(None) {
                return Err(wrong("fiscalPeriod.quarter", "must be 1 to 4"));
            }
            let days = fiscal_span(*year, quarter.flatten(), start);
            let (from, to) = days.ok_or_else(|| wrong("fiscalPeriod.year", "must be a year"))?;
            input::period_of("fiscalPeriod", &WantedPeriod { from, to, time_zone: time_zone.clone() }, settings)
        }
    }
}

/// A target that a metric can be held against.
pub(super) fn target(field: &str, wanted: Decimal, definition: &Definition, settings: &settings::Model) -> Result<Target> {
    let target = Target::new(wanted).map_err(|error| Error::invalid(field, ProblemCode::Invalid, error.to_string()))?;
    if wanted > Decimal::from(LARGEST) {
        return Err(Error::invalid(field, ProblemCode::Invalid, format!("must be at most {LARGEST}")));
    }
    let places = if definition.unit == Unit::Money { settings.base_currency.scale() } else { PLACES };
    if wanted.normalize().scale() > places {
        return Err(Error::invalid(field, ProblemCode::Invalid, format!("must have at most {places} decimal places")));
    }
    Ok(target)
}

/// Goes on where a goal can serve another one: its days lie within those of the other, which is still pursued.
async fn parent_of(tx: &TenantWrite, id: GoalId, period: &Period) -> Result<()> {
    let parent = tx.get::<goal::Entity>(id).await?.ok_or_else(|| Error::unknown("parentId"))?;
    if is_ended(tx, id).await? {
        return Err(Error::invalid("parentId", ProblemCode::GoalState, "it is pursued no longer"));
    }
    let whole = period_of(&parent)?;
    if period.start() < whole.start() || period.end() > whole.end() {
        return Err(Error::invalid("parentId", ProblemCode::Invalid, "its days have to hold all of these"));
    }
    Ok(())
}
