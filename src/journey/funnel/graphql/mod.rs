//! The API of the funnel.

pub mod answer;
pub mod input;
pub mod known;
pub mod live;
pub mod rows;
pub mod stage_time;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

pub use answer::{Funnel, FunnelTrend};
pub use input::{FunnelOrder, FunnelSubject};
pub use known::KnownQuery;
pub use live::FunnelSubscription;
pub use stage_time::StageTimeQuery;

use crate::auth::permission::grant::FunnelRead;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, PeriodInput, trend_cost};
use crate::graphql::scalar::{DateTime, Duration};
use crate::journey::funnel::service;
use crate::metrics::definition::FUNNEL;
use input::{Asked, FunnelBreakdownInput, FunnelExclusionInput, FunnelMode, FunnelStepWindowInput};

/// Asking the funnel.
#[derive(Debug, Default)]
pub struct FunnelQuery;

#[expect(clippy::too_many_arguments, reason = "clients name the arguments they use, and most are optional")]
#[Object]
impl FunnelQuery {
    /// How many subjects get how far. Unless you say otherwise: the people who entered in the period, by the main stages
    /// from ENGAGED to CLOSED.
    async fn funnel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline: Option<ID>,
        #[graphql(desc = "How subjects are counted.", default)] mode: FunnelMode,
        #[graphql(desc = "When a subject of a cohort has reached a step; the other modes have no use for it.", default)] order: FunnelOrder,
        #[graphql(desc = "The keys of the stages that are steps, in order, at most 32. Default: the main stages from ENGAGED to CLOSED.")]
        stages: Option<Vec<String>>,
        #[graphql(desc = "Who is counted.", default)] subject: FunnelSubject,
        #[graphql(desc = "COHORT: how long after the entry every step has to be reached. Default: for ever.")] window: Option<Duration>,
        #[graphql(desc = "COHORT: windows of single steps, in place of the funnel's.")] step_windows: Option<Vec<FunnelStepWindowInput>>,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<FunnelBreakdownInput>,
        #[graphql(desc = "COHORT: what removes a subject, at most 32.")] exclusions: Option<Vec<FunnelExclusionInput>>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Funnel> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let asked = Asked { period, pipeline, mode, order, stages, subject, window, step_windows, breakdown, exclusions, as_of };
        let report = service::funnel(&scope, asked.question(None)?).await?;
        Ok(Funnel::new(report, scope.reach(), 0))
    }

    /// The funnel of each part of a period, each as `funnel` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn funnel_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline: Option<ID>,
        #[graphql(desc = "How subjects are counted.", default)] mode: FunnelMode,
        #[graphql(desc = "When a subject of a cohort has reached a step; the other modes have no use for it.", default)] order: FunnelOrder,
        #[graphql(desc = "The keys of the stages that are steps, in order, at most 32. Default: the main stages from ENGAGED to CLOSED.")]
        stages: Option<Vec<String>>,
        #[graphql(desc = "Who is counted.", default)] subject: FunnelSubject,
        #[graphql(desc = "COHORT: how long after the entry every step has to be reached. Default: for ever.")] window: Option<Duration>,
        #[graphql(desc = "COHORT: windows of single steps, in place of the funnel's.")] step_windows: Option<Vec<FunnelStepWindowInput>>,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<FunnelBreakdownInput>,
        #[graphql(desc = "COHORT: what removes a subject, at most 32.")] exclusions: Option<Vec<FunnelExclusionInput>>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<FunnelTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let asked = Asked { period, pipeline, mode, order, stages, subject, window, step_windows, breakdown, exclusions, as_of };
        let report = service::funnel(&scope, asked.question(Some(grain))?).await?;
        let point = |point| Funnel::new(Arc::clone(&report), scope.reach(), point);
        let points = (0..report.points().len()).map(point).collect();
        Ok(FunnelTrend::new(FUNNEL, (report.period(), grain, report.as_of()), scope.reach(), points))
    }
}
