//! Goals: the type, and what is said of them.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use entity::ids::{GoalCheckInId, GoalId};
use entity::kinds::{GoalConfidence, GoalCurve, GoalDirection, Resource};
use entity::time::Timestamp;
use entity::{goal, goal_check_in, goal_end, goal_target};

use super::loads::{CheckInsOf, EndOf, ProgressOf, TargetsOf, TeamsOf};
use super::progress::{GoalProgress, may_measure};
use crate::agreements::graphql::BusinessCalendarVersion;
use crate::auth::permission::grant::{AgreementRead, DirectoryRead, GoalRead};
use crate::catalogue::graphql::MetricArguments;
use crate::connections;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::goals::service;
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{MetricDefinition, PeriodOutput};
use crate::graphql::scalar::{DateTime, Decimal, int};
use crate::organization::graphql::{Member, Team};

/// Points the progress of a goal costs; goals that are told from the same facts read them once.
pub(super) const PROGRESS_COST: usize = 20;
/// Rows that a list of a goal is taken to have.
const USUAL: usize = 5;

/// What is to be reached in a period, measured by a metric. What it says never changes, but for its target, which changes by versions.
#[derive(Clone, Debug, Description)]
pub struct Goal(goal::Model);

impl From<goal::Model> for Goal {
    fn from(row: goal::Model) -> Self {
        Self(row)
    }
}

impl Goal {
    /// The goal with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read goals.
    pub async fn find(ctx: &Context<'_>, id: GoalId) -> Result<Option<Self>> {
        ctx.authorize::<GoalRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Goes on where the caller may read its metric.
    pub(super) fn may_measure(&self, ctx: &Context<'_>) -> Result<()> {
        may_measure(ctx, service::definition_of(&self.0)?)
    }

    /// How far it has come as seen at an instant, now where none is named.
    pub(super) async fn progress_as_of(&self, ctx: &Context<'_>, as_of: Option<Timestamp>) -> Result<Option<GoalProgress>> {
        ctx.authorize::<GoalRead>()?;
        self.may_measure(ctx)?;
        let key = ProgressOf { goal: self.0.id, as_of };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        found.transpose().map_err(Arc::unwrap_or_clone).map(|progress| progress.map(GoalProgress::from))
    }

    async fn all_targets(&self, ctx: &Context<'_>) -> Result<Vec<goal_target::Model>> {
        ctx.authorize::<GoalRead>()?;
        Ok(ctx.loads()?.load_one(TargetsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Goal {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Why, in words.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The metric that tells how much was reached, as it is computed today.
    async fn metric(&self) -> Result<MetricDefinition> {
        Ok((*service::definition_of(&self.0)?).into())
    }

    /// The version of the metric when the goal was set: where that of `metric` is another one, the target was set for another formula.
    async fn metric_version(&self) -> i32 {
        self.0.metric_version
    }

    /// What the metric is told.
    async fn arguments(&self) -> Result<MetricArguments> {
        Ok((&service::args_of(&self.0)?).into())
    }

    /// The resources that answer for it.
    async fn owners(&self) -> Vec<Resource> {
        self.0.owners.iter().collect()
    }

    /// Whether several resources answer for it.
    async fn shared(&self) -> bool {
        service::is_shared(&self.0)
    }

    /// The teams that answer for it; null where you may not read teams.
    #[graphql(complexity = "list_cost(USUAL, child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Option<Vec<Team>>> {
        ctx.authorize::<GoalRead>()?;
        if !ctx.permits::<DirectoryRead>() {
            return Ok(None);
        }
        let ids = ctx.loads()?.load_one(TeamsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default();
        let mut found = ctx.loads()?.load_many(ids.iter().copied()).await.map_err(Arc::unwrap_or_clone)?;
        Ok(Some(ids.iter().filter_map(|id| found.remove(id)).map(Team::from).collect()))
    }

    /// Its days.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&service::period_of(&self.0)?).into())
    }

    /// Whether more is better.
    async fn direction(&self) -> GoalDirection {
        self.0.direction
    }

    /// How much of the target is expected by when.
    async fn curve(&self) -> GoalCurve {
        self.0.curve
    }

    /// BUSINESS_DAYS: by whose hours days are business days; null where that is Monday to Friday, and where you may not read agreements.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<Option<BusinessCalendarVersion>> {
        match self.0.calendar_version_id {
            Some(id) if ctx.permits::<AgreementRead>() => BusinessCalendarVersion::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// SEASONAL: the basis points of the calendar months of the period, in order; 10 000 together.
    async fn monthly_basis_points(&self) -> Result<Option<Vec<i32>>> {
        if self.0.curve != GoalCurve::Seasonal {
            return Ok(None);
        }
        Ok(Some(service::weights_of(&self.0)?.into_iter().map(int).collect()))
    }

    /// How much is to be reached, as it is now.
    async fn target(&self, ctx: &Context<'_>) -> Result<GoalTarget> {
        let newest = self.all_targets(ctx).await?.pop();
        newest.map(GoalTarget).ok_or(Error::broken("a goal has a target"))
    }

    /// How much was to be reached over time, the first version first.
    #[graphql(complexity = "list_cost(USUAL, child_complexity)")]
    async fn targets(&self, ctx: &Context<'_>) -> Result<Vec<GoalTarget>> {
        Ok(self.all_targets(ctx).await?.into_iter().map(GoalTarget).collect())
    }

    /// The goal it serves. Their numbers are not added up: each asks its own metric.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.parent_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How far it has come, by what its metric says now; null where it was not set by then. Takes the permission of the metric.
    #[graphql(complexity = "PROGRESS_COST + child_complexity")]
    async fn progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Option<GoalProgress>> {
        self.progress_as_of(ctx, as_of.map(|at| at.0)).await
    }

    /// What those who answer for it say of how it goes, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn check_ins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<GoalCheckInConnection> {
        ctx.authorize::<GoalRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let key = CheckInsOf { goal: self.0.id, page, with_total: wants(ctx, "totalCount") };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        Ok(GoalCheckInConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
    }

    /// That it is pursued no longer; null while it is.
    async fn end(&self, ctx: &Context<'_>) -> Result<Option<GoalEnd>> {
        ctx.authorize::<GoalRead>()?;
        Ok(ctx.loads()?.load_one(EndOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(GoalEnd))
    }

    /// Who set it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// How much is to be reached, from the moment on when it was recorded. It never changes.
#[derive(Clone, Debug, Description)]
pub struct GoalTarget(goal_target::Model);

impl From<goal_target::Model> for GoalTarget {
    fn from(row: goal_target::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl GoalTarget {
    /// Counts the versions, from 1; pass the newest as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        self.0.target_version
    }

    /// How much, in the unit of the metric.
    async fn amount(&self) -> Result<Decimal> {
        service::amount_of(&self.0).map(Decimal)
    }

    /// Why it was changed, in words; null for the first one.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Who set it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// What somebody who answers for a goal says of how it goes. It never changes.
#[derive(Clone, Debug, Description)]
pub struct GoalCheckIn(goal_check_in::Model);

impl From<goal_check_in::Model> for GoalCheckIn {
    fn from(row: goal_check_in::Model) -> Self {
        Self(row)
    }
}

impl GoalCheckIn {
    /// What was said with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read goals.
    pub async fn find(ctx: &Context<'_>, id: GoalCheckInId) -> Result<Option<Self>> {
        ctx.authorize::<GoalRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl GoalCheckIn {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The goal.
    async fn goal(&self, ctx: &Context<'_>) -> Result<Goal> {
        Goal::find(ctx, self.0.goal_id).await?.ok_or(Error::broken("a check-in is of a goal"))
    }

    /// What they expect.
    async fn confidence(&self) -> GoalConfidence {
        self.0.confidence
    }

    /// Why, in words.
    async fn comment(&self) -> &str {
        &self.0.comment
    }

    /// Who says it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// That a goal is pursued no longer. What it came to can still be asked.
#[derive(Clone, Debug, Description)]
pub struct GoalEnd(goal_end::Model);

#[Object(use_type_description)]
impl GoalEnd {
    /// Why, in words.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who says so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    GoalConnection, GoalEdge, Goal, "goals";
    GoalCheckInConnection, GoalCheckInEdge, GoalCheckIn, "what is said of how a goal goes";
}
