//! The API of enablement coverage.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use entity::kinds::BlockerKind;

use super::{Content, Pipeline, Stage};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{FunnelRead, TacticRead};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{DateTime, int};
use crate::input::WantedPeriod;
use crate::journey::service;
use crate::metrics::definition::ENABLEMENT_COVERAGE;
use crate::{connections, trends};

/// Asking for enablement coverage.
#[derive(Debug, Default)]
pub struct EnablementQuery;

#[Object]
impl EnablementQuery {
    /// For which stages and blockers there is content, how often it was used, and how often it helped to resolve one.
    async fn enablement_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which touches count.")] period: PeriodInput,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline_id: Option<ID>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<EnablementCoverage> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::enablement_coverage(&scope, &question(&period, None, pipeline_id.as_ref(), as_of)?).await?;
        Ok(EnablementCoverage { answer, visibility: scope.reach(), point: 0 })
    }

    /// The enablement coverage of each part of a period: what was used and helped in it. What there is for which stages and blockers
    /// is asked once, as of the instant of the question.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn enablement_coverage_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which touches count.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline_id: Option<ID>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<EnablementCoverageTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::enablement_coverage(&scope, &question(&period, Some(grain), pipeline_id.as_ref(), as_of)?).await?;
        let point = |point| EnablementCoverage { answer: Arc::clone(&answer), visibility: scope.reach(), point };
        let points = (0..answer.points.len()).map(point).collect();
        Ok(EnablementCoverageTrend::new(ENABLEMENT_COVERAGE, (&answer.period, grain, answer.as_of), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    pipeline_id: Option<&ID>,
    as_of: Option<DateTime>,
) -> Result<service::EnablementQuestion> {
    Ok(service::EnablementQuestion {
        period: WantedPeriod::from(period),
        pipeline: parse_optional_id(pipeline_id, "pipelineId")?,
        grain: grain.map(Into::into),
        as_of: as_of.map(|as_of| as_of.0),
    })
}

/// For which stages and blockers there is content, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct EnablementCoverage {
    answer: Arc<service::Enablement>,
    visibility: Reach,
    point: usize,
}

impl EnablementCoverage {
    fn point(&self) -> Result<&service::EnablementPoint> {
        self.answer.points.get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl EnablementCoverage {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        ENABLEMENT_COVERAGE.into()
    }

    /// What the share is measured in.
    async fn unit(&self) -> MetricUnit {
        ENABLEMENT_COVERAGE.unit.into()
    }

    /// The days in which touches count.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of)
    }

    /// The version of the pipeline whose stages these are.
    async fn pipeline(&self) -> Pipeline {
        self.answer.catalogue.clone().into()
    }

    /// The share of cells for which there is content.
    async fn covered(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.point()?.grid.covered, ENABLEMENT_COVERAGE.unit))
    }

    /// Every stage on the way with every kind of blocker: stage by stage, and within each the kinds in their order.
    #[graphql(complexity = "100 * child_complexity + 1")]
    async fn cells(&self) -> Result<Vec<EnablementCell>> {
        let cell = |cell| {
            let (stage, blocker) = self.answer.place(cell)?;
            Some(EnablementCell {
                stage: stage.clone().into(),
                blocker,
                contents: int(cell.pieces.len()),
                touches: int(cell.touches),
                resolved: int(cell.resolved),
            })
        };
        Ok(self.point()?.grid.cells.iter().filter_map(cell).collect())
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The content behind the cells that you may see, once for each cell it covers. It is as many as the cells say to those
    /// who may see all content.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "The key of a stage. Default: any on the way.")] stage: Option<String>,
        #[graphql(desc = "A kind of blocker. Default: any.")] blocker: Option<BlockerKind>,
    ) -> Result<EnablementRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<TacticRead>()?;
        let (wanted, page) = ((stage.as_deref(), blocker), (page, wants(ctx, "totalCount")));
        let rows = service::enablement_rows(&scope, &self.answer, self.point, wanted, page).await?;
        Ok(EnablementRowConnection::new(rows, scope.reach()))
    }
}

trends! {
    /// The enablement coverage of each part of a period.
    EnablementCoverageTrend of EnablementCoverage;
}

/// A stage and a kind of blocker.
#[derive(Clone, Debug, SimpleObject)]
pub struct EnablementCell {
    /// The stage.
    stage: Stage,
    /// The kind of blocker.
    blocker: BlockerKind,
    /// How much content in use covers both.
    contents: i32,
    /// How many touches of the period used that content.
    touches: i32,
    /// How many blockers of this kind were resolved in the period with that content.
    resolved: i32,
}

/// A piece of content that covers a stage and a kind of blocker.
#[derive(Clone, Debug, SimpleObject)]
pub struct EnablementRow {
    /// The stage.
    stage: Stage,
    /// The kind of blocker.
    blocker: BlockerKind,
    /// The content.
    content: Content,
    /// How many touches of the period used it.
    touches: i32,
    /// How many blockers of this kind were resolved in the period with it.
    resolved: i32,
}

impl From<service::EnablementRow> for EnablementRow {
    fn from(row: service::EnablementRow) -> Self {
        let touches = int(row.touches);
        let resolved = int(row.resolved);
        Self { stage: row.stage.into(), blocker: row.blocker, content: row.content.into(), touches, resolved }
    }
}

connections! {
    EnablementRowConnection, EnablementRowEdge, EnablementRow, "the content behind a coverage", visibility;
}
