//! The API of order-taking.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, Object};
use entity::kinds::TouchKind;

use super::model::PoolingOutput;
use crate::attribution::service::{self, OrderQuestion, OrderRow};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CreditRead, FunnelRead};
use crate::credit::graphql::Close;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{DateTime, Duration, int};
use crate::metrics::definition::ORDER_TAKING;
use crate::metrics::order_taking;
use crate::metrics::period::Period;
use crate::{connections, trends};

/// Asking how much sellers only wrote down.
#[derive(Debug, Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// How much of what Sales gets most of the credit for was wanted before a seller first spoke to the buyer.
    async fn order_taking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "The touches that show that somebody wants to buy. Default: PRICE_REQUEST, CHECKOUT_START, TRIAL_START.")]
        intent_kinds: Option<Vec<TouchKind>>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<OrderTaking> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::order_taking(&scope, asked(&period, None, intent_kinds, (pooling, lookback_days, as_of))).await?;
        Ok(OrderTaking { answer, visibility: scope.reach(), point: 0 })
    }

    /// Order-taking in each part of a period, each as `orderTaking` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn order_taking_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "The touches that show that somebody wants to buy. Default: PRICE_REQUEST, CHECKOUT_START, TRIAL_START.")]
        intent_kinds: Option<Vec<TouchKind>>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<OrderTakingTrend> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let answer = service::order_taking(&scope, asked(&period, Some(grain), intent_kinds, (pooling, lookback_days, as_of))).await?;
        let point = |point| OrderTaking { answer: Arc::clone(&answer), visibility: scope.reach(), point };
        let points = (0..answer.points().len()).map(point).collect();
        Ok(OrderTakingTrend::new(ORDER_TAKING, (answer.period(), grain, answer.as_of()), scope.reach(), points))
    }
}

fn asked(
    period: &PeriodInput,
    grain: Option<Grain>,
    intent: Option<Vec<TouchKind>>,
    (pooling, lookback_days, as_of): (PoolingOutput, Option<i32>, Option<DateTime>),
) -> OrderQuestion {
    OrderQuestion {
        period: period.into(),
        grain: grain.map(Into::into),
        intent,
        pooling: pooling.pooling(),
        lookback_days,
        as_of: as_of.map(|at| at.0),
    }
}

/// How much of what sellers get credit for they only wrote down, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct OrderTaking {
    answer: Arc<service::OrdersTaken>,
    visibility: Reach,
    point: usize,
}

impl OrderTaking {
    fn point(&self) -> Result<&(Period, order_taking::OrderTaking)> {
        self.answer.points().get(self.point).ok_or(Error::broken("a point of the answer"))
    }
}

#[Object(use_type_description)]
impl OrderTaking {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        ORDER_TAKING.into()
    }

    /// What the share is measured in.
    async fn unit(&self) -> MetricUnit {
        ORDER_TAKING.unit.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&self.point()?.0).into())
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of())
    }

    /// How far back from a close its touches count.
    async fn lookback(&self) -> Duration {
        Duration::from_micros(self.answer.lookback().micros())
    }

    /// Whose touches are behind a close.
    async fn pooling(&self) -> PoolingOutput {
        self.answer.pooling().into()
    }

    /// The touches that show that somebody wants to buy.
    async fn intent_kinds(&self) -> Vec<TouchKind> {
        self.answer.intent().to_vec()
    }

    /// Closes won in the period that were neither voided nor wholly given back.
    async fn closes(&self) -> Result<i32> {
        Ok(int(self.point()?.1.closes))
    }

    /// Those of which Sales holds half of the credit at least.
    async fn eligible(&self) -> Result<i32> {
        Ok(int(self.point()?.1.eligible))
    }

    /// Of the eligible, those of which nobody knows when the buyer wanted to buy: they are out of the share.
    async fn unknown(&self) -> Result<i32> {
        Ok(int(self.point()?.1.unknown))
    }

    /// Of the rest, those that were wanted before a seller first spoke to the buyer, or where none did.
    async fn taken(&self) -> Result<i32> {
        Ok(int(self.point()?.1.taken))
    }

    /// What was taken, over the eligible without the unknown.
    async fn share(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.point()?.1.share().map_err(Error::internal)?, ORDER_TAKING.unit))
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The closes that were counted and whose credit you may see, in the order in which they were won.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those that tell this. Default: all.")] verdict: Option<OrderVerdict>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<OrderTakingRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = ctx.authorize::<CreditRead>()?;
        let page = (page, wants(ctx, "totalCount"));
        let (rows, visibility) = self.answer.rows(&scope, self.point, verdict.map(Into::into), page).await?;
        Ok(OrderTakingRowConnection::new(rows, visibility))
    }
}

trends! {
    /// Order-taking in each part of a period.
    OrderTakingTrend of OrderTaking;
}

/// What a close tells of order-taking.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::order_taking::Verdict")]
pub enum OrderVerdict {
    /// Sales holds less than half of its credit.
    NotOfSales,
    /// Nobody knows when the buyer wanted to buy.
    Unknown,
    /// No seller spoke to the buyer before they wanted to buy.
    Taken,
    /// A seller did.
    Sold,
}

/// A close that was counted, and why so.
#[derive(Clone, Debug, Description)]
pub struct OrderTakingRow(OrderRow);

impl From<OrderRow> for OrderTakingRow {
    fn from(row: OrderRow) -> Self {
        Self(row)
    }
}

connections! {
    OrderTakingRowConnection, OrderTakingRowEdge, OrderTakingRow, "the closes that were counted", visibility;
}

#[Object(use_type_description)]
impl OrderTakingRow {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        Close::find(ctx, self.0.id).await
    }

    /// What it tells.
    async fn verdict(&self) -> OrderVerdict {
        self.0.verdict.into()
    }

    /// What Sales holds of it, of 10 000.
    async fn sales_basis_points(&self) -> i32 {
        int(self.0.sale.sales_bp)
    }

    /// When Sales first touched the buyer within the lookback; null where it never did.
    async fn first_sales_touch_at(&self) -> Option<DateTime> {
        self.0.sale.first_sales_touch.map(DateTime)
    }

    /// When the buyer first showed that they want to buy, within the lookback; null where nobody knows.
    async fn intent_at(&self) -> Option<DateTime> {
        self.0.sale.intent.map(DateTime)
    }
}
