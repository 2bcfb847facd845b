//! The API of the share that buys without a seller.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject};
use entity::kinds::{ClosePath, Resource};

use super::Close;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput, BreakdownInput, Dimension};
use crate::credit::service::{self, CloseWay, RepFreePoint, RepFreeQuestion};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::input::WantedPeriod;
use crate::metrics::definition::REP_FREE_SHARE;
use crate::metrics::rep_free::RepFree;
use crate::{connections, trends};

/// Asking how many buy without a seller.
#[derive(Debug, Default)]
pub struct RepFreeQuery;

#[Object]
impl RepFreeQuery {
    /// How many of the closes of a period needed no seller, and how much of the way to all of them did not.
    async fn rep_free_share(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "By what of the customers the answer is split: the value is that when the close was won.")] breakdown: Option<
            BreakdownInput,
        >,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<RepFreeShare> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::rep_free_share(&scope, &question(&period, None, breakdown.as_ref(), as_of)?).await?;
        Ok(RepFreeShare { answer, visibility: scope.reach(), point: 0 })
    }

    /// The rep-free share of each part of a period, each as `repFreeShare` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    async fn rep_free_share_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "By what of the customers the answer is split: the value is that when the close was won.")] breakdown: Option<
            BreakdownInput,
        >,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<RepFreeShareTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::rep_free_share(&scope, &question(&period, Some(grain), breakdown.as_ref(), as_of)?).await?;
        let point = |point| RepFreeShare { answer: Arc::clone(&answer), visibility: scope.reach(), point };
        let points = (0..answer.points().len()).map(point).collect();
        Ok(RepFreeShareTrend::new(REP_FREE_SHARE, (answer.period(), grain, answer.as_of()), scope.reach(), points))
    }
}

fn question(
    period: &PeriodInput,
    grain: Option<Grain>,
    breakdown: Option<&BreakdownInput>,
    as_of: Option<DateTime>,
) -> Result<RepFreeQuestion> {
    Ok(RepFreeQuestion {
        period: WantedPeriod::from(period),
        grain: grain.map(Into::into),
        breakdown: breakdown.map(BreakdownInput::read).transpose()?,
        as_of: as_of.map(|at| at.0),
    })
}

/// How many of the closes of a period needed no seller, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct RepFreeShare {
    answer: Arc<service::RepFreeShare>,
    visibility: Reach,
    point: usize,
}

impl RepFreeShare {
    fn point(&self) -> Result<&RepFreePoint> {
        self.answer.points().get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl RepFreeShare {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        REP_FREE_SHARE.into()
    }

    /// What the shares are measured in.
    async fn unit(&self) -> MetricUnit {
        REP_FREE_SHARE.unit.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.period).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of())
    }

    /// How far back from a close its touches count.
    async fn lookback(&self) -> Duration {
        Duration::from_micros(self.answer.lookback().micros())
    }

    /// What was counted of all closes.
    async fn whole(&self) -> Result<RepFreeFigures> {
        RepFreeFigures::of(self.point()?.whole)
    }

    /// By what the answer is split; null where it is not.
    async fn by(&self) -> Option<Dimension> {
        self.answer.by().map(Into::into)
    }

    /// By value of the breakdown, those without one last; empty without a breakdown. They add up to the whole, but for those of
    /// segments, which may have closes in common.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn groups(&self) -> Result<Vec<RepFreeGroup>> {
        let group =
            |(value, figures): &(_, _)| Ok(RepFreeGroup { of: BreakdownGroup::from(*value), figures: RepFreeFigures::of(*figures)? });
        self.point()?.groups.iter().map(group).collect()
    }

    /// What you could not see.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The closes that were counted and that you may see, in the order in which they were won.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a filter beside the four arguments of a page")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those without a seller, or the others. Default: all.")] rep_free: Option<bool>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those of a group.")] group: Option<BreakdownGroupInput>,
    ) -> Result<RepFreeCloseConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<CloseRead>()?;
        let (group, page) = (group.map(|group| group.value), (page, wants(ctx, "totalCount")));
        let rows = service::rep_free_rows(&scope, &self.answer, self.point, (rep_free, group.as_ref()), page).await?;
        Ok(RepFreeCloseConnection::new(rows, scope.reach()))
    }
}

trends! {
    /// The rep-free share of each part of a period.
    RepFreeShareTrend of RepFreeShare;
}

/// How many closes needed no seller.
#[derive(Clone, Debug, SimpleObject)]
pub struct RepFreeFigures {
    /// Closes won in the period that were neither voided nor wholly given back.
    closes: i32,
    /// Those the buyer made by themselves, whoever spoke to them before.
    self_serve: i32,
    /// Those the buyer made by themselves without a touch by a seller.
    rep_free: i32,
    /// Closes without a seller, over all closes.
    share: RatioMetric,
    /// Touches within the lookback of the closes; one that led to two closes counts for each.
    touches: i32,
    /// Those of the touches that a seller made.
    seller_touches: i32,
    /// Touches that no seller made, over all touches: how much of the way is walked without one, whoever wins in the end.
    touch_share: RatioMetric,
}

impl RepFreeFigures {
    fn of(counted: RepFree) -> Result<Self> {
        let unit = REP_FREE_SHARE.unit;
        Ok(Self {
            closes: int(counted.closes),
            self_serve: int(counted.self_serve),
            rep_free: int(counted.rep_free),
            share: RatioMetric::new(&counted.share().map_err(Error::internal)?, unit),
            touches: int(counted.touches),
            seller_touches: int(counted.by_sellers),
            touch_share: RatioMetric::new(&counted.touch_share().map_err(Error::internal)?, unit),
        })
    }
}

/// The closes with the same value.
#[derive(Clone, Debug, SimpleObject)]
pub struct RepFreeGroup {
    /// What they have in common.
    of: BreakdownGroup,
    /// What was counted of them.
    figures: RepFreeFigures,
}

/// A close and the way to it.
#[derive(Clone, Debug, Description)]
pub struct RepFreeCloseRow(CloseWay);

impl From<CloseWay> for RepFreeCloseRow {
    fn from(close: CloseWay) -> Self {
        Self(close)
    }
}

connections! {
    RepFreeCloseConnection, RepFreeCloseEdge, RepFreeCloseRow, "the closes that were counted", visibility;
}

#[Object(use_type_description)]
impl RepFreeCloseRow {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        Close::find(ctx, self.0.id).await
    }

    /// On which path it was won.
    async fn path(&self) -> ClosePath {
        self.0.way.path
    }

    /// Whether no seller had a part in it.
    async fn rep_free(&self) -> bool {
        self.0.way.is_rep_free()
    }

    /// Touches within the lookback.
    async fn touches(&self) -> i32 {
        int(self.0.way.touches)
    }

    /// Those of the touches that a seller made.
    async fn seller_touches(&self) -> i32 {
        int(self.0.way.by_sellers)
    }

    /// The resource of the first touch; null without one.
    async fn first_touch(&self) -> Option<Resource> {
        self.0.first
    }
}
