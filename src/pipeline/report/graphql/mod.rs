//! The API of the reports on opportunities.

pub mod blockers;
pub mod ends;
pub mod rows;
pub mod velocity;
pub mod wins;

use std::sync::Arc;

use async_graphql::{Context, Object};

pub use velocity::VelocityQuery;
pub use wins::WinRateBasis;

use crate::auth::permission::grant::FunnelRead;
use crate::breakdown::graphql::BreakdownInput;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, PeriodInput, trend_cost};
use crate::graphql::scalar::DateTime;
use crate::input::WantedPeriod;
use crate::metrics::definition::{BLOCKER_REPORT, NO_DECISION, WIN_RATE};
use crate::pipeline::report::service::{Question, Subjects, report};
use blockers::{BlockerReport, BlockerReportTrend};
use ends::{NoDecision, NoDecisionTrend};
use wins::{WinRate, WinRateTrend};

/// Asking how opportunities end, and what keeps buyers from deciding.
#[derive(Debug, Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// How often opportunities are won, of those that ended and of those that began in the period.
    async fn win_rate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Which rate is the value, and which opportunities are its rows; both rates are given.", default)]
        basis: WinRateBasis,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<WinRate> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, None, breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        WinRate::new(report, scope.reach(), 0, basis)
    }

    /// The win rate of each part of a period, each as `winRate` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn win_rate_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "Which rate is the value, and which opportunities are its rows; both rates are given.", default)]
        basis: WinRateBasis,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<WinRateTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, Some(grain), breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        let point = |point| WinRate::new(Arc::clone(&report), scope.reach(), point, basis);
        let points = (0..report.points().len()).map(point).collect::<Result<_>>()?;
        Ok(WinRateTrend::new(WIN_RATE, (report.period(), grain, report.as_of()), scope.reach(), points))
    }

    /// How often opportunities that ended in the period did so without a decision.
    async fn no_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<NoDecision> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, None, breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        NoDecision::new(report, scope.reach(), 0)
    }

    /// The ends without a decision in each part of a period, each as `noDecision` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn no_decision_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<NoDecisionTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, Some(grain), breakdown.as_ref(), as_of, Subjects::Opportunities)?).await?;
        let point = |point| NoDecision::new(Arc::clone(&report), scope.reach(), point);
        let points = (0..report.points().len()).map(point).collect::<Result<_>>()?;
        Ok(NoDecisionTrend::new(NO_DECISION, (report.period(), grain, report.as_of()), scope.reach(), points))
    }

    /// What kept buyers from deciding: the blockers raised in the period, as they stand.
    async fn blocker_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which they were raised.")] period: PeriodInput,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<BlockerReport> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, None, breakdown.as_ref(), as_of, Subjects::Blockers)?).await?;
        BlockerReport::new(report, scope.reach(), 0)
    }

    /// The blockers of each part of a period, each as `blockerReport` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn blocker_report_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which they were raised.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<BlockerReportTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let report = report(&scope, question(&period, Some(grain), breakdown.as_ref(), as_of, Subjects::Blockers)?).await?;
        let point = |point| BlockerReport::new(Arc::clone(&report), scope.reach(), point);
        let points = (0..report.points().len()).map(point).collect::<Result<_>>()?;
        Ok(BlockerReportTrend::new(BLOCKER_REPORT, (report.period(), grain, report.as_of()), scope.reach(), points))
    }
}

/// Reads the arguments.
fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    breakdown: Option<&BreakdownInput>,
    as_of: Option<DateTime>,
    subjects: Subjects,
) -> Result<Question> {
    Ok(Question {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        breakdown: breakdown.map(BreakdownInput::read).transpose()?,
        as_of: as_of.map(|as_of| as_of.0),
        subjects,
    })
}
