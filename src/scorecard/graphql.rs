//! The API of scorecards.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use entity::ids::TeamId;
use entity::kinds::Resource;

use crate::agreements::report::graphql::figures::{SlaDimension, SlaFigures};
use crate::agreements::report::graphql::status::SlaStatus;
use crate::agreements::report::service::{Group, Report, agreements_kept};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{AgreementRead, DirectoryRead, FeedbackRead, GoalRead, JourneyRead};
use crate::db::PageRequest;
use crate::error::Result;
use crate::feedback::graphql::FeedbackConnection;
use crate::feedback::service::{self as feedback, FeedbackFilter};
use crate::goals::graphql::GoalConnection;
use crate::goals::service::{self as goals, GoalFilter};
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{PeriodInput, PeriodOutput};
use crate::graphql::node::parse_optional_id;
use crate::journey::graphql::Duty;
use crate::journey::service::duties;
use crate::metrics::feedback_standing::State;
use crate::metrics::sla::Dimension;
use crate::organization::graphql::Team;
use crate::scorecard::service;

/// Points the report on one agreement costs, of which a resource has some.
const REPORT_COST: usize = 200;
/// Agreements that a resource is taken to have, and stages.
const USUAL: usize = 5;

/// What a resource or a team answers for in some days, and how it does.
#[derive(Clone, Debug, Description)]
pub struct Scorecard(service::Scorecard);

/// An agreement that a resource is a side of.
#[derive(Clone, Debug, SimpleObject)]
pub struct ScorecardAgreement {
    /// Which side it is, and so which of the figures are its own: what the offering side owes, or the receiving one.
    side: Resource,
    /// What both sides did, all together; of a team's scorecard by team.
    status: SlaStatus,
    /// What is the team's part of that; of a resource's scorecard all of it. Null where nothing was offered to the team.
    figures: Option<SlaFigures>,
}

impl ScorecardAgreement {
    fn of(side: Resource, report: Arc<Report>, reach: Reach, team: Option<TeamId>) -> Result<Self> {
        let split = report.split(0, team.map(|_| Dimension::Team))?;
        let of_team = |team| split.groups.iter().find(|(group, _)| *group == Group::Team(Some(team)));
        let figures = match team {
            None => Some(SlaFigures::from(&split.whole)),
            Some(team) => of_team(team).map(|(_, figures)| figures.into()),
        };
        Ok(Self { side, status: SlaStatus::new(report, reach, 0, team.map(|_| SlaDimension::Team))?, figures })
    }
}

#[Object(use_type_description)]
impl Scorecard {
    /// The resource it is about; null for a team.
    async fn resource(&self) -> Option<Resource> {
        self.0.resource
    }

    /// The team it is about; null for a resource.
    async fn team(&self) -> Option<Team> {
        self.0.team.clone().map(Team::from)
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        (&self.0.period).into()
    }

    /// The stages into which it moves buyers, of the newest version of the default pipeline, in their order.
    #[graphql(complexity = "list_cost(USUAL, child_complexity)")]
    async fn duties(&self, ctx: &Context<'_>) -> Result<Vec<Duty>> {
        let (_, duties) = duties(&ctx.authorize::<JourneyRead>()?, None).await?;
        let resources = self.0.resources();
        Ok(duties.into_iter().filter(|duty| resources.contains(&duty.stage.owner_resource)).map(Duty::from).collect())
    }

    /// The goals it answers for of whose days some are in these, those that begin last first; of a team those that name the team.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn goals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<GoalConnection> {
        let scope = ctx.authorize::<GoalRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = GoalFilter {
            resource: self.0.resource,
            team_id: self.0.team.as_ref().map(|team| team.id),
            days: Some((self.0.period.from(), self.0.period.to())),
            ..GoalFilter::default()
        };
        goals::goals(&scope, &filter, page, wants(ctx, "totalCount")).await.map(GoalConnection::new)
    }

    /// How it keeps the agreements that were in force in these days; of a team those of the resources it serves.
    #[graphql(complexity = "list_cost(USUAL, child_complexity) + REPORT_COST")]
    async fn agreements(&self, ctx: &Context<'_>) -> Result<Vec<ScorecardAgreement>> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let kept = agreements_kept(&scope, &self.0.resources(), &self.0.period).await?;
        let team = self.0.team.as_ref().map(|team| team.id);
        kept.into_iter().map(|(side, report)| ScorecardAgreement::of(side, report, scope.reach(), team)).collect()
    }

    /// What it was told and has yet to take note of, as it stands now, the latest first; of a team what the resources were told that it
    /// serves.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn feedback_owed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<FeedbackConnection> {
        let scope = ctx.authorize::<FeedbackRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = FeedbackFilter { to: self.0.resources(), states: vec![State::Open, State::Overdue], ..FeedbackFilter::default() };
        feedback::told(&scope, &filter, page, wants(ctx, "totalCount")).await.map(FeedbackConnection::new)
    }
}

/// Reading scorecards.
#[derive(Debug, Default)]
pub struct ScorecardQuery;

#[Object]
impl ScorecardQuery {
    /// What a resource or a team answers for in some days, and how it does: its duties, its goals, its agreements, and what it has yet to
    /// take note of.
    async fn scorecard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "The resource; leave it out for a team.")] resource: Option<Resource>,
        #[graphql(desc = "The team; leave it out for a resource.")] team_id: Option<ID>,
    ) -> Result<Scorecard> {
        let scope = ctx.authorize::<DirectoryRead>()?;
        let team_id = parse_optional_id(team_id.as_ref(), "teamId")?;
        service::scorecard(&scope, resource, team_id, &(&period).into()).await.map(Scorecard)
    }
}
