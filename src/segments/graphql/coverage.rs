//! How much of a segment is reached.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::kinds::DemandState;

use super::{Segment, WALK_COST};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::buyers::graphql::Account;
use crate::connections;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::trend_cost;
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{DateTime, int};
use crate::input::WantedPeriod;
use crate::metrics::coverage::{Part, Reached};
use crate::metrics::definition::DEMAND_COVERAGE;
use crate::metrics::period::Period;
use crate::segments::service::{self, Coverage, CoverageQuestion, CoverageRow, CoverageTrendQuestion};

/// A part of a segment: an account is in one of each pair, and in one of the three of demand.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::coverage::Part")]
pub enum DemandCoveragePart {
    /// It, or somebody who buys for it, was touched.
    Touched,
    /// Neither it nor anybody who buys for it was touched.
    Untouched,
    /// By its latest signal it is looking.
    Searching,
    /// By its latest signal it is not looking.
    NotSearching,
    /// There is no signal of it.
    DemandUnknown,
    /// Somebody who buys for it is known.
    Known,
    /// Nobody who buys for it is known.
    Anonymous,
    /// It bought.
    Customer,
    /// It did not buy yet.
    Prospect,
}

/// Asking how much of a segment is reached.
#[derive(Debug, Default)]
pub struct CoverageQuery;

#[Object]
impl CoverageQuery {
    /// How much of a segment is reached: touched, looking, known, won, and what is not.
    async fn demand_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The segment.")] segment_id: ID,
        #[graphql(desc = "From when on touches count. Default: for ever.")] since: Option<DateTime>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<DemandCoverage> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let question = CoverageQuestion {
            segment_id: parse_id(&segment_id, "segmentId")?,
            since: since.map(|since| since.0),
            as_of: as_of.map(|as_of| as_of.0),
        };
        let coverage = Arc::new(service::demand_coverage(&scope, question).await?);
        Ok(DemandCoverage { coverage, visibility: scope.reach() })
    }

    /// How much of a segment was reached by the end of each part of a period, as it was known then. Parts that have not begun are
    /// left out.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn demand_coverage_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The segment.")] segment_id: ID,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided, into at most 60 parts.")] grain: Grain,
        #[graphql(desc = "From when on touches count. Default: for ever.")] since: Option<DateTime>,
        #[graphql(desc = "Parts that end later are seen at this instant. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<DemandCoverageTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let question = CoverageTrendQuestion {
            segment_id: parse_id(&segment_id, "segmentId")?,
            period: WantedPeriod::from(&period),
            grain: grain.into(),
            since: since.map(|since| since.0),
            as_of: as_of.map(|as_of| as_of.0),
        };
        let (period, points) = service::demand_coverage_trend(&scope, &question).await?;
        Ok(DemandCoverageTrend { period, points: Arc::new(points), visibility: scope.reach(), grain })
    }
}

/// How much of a segment is reached, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct DemandCoverage {
    coverage: Arc<Coverage>,
    visibility: Reach,
}

#[Object(use_type_description)]
impl DemandCoverage {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        DEMAND_COVERAGE.into()
    }

    /// What shares are measured in.
    async fn unit(&self) -> MetricUnit {
        DEMAND_COVERAGE.unit.into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.coverage.as_of())
    }

    /// From when on touches count; null for ever.
    async fn since(&self) -> Option<DateTime> {
        self.coverage.since().map(DateTime)
    }

    /// The segment.
    async fn segment(&self) -> Segment {
        self.coverage.segment().clone().into()
    }

    /// How many accounts belong to it.
    async fn accounts(&self) -> i32 {
        int(self.coverage.accounts())
    }

    /// How many accounts may belong to it: what is not known decides. They are in no other number.
    async fn undetermined(&self) -> i32 {
        int(self.coverage.undetermined())
    }

    /// Every part with its share of the accounts.
    #[graphql(complexity = "9 * child_complexity + 1")]
    async fn parts(&self) -> Result<Vec<DemandCoverageLine>> {
        let line = |&part: &Part| Ok(DemandCoverageLine { part: part.into(), share: self.share_of(&[part])? });
        Part::ALL.iter().map(line).collect()
    }

    /// The share of the accounts that are in all of some parts: `[UNTOUCHED, NOT_SEARCHING]` is demand nobody has reached yet.
    async fn share(&self, #[graphql(desc = "The parts; none for all accounts.")] parts: Vec<DemandCoveragePart>) -> Result<RatioMetric> {
        self.share_of(&parts.into_iter().map(Part::from).collect::<Vec<_>>())
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The accounts behind a number that you may see, oldest first. They are as many as the number says to those who may see all.
    #[graphql(complexity = "page_cost(first, last, child_complexity).saturating_add(WALK_COST)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that are in all of these.")] parts: Option<Vec<DemandCoveragePart>>,
    ) -> Result<DemandCoverageRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<BuyerRead>()?;
        let parts: Vec<Part> = parts.unwrap_or_default().into_iter().map(Part::from).collect();
        let (rows, visibility) = service::coverage_rows(&scope, &self.coverage, &parts, page).await?;
        Ok(DemandCoverageRowConnection::new(rows, visibility))
    }
}

impl DemandCoverage {
    fn share_of(&self, parts: &[Part]) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.coverage.share(parts)?, DEMAND_COVERAGE.unit))
    }
}

/// A part of a segment and its share.
#[derive(Clone, Debug, SimpleObject)]
pub struct DemandCoverageLine {
    /// Which part.
    part: DemandCoveragePart,
    /// Its accounts over all accounts of the segment.
    share: RatioMetric,
}

/// How much of a segment was reached over time.
#[derive(Clone, Debug, Description)]
pub struct DemandCoverageTrend {
    period: Period,
    points: Arc<Vec<(Period, Coverage)>>,
    visibility: Reach,
    grain: Grain,
}

#[Object(use_type_description)]
impl DemandCoverageTrend {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        DEMAND_COVERAGE.into()
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        (&self.period).into()
    }

    /// Into what the period is divided.
    async fn grain(&self) -> Grain {
        self.grain
    }

    /// One answer for the end of each part, in order.
    async fn points(&self) -> Vec<DemandCoveragePoint> {
        let point = |(period, coverage): &(Period, Coverage)| DemandCoveragePoint {
            period: period.into(),
            coverage: DemandCoverage { coverage: Arc::new(coverage.clone()), visibility: self.visibility },
        };
        self.points.iter().map(point).collect()
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}

/// How much of a segment was reached by the end of some days.
#[derive(Clone, Debug, SimpleObject)]
pub struct DemandCoveragePoint {
    /// The days.
    period: PeriodOutput,
    /// The answer for their end.
    coverage: DemandCoverage,
}

/// An account of a segment.
#[derive(Clone, Debug, Description)]
pub struct DemandCoverageRow(CoverageRow);

impl From<CoverageRow> for DemandCoverageRow {
    fn from(row: CoverageRow) -> Self {
        Self(row)
    }
}

impl DemandCoverageRow {
    const fn reached(&self) -> Reached {
        self.0.reached
    }
}

connections! {
    DemandCoverageRowConnection, DemandCoverageRowEdge, DemandCoverageRow, "the accounts behind a number", visibility;
}

#[Object(use_type_description)]
impl DemandCoverageRow {
    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        Account::find(ctx, self.0.account).await
    }

    /// Whether it, or somebody who buys for it, was touched.
    async fn touched(&self) -> bool {
        self.reached().touched
    }

    /// Whether it is looking; null where nobody knows.
    async fn demand_state(&self) -> Option<DemandState> {
        self.reached().demand
    }

    /// Whether somebody who buys for it is known.
    async fn known(&self) -> bool {
        self.reached().known
    }

    /// Whether it bought.
    async fn customer(&self) -> bool {
        self.reached().customer
    }
}
