//! Writing what the company wants to reach, and what it says of that.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{GoalId, ServiceAgreementId, TeamId};
use entity::kinds::{GoalConfidence, GoalCurve, GoalDirection, Resource, Role};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::{Writer, key};
use crate::catalogue::service::{Metric, MetricArgs};
use crate::demo::company::team_of;
use crate::error::Result;
use crate::goals::service::{CheckIn, CreateGoal, ReviseTarget, WantedCurve, WantedDays, check_in, create_goal, revise_goal_target};

/// How many customers the year is to bring.
const YEAR: i64 = 760;
/// How many of those its second quarter was to bring, and is since May.
const QUARTER: [i64; 2] = [210, 195];

/// A goal of the second quarter of 2026 that is told of by its metric alone.
struct Simple {
    name: &'static str,
    metric: &'static str,
    args: MetricArgs,
    owners: &'static [Resource],
    direction: GoalDirection,
    target: Decimal,
}

impl Writer<'_> {
    /// The goals, and what those who answer for them say of them.
    pub(super) async fn goals(&self, teams: &HashMap<&'static str, TeamId>, agreement_id: ServiceAgreementId) -> Result<()> {
        let year = WantedDays::Fiscal { year: 2026, quarter: None, time_zone: None };
        let everybody = Resource::ALL;
        let whole = CreateGoal {
            days: year,
            ..self.goal("Customers in 2026", "credited_closes", (everybody, GoalDirection::HigherIsBetter), Decimal::from(YEAR))
        };
        let whole = create_goal(&self.at(noon(2026, 1, 2)).authorize()?, &whole).await?.id;
        let [planned, revised] = QUARTER.map(Decimal::from);
        let quarter = CreateGoal {
            description: Some("What the year asks of its second quarter, by working days.".to_owned()),
            curve: WantedCurve { kind: GoalCurve::BusinessDays, calendar_id: Some(self.calendar().await?), weights: None },
            parent_id: Some(whole),
            ..self.goal("Customers in the second quarter", "credited_closes", (everybody, GoalDirection::HigherIsBetter), planned)
        };
        let quarter = create_goal(&self.at(noon(2026, 3, 30)).authorize()?, &quarter).await?.id;
        let revise = ReviseTarget {
            goal_id: quarter,
            target: revised,
            reason: "The trade fair in June is called off".to_owned(),
            expected_version: Some(1),
            idempotency_key: key("goal revised"),
        };
        for (role, at, confidence, comment) in [
            (Role::SalesLead, noon(2026, 4, 20), GoalConfidence::OnTrack, "April begins well; calls back on the same day help"),
            (Role::MarketingLead, noon(2026, 5, 11), GoalConfidence::AtRisk, "Without the fair we lack its leads"),
        ] {
            self.say(teams, (role, at), (quarter, confidence, comment)).await?;
        }
        revise_goal_target(&self.at(noon(2026, 5, 12)).authorize()?, &revise).await?;
        self.say(teams, (Role::ProductLead, noon(2026, 6, 15)), (quarter, GoalConfidence::OnTrack, "Trials turn into customers")).await?;
        self.simple(teams, agreement_id).await
    }

    /// The goals that nothing is said of.
    async fn simple(&self, teams: &HashMap<&'static str, TeamId>, agreement_id: ServiceAgreementId) -> Result<()> {
        let own = |resource| MetricArgs { resource: Some(resource), ..MetricArgs::default() };
        let goals = [
            Simple {
                name: "What a customer costs",
                metric: "cost_per_close",
                args: MetricArgs::default(),
                owners: Resource::ALL,
                direction: GoalDirection::LowerIsBetter,
                target: Decimal::from(2_750),
            },
            Simple {
                name: "Customers that Marketing brings",
                metric: "credited_closes",
                args: own(Resource::Marketing),
                owners: &[Resource::Marketing],
                direction: GoalDirection::HigherIsBetter,
                target: Decimal::from(65),
            },
            Simple {
                name: "Customers that Product brings",
                metric: "credited_closes",
                args: own(Resource::Product),
                owners: &[Resource::Product],
                direction: GoalDirection::HigherIsBetter,
                target: Decimal::from(80),
            },
            Simple {
                name: "Deals won of those closed",
                metric: "win_rate",
                args: MetricArgs::default(),
                owners: &[Resource::Sales],
                direction: GoalDirection::HigherIsBetter,
                target: Decimal::new(8, 1),
            },
            Simple {
                name: "Leads answered on the same day",
                metric: "sla_status",
                args: MetricArgs { agreement_id: Some(agreement_id), ..MetricArgs::default() },
                owners: &[Resource::Marketing, Resource::Sales],
                direction: GoalDirection::HigherIsBetter,
                target: Decimal::new(9, 1),
            },
        ];
        // One after the other, so that their order is the same every time.
        let mut at = noon(2026, 3, 31);
        for goal in goals {
            let team = |resource: &Resource| teams.get(team_of(*resource)).copied();
            // What one resource answers for alone, its team does.
            let team_ids = if let [resource] = goal.owners { team(resource).into_iter().collect() } else { Vec::new() };
            let mut new = self.goal(goal.name, goal.metric, (goal.owners, goal.direction), goal.target);
            (new.metric.args, new.team_ids) = (goal.args, team_ids);
            create_goal(&self.at(at).authorize()?, &new).await?;
            at = at.saturating_add_micros(1_000_000);
        }
        Ok(())
    }

    /// A goal of the second quarter of 2026.
    fn goal(&self, name: &str, metric: &str, (owners, direction): (&[Resource], GoalDirection), target: Decimal) -> CreateGoal {
        CreateGoal {
            name: name.to_owned(),
            description: None,
            metric: Metric { key: metric.to_owned(), args: MetricArgs::default() },
            owners: owners.to_vec(),
            team_ids: Vec::new(),
            days: WantedDays::Fiscal { year: 2026, quarter: Some(2), time_zone: None },
            direction,
            curve: WantedCurve { kind: GoalCurve::LinearDays, calendar_id: None, weights: None },
            target,
            parent_id: None,
            idempotency_key: key(&format!("goal {name}")),
        }
    }

    /// What a member says of a goal.
    async fn say(
        &self,
        teams: &HashMap<&'static str, TeamId>,
        (role, at): (Role, Timestamp),
        (goal_id, confidence, comment): (GoalId, GoalConfidence, &str),
    ) -> Result<()> {
        let member = self.member(&self.at(at).authorize()?, teams, role).await?;
        let new = CheckIn { goal_id, confidence, comment: comment.to_owned(), idempotency_key: key(&format!("check-in {}", role.name())) };
        check_in(&self.as_member(&member, at).await?.authorize()?, &new).await.map(drop)
    }
}

/// Noon UTC of a day.
fn noon(year: i32, month: u32, day: u32) -> Timestamp {
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    Timestamp::from(day.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc())
}
