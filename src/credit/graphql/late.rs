//! The API of late evidence.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject};
use entity::kinds::Resource;

use super::Close;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, BreakdownInput, Dimension};
use crate::breakdown::service::Value;
use crate::credit::service::{self, LateClose, LatePoint, LateQuestion};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::graphql::share::ResourceShare;
use crate::input::WantedPeriod;
use crate::metrics::definition::LATE_EVIDENCE;
use crate::metrics::late_evidence::{Change, Evidence, LateFigures};
use crate::{connections, trends};

/// Asking for late evidence.
#[derive(Debug, Default)]
pub struct LateQuery;

#[Object]
impl LateQuery {
    /// How far the evidence behind the closes of a period has moved since they were recorded: by touches that came in late or
    /// were corrected, and by visitors who turned out to be the buyer. No credit is moved by it.
    async fn late_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "By what the answer is split: SEGMENT and OWNER are of closes, the others of the touches that came or went.")]
        breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<LateEvidence> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let evidence = service::late_evidence(&scope, &question(&period, None, breakdown.as_ref(), as_of)?).await?;
        Ok(LateEvidence { evidence, visibility: scope.reach(), point: 0 })
    }

    /// The late evidence of each part of a period, each as `lateEvidence` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn late_evidence_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what the answer is split: SEGMENT and OWNER are of closes, the others of the touches that came or went.")]
        breakdown: Option<BreakdownInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<LateEvidenceTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let evidence = service::late_evidence(&scope, &question(&period, Some(grain), breakdown.as_ref(), as_of)?).await?;
        let point = |point| LateEvidence { evidence: Arc::clone(&evidence), visibility: scope.reach(), point };
        let points = (0..evidence.points().len()).map(point).collect();
        Ok(LateEvidenceTrend::new(LATE_EVIDENCE, (evidence.period(), grain, evidence.as_of()), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    breakdown: Option<&BreakdownInput>,
    as_of: Option<DateTime>,
) -> Result<LateQuestion> {
    Ok(LateQuestion {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        breakdown: breakdown.map(BreakdownInput::read).transpose()?,
        as_of: as_of.map(|at| at.0),
    })
}

/// How far evidence has moved since closes were recorded, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct LateEvidence {
    evidence: Arc<service::LateEvidence>,
    visibility: Reach,
    point: usize,
}

impl LateEvidence {
    fn point(&self) -> Result<&LatePoint> {
        self.evidence.points().get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl LateEvidence {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        LATE_EVIDENCE.into()
    }

    /// What the rate is measured in.
    async fn unit(&self) -> MetricUnit {
        LATE_EVIDENCE.unit.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.evidence.as_of())
    }

    /// How far back from a close its touches are evidence.
    async fn lookback(&self) -> Duration {
        Duration::from_micros(self.evidence.lookback().micros())
    }

    /// Closes won in the period.
    async fn closes(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.closes))
    }

    /// Those whose evidence changed since they were recorded.
    async fn changed(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.changed))
    }

    /// Those whose first touch is of another resource than was known then.
    async fn first_touch_changed(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.first_changed))
    }

    /// Those whose evidence changed, over all.
    async fn rate(&self) -> Result<RatioMetric> {
        rate(&self.point()?.whole)
    }

    /// By what the answer is split; null where it is not.
    async fn by(&self) -> Option<Dimension> {
        self.evidence.by().map(Into::into)
    }

    /// By value of the breakdown, those without one last; empty without a breakdown. Of touches the numbers of touches add up, and
    /// closes are all of the period: one whose evidence changed by touches of several groups changed in each of them. Of closes all
    /// numbers add up, but for those of segments, which may have closes in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn groups(&self) -> Result<Vec<LateEvidenceGroup>> {
        let of_closes = !self.evidence.is_of_touches();
        self.point()?.groups.iter().map(|(value, figures)| LateEvidenceGroup::new(*value, figures, of_closes)).collect()
    }

    /// Touches that were recorded, or corrected, after the close was.
    async fn recorded_late(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.recorded_late))
    }

    /// Touches that were recorded in time, of whoever was said to be the buyer only later.
    async fn merged_later(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.merged_later))
    }

    /// Touches that are evidence no more: corrected, taken back, or of somebody who is not the buyer after all.
    async fn lost(&self) -> Result<i32> {
        Ok(int(self.point()?.whole.lost))
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The closes whose evidence changed and that you may see, in the order in which they were won.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those whose evidence changed in a group. A row tells of the whole close.")] group: Option<BreakdownGroupInput>,
    ) -> Result<LateCloseConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<CloseRead>()?;
        let group = group.map(|group| group.value);
        let page = (page, wants(ctx, "totalCount"));
        let rows = service::late_rows(&scope, &self.evidence, self.point, group.as_ref(), page).await?;
        Ok(LateCloseConnection::new(rows, scope.reach()))
    }
}

trends! {
    /// The late evidence of each part of a period.
    LateEvidenceTrend of LateEvidence;
}

fn rate(figures: &LateFigures) -> Result<RatioMetric> {
    Ok(RatioMetric::new(&figures.share().map_err(Error::internal)?, LATE_EVIDENCE.unit))
}

/// The touches that came or went, or the closes, with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct LateEvidenceGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// Closes won in the period: of the group, or where it is of touches all of them.
    closes: i32,
    /// Those whose evidence changed since they were recorded; where the group is of touches by one of them.
    changed: i32,
    /// Those whose first touch is of another resource than was known then; null where the group is of touches.
    first_touch_changed: Option<i32>,
    /// Those whose evidence changed, over the closes.
    rate: RatioMetric,
    /// Touches that were recorded, or corrected, after the close was.
    recorded_late: i32,
    /// Touches that were recorded in time, of whoever was said to be the buyer only later.
    merged_later: i32,
    /// Touches that are evidence no more.
    lost: i32,
}

impl LateEvidenceGroup {
    fn new(value: Option<Value>, figures: &LateFigures, of_closes: bool) -> Result<Self> {
        Ok(Self {
            of: value.into(),
            closes: int(figures.closes),
            changed: int(figures.changed),
            first_touch_changed: of_closes.then_some(int(figures.first_changed)),
            rate: rate(figures)?,
            recorded_late: int(figures.recorded_late),
            merged_later: int(figures.merged_later),
            lost: int(figures.lost),
        })
    }
}

/// What the touches of a close said at an instant. It is correlation, never cause.
#[derive(Clone, Debug, Description)]
pub struct CloseEvidence(Evidence);

#[Object(use_type_description)]
impl CloseEvidence {
    /// How many touches there are.
    async fn touches(&self) -> i32 {
        int(self.0.touches.len())
    }

    /// The resource of the first touch; null without one.
    async fn first_touch(&self) -> Option<Resource> {
        self.0.first
    }

    /// The share of each resource where every touch weighs the same; empty without a touch.
    async fn linear(&self) -> Vec<ResourceShare> {
        self.0.linear.map(ResourceShare::each).unwrap_or_default()
    }
}

/// A close whose evidence changed since it was recorded.
#[derive(Clone, Debug, Description)]
pub struct LateCloseRow(LateClose);

impl From<LateClose> for LateCloseRow {
    fn from(close: LateClose) -> Self {
        Self(close)
    }
}

connections! {
    LateCloseConnection, LateCloseEdge, LateCloseRow, "the closes whose evidence changed", visibility;
}

#[Object(use_type_description)]
impl LateCloseRow {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        Close::find(ctx, self.0.id).await
    }

    /// What was known when the close was recorded.
    async fn before(&self) -> CloseEvidence {
        CloseEvidence(self.0.late.before.clone())
    }

    /// What is known now.
    async fn after(&self) -> CloseEvidence {
        CloseEvidence(self.0.late.after.clone())
    }

    /// Touches that were recorded, or corrected, after the close was.
    async fn recorded_late(&self) -> i32 {
        int(self.0.late.count(Change::RecordedLate))
    }

    /// Touches that were recorded in time, of whoever was said to be the buyer only later.
    async fn merged_later(&self) -> i32 {
        int(self.0.late.count(Change::MergedLater))
    }

    /// Touches that are evidence no more.
    async fn lost(&self) -> i32 {
        int(self.0.late.count(Change::Lost))
    }
}
