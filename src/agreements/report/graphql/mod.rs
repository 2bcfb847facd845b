//! The API of the reports on agreements.

pub mod drift;
pub mod figures;
pub mod status;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::agreements::report::service::{Question, report};
use crate::auth::permission::grant::AgreementRead;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, PeriodInput, trend_cost};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::input::WantedPeriod;
use crate::metrics::definition::SLA_STATUS;
use drift::HandoffDrift;
use figures::SlaDimension;
use status::{SlaStatus, SlaTrend};

/// Asking how both sides keep an agreement.
#[derive(Debug, Default)]
pub struct SlaQuery;

#[Object]
impl SlaQuery {
    /// How both sides keep a service agreement: what was offered under it in some days, and what became of that.
    async fn sla_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] agreement_id: ID,
        #[graphql(desc = "The days in which handoffs were offered.")] period: PeriodInput,
        #[graphql(desc = "By what the answer is split.")] by: Option<SlaDimension>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<SlaStatus> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let report = report(&scope, question(&agreement_id, &period, as_of)?).await?;
        SlaStatus::new(report, scope.reach(), 0, by)
    }

    /// The same for each part of a period, each as `slaStatus` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn sla_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] agreement_id: ID,
        #[graphql(desc = "The days in which handoffs were offered.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what the answers are split.")] by: Option<SlaDimension>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<SlaTrend> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let report = report(&scope, Question { grain: Some(grain.into()), ..question(&agreement_id, &period, as_of)? }).await?;
        let point = |point| SlaStatus::new(Arc::clone(&report), scope.reach(), point, by);
        let points = (0..report.points().len()).map(point).collect::<Result<_>>()?;
        Ok(SlaTrend::new(SLA_STATUS, (report.period(), grain, report.as_of()), scope.reach(), points))
    }

    /// Whether both sides still mean the same by a lead: how often what each tactic brings is rejected, beside all of them and
    /// beside the period before.
    async fn handoff_drift(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] agreement_id: ID,
        #[graphql(desc = "The days in which handoffs were offered.")] period: PeriodInput,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<HandoffDrift> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let report = report(&scope, Question { before: true, ..question(&agreement_id, &period, as_of)? }).await?;
        HandoffDrift::new(&report, scope.reach())
    }
}

fn question(agreement_id: &ID, period: &PeriodInput, as_of: Option<DateTime>) -> Result<Question> {
    let agreement_id = parse_id(agreement_id, "agreementId")?;
    Ok(Question { agreement_id, period: WantedPeriod::from(period), grain: None, before: false, as_of: as_of.map(|at| at.0) })
}
