//! Setting goals, and telling how they go.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{GoalConfidence, GoalCurve, GoalDirection, Resource};

use super::goal::Goal;
use crate::auth::permission::grant::GoalWrite;
use crate::catalogue::graphql::MetricArgsInput;
use crate::catalogue::service::Metric;
use crate::error::{Error, ProblemCode, Result};
use crate::goals::service::{self, WantedCurve, WantedDays};
use crate::graphql::context::Authorize;
use crate::graphql::metric::PeriodInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::{Decimal, TimeZone};
use crate::payloads;

/// What tells how much of a goal was reached.
#[derive(InputObject)]
pub struct GoalMetricInput {
    /// The key of a definition.
    key: String,
    /// What the metric is told besides the days of the goal.
    args: Option<MetricArgsInput>,
}

/// A fiscal year, or a quarter of it, by the month in which the organization's fiscal years begin.
#[derive(InputObject)]
pub struct FiscalPeriodInput {
    /// The calendar year in which the fiscal year begins.
    year: i32,
    /// Its quarter, 1 to 4. Default: all of the year.
    quarter: Option<i32>,
    /// Where days begin and end. Default: the organization's zone.
    time_zone: Option<TimeZone>,
}

impl From<FiscalPeriodInput> for WantedDays {
    fn from(input: FiscalPeriodInput) -> Self {
        let FiscalPeriodInput { year, quarter, time_zone } = input;
        Self::Fiscal { year, quarter, time_zone: time_zone.map(|zone| zone.0) }
    }
}

/// The days of a goal, said in one way.
fn days(period: Option<&PeriodInput>, fiscal: Option<FiscalPeriodInput>) -> Result<WantedDays> {
    match (period, fiscal) {
        (Some(period), None) => Ok(WantedDays::Days(period.into())),
        (None, Some(fiscal)) => Ok(fiscal.into()),
        (None, None) => Err(Error::invalid("input.period", ProblemCode::Required, "say its days, or fiscalPeriod")),
        (Some(_), Some(_)) => Err(Error::invalid("input.fiscalPeriod", ProblemCode::Invalid, "its days are said by period already")),
    }
}

/// How much of a target is expected by when.
#[derive(InputObject)]
pub struct GoalCurveInput {
    /// Which curve.
    kind: GoalCurve,
    /// BUSINESS_DAYS: the calendar whose newest version says which days are business days, from now on for this goal. Default: Monday to
    /// Friday are.
    calendar_id: Option<ID>,
    /// SEASONAL: the basis points of each calendar month that the period touches, in order; 10 000 together.
    monthly_basis_points: Option<Vec<i32>>,
}

/// A goal to set.
#[derive(InputObject)]
pub struct CreateGoalInput {
    /// What it is called.
    name: String,
    /// Why, in words.
    description: Option<String>,
    /// What tells how much was reached; you may read it.
    metric: GoalMetricInput,
    /// The resources that answer for it; those that you may set goals for.
    owners: Vec<Resource>,
    /// The teams that answer for it. Some resource or team has to.
    #[graphql(default)]
    team_ids: Vec<ID>,
    /// Its days, where they are no fiscal period.
    period: Option<PeriodInput>,
    /// Its days, where they are a fiscal year or quarter. One of `period` and `fiscalPeriod` is given.
    fiscal_period: Option<FiscalPeriodInput>,
    /// Whether more is better.
    direction: GoalDirection,
    /// How much is expected by when. Default: every day brings the same.
    curve: Option<GoalCurveInput>,
    /// How much is to be reached, in the unit of the metric: above zero.
    target: Decimal,
    /// The goal it serves, whose days hold all of its days.
    parent_id: Option<ID>,
    /// Repeating the mutation with the same key gives the same goal.
    idempotency_key: Option<String>,
}

/// Another target for a goal.
#[derive(InputObject)]
pub struct ReviseGoalTargetInput {
    /// The goal.
    goal_id: ID,
    /// How much is to be reached from now on: above zero.
    target: Decimal,
    /// Why, in words.
    reason: String,
    /// The newest version you saw; nothing is changed where there is a later one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// What you say of how a goal goes.
#[derive(InputObject)]
pub struct CheckInGoalInput {
    /// The goal.
    goal_id: ID,
    /// What you expect.
    confidence: GoalConfidence,
    /// Why, in words.
    comment: String,
    /// Repeating the mutation with the same key tells it once.
    idempotency_key: Option<String>,
}

/// That a goal is pursued no longer.
#[derive(InputObject)]
pub struct EndGoalInput {
    /// The goal.
    goal_id: ID,
    /// Why, in words.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of setting a goal.
    CreateGoalPayload {
        /// The goal.
        goal: Goal
    }
    /// What came of revising a target.
    ReviseGoalTargetPayload {
        /// The goal, with its new target.
        goal: Goal
    }
    /// What came of telling how a goal goes.
    CheckInGoalPayload {
        /// The goal, with what was said of it.
        goal: Goal
    }
    /// What came of ending a goal.
    EndGoalPayload {
        /// The goal.
        goal: Goal
    }
}

/// Setting goals, and telling how they go.
#[derive(Debug, Default)]
pub struct GoalMutation;

#[Object]
impl GoalMutation {
    /// Sets a goal on a metric. Whoever sets it answers for all whose goal it is, or may set goals for the whole organization.
    async fn create_goal(&self, ctx: &Context<'_>, input: CreateGoalInput) -> Result<CreateGoalPayload> {
        let scope = ctx.authorize::<GoalWrite>()?;
        let curve = match input.curve {
            None => WantedCurve { kind: GoalCurve::LinearDays, calendar_id: None, weights: None },
            Some(curve) => WantedCurve {
                kind: curve.kind,
                calendar_id: parse_optional_id(curve.calendar_id.as_ref(), "input.curve.calendarId")?,
                weights: curve.monthly_basis_points.map(|weights| weights.into_iter().map(i64::from).collect()),
            },
        };
        let team = |(place, id): (usize, &ID)| parse_id(id, &format!("input.teamIds.{place}"));
        let new = service::CreateGoal {
            name: input.name,
            description: input.description,
            metric: Metric { key: input.metric.key, args: input.metric.args.unwrap_or_default().read("input.metric.args")? },
            owners: input.owners,
            team_ids: input.team_ids.iter().enumerate().map(team).collect::<Result<_>>()?,
            days: days(input.period.as_ref(), input.fiscal_period)?,
            direction: input.direction,
            curve,
            target: input.target.0,
            parent_id: parse_optional_id(input.parent_id.as_ref(), "input.parentId")?,
            idempotency_key: input.idempotency_key,
        };
        CreateGoalPayload::settle(service::create_goal(&scope, &new).await.map(Goal::from))
    }

    /// Sets another target for a goal, by a new version. How it stood before is still measured by the version of then.
    async fn revise_goal_target(&self, ctx: &Context<'_>, input: ReviseGoalTargetInput) -> Result<ReviseGoalTargetPayload> {
        let scope = ctx.authorize::<GoalWrite>()?;
        let change = service::ReviseTarget {
            goal_id: parse_id(&input.goal_id, "input.goalId")?,
            target: input.target.0,
            reason: input.reason,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        ReviseGoalTargetPayload::settle(service::revise_goal_target(&scope, &change).await.map(Goal::from))
    }

    /// Tells how a goal goes, by one of those who answer for it.
    async fn check_in_goal(&self, ctx: &Context<'_>, input: CheckInGoalInput) -> Result<CheckInGoalPayload> {
        let scope = ctx.authorize::<GoalWrite>()?;
        let new = service::CheckIn {
            goal_id: parse_id(&input.goal_id, "input.goalId")?,
            confidence: input.confidence,
            comment: input.comment,
            idempotency_key: input.idempotency_key,
        };
        CheckInGoalPayload::settle(service::check_in(&scope, &new).await.map(Goal::from))
    }

    /// Ends a goal that is pursued no longer; what it came to can still be asked.
    async fn end_goal(&self, ctx: &Context<'_>, input: EndGoalInput) -> Result<EndGoalPayload> {
        let scope = ctx.authorize::<GoalWrite>()?;
        let change = service::EndGoal {
            goal_id: parse_id(&input.goal_id, "input.goalId")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        EndGoalPayload::settle(service::end_goal(&scope, &change).await.map(Goal::from))
    }
}
