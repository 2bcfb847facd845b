//! How goals come nearer.

use futures_util::future::BoxFuture;

use super::{Found, Look};
use crate::error::{Error, Result};
use crate::goals::service::stands;
use crate::metrics::insight::{Finding, GoalStand, Statement, Subject, off_pace};
use crate::metrics::period::local_day;

const PACE: &str = "query Insight($id: ID!, $asOf: DateTime!) {
  goal(id: $id) { progress(asOf: $asOf) { attainment { value } pace { value } expected projected { value } actual { value } target { amount } } }
}";

const PARTS: &str = "query InsightRows($id: ID!, $asOf: DateTime!) {
  goal(id: $id) { progress(asOf: $asOf) { actual { contributions { resource value } source { document variables path } } } }
}";

/// Goals that are behind, and those that were missed since the month before began.
pub(super) fn goals_off_pace(look: &Look) -> BoxFuture<'_, Result<Vec<Found>>> {
    Box::pin(async move {
        let today = local_day(look.as_of, look.running.zone());
        let next = today.succ_opt().ok_or(Error::broken("the calendar goes on"))?;
        let goals = stands(&look.scope.also()?, (look.complete.from(), next), look.as_of).await?;
        let standing: Vec<GoalStand> = goals.iter().map(|(_, stand)| *stand).collect();
        let found = |finding: Finding| {
            let Subject::Goal(id) = finding.subject else { return Err(Error::broken("it was looked for by goal")) };
            let (period, _) = goals.iter().find(|(_, stand)| stand.goal == id).ok_or(Error::broken("the goal was looked at"))?;
            let told = || look.told().with("id", id.to_string());
            let figure = match Statement::of(&finding) {
                Statement::GoalMissed => "attainment",
                _ => "pace",
            };
            Ok(Found {
                period: *period,
                source: told().asks(PACE, format!("goal.progress.{figure}.value")),
                evidence: told().asks(PARTS, "goal.progress.actual.source"),
                finding,
            })
        };
        off_pace(&standing, &look.thresholds.pace).into_iter().map(found).collect()
    })
}
