//! The API of the gap between ledger and evidence.

use std::sync::Arc;

use async_graphql::{Context, Description, Object};
use entity::kinds::Resource;

use super::attribution::{Attribution, question};
use super::model::{AttributionDimension, AttributionModel, AttributionSettingsInput, PoolingOutput, wanted};
use super::rows::{closes, rows_cost};
use crate::attribution::service::{self, GapLine, GapRow};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CloseRead, CostPerCloseRead};
use crate::credit::graphql::Close;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{DateTime, Decimal};
use crate::metrics::credit_gap::Gap;
use crate::metrics::definition::{CREDIT_GAP, Unit};
use crate::metrics::ratio::{NullReason, Ratio};
use crate::{connections, trends};

/// Decimal places of a basis point, as a part of a whole.
const BASIS_POINT_PLACES: u32 = 4;

/// Asking how far the ledger is from the evidence.
#[derive(Debug, Default)]
pub struct GapQuery;

#[Object]
impl GapQuery {
    /// How much more, or less, credit each resource holds in the ledger than evidence gives it by a model. The gaps sum to zero.
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn credit_gap(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "How evidence divides closes.")] model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<CreditGap> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, None, AttributionDimension::Resource, (pooling, lookback_days, as_of));
        let answers = service::credit_gap(&scope, &question, &wanted(model, settings)).await?;
        let answer = answers.into_iter().next().ok_or(Error::broken("a period has a part"))?;
        Ok(CreditGap::new(answer, scope.reach()))
    }

    /// The gap in each part of a period, each as `creditGap` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a question with its settings")]
    async fn credit_gap_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "How evidence divides closes.")] model: AttributionModel,
        #[graphql(desc = "What the model needs besides.")] settings: Option<AttributionSettingsInput>,
        #[graphql(desc = "Whose touches are behind a close.", default)] pooling: PoolingOutput,
        #[graphql(desc = "How far back from a close its touches count, 1 to 3 650. Default: as the credit policy says.")]
        lookback_days: Option<i32>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<CreditGapTrend> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let question = question(&period, Some(grain), AttributionDimension::Resource, (pooling, lookback_days, as_of));
        let answers = service::credit_gap(&scope, &question, &wanted(model, settings)).await?;
        let first = answers.first().ok_or(Error::broken("a period has a part"))?;
        let (whole, as_of) = (*first.evidence.period(), first.evidence.as_of());
        let points = answers.into_iter().map(|answer| CreditGap::new(answer, scope.reach())).collect();
        Ok(CreditGapTrend::new(CREDIT_GAP, (&whole, grain, as_of), scope.reach(), points))
    }
}

/// How far the ledger is from the evidence, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct CreditGap {
    answer: Arc<service::CreditGap>,
    visibility: Reach,
}

impl CreditGap {
    /// Shows an answer.
    #[must_use]
    pub fn new(answer: service::CreditGap, visibility: Reach) -> Self {
        Self { answer: Arc::new(answer), visibility }
    }
}

#[Object(use_type_description)]
impl CreditGap {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        CREDIT_GAP.into()
    }

    /// What shares are measured in; gaps are in percentage points.
    async fn unit(&self) -> MetricUnit {
        CREDIT_GAP.unit.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> PeriodOutput {
        self.answer.evidence.part().into()
    }

    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.evidence.as_of())
    }

    /// What evidence says, with the model and its rows.
    async fn evidence(&self) -> Attribution {
        Attribution::new(self.answer.evidence.clone(), self.visibility)
    }

    /// Resources, and last what evidence gives to none if there is any.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn lines(&self) -> Vec<CreditGapLine> {
        self.answer.lines().iter().map(|line| CreditGapLine::new(Arc::clone(&self.answer), *line)).collect()
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// What closes give to lines, of those whose credit you may see, in the order in which they were won. All rows of a line sum to
    /// it. With models that weigh journeys there are none.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a line. Default: all lines.")] line: Option<String>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditGapRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let (rows, visibility) = self.answer.rows(&ctx.authorize()?, line.as_deref(), page).await?;
        Ok(CreditGapRowConnection::new(rows.map(|row| (Arc::clone(&self.answer), row)), visibility))
    }
}

trends! {
    /// The gap between ledger and evidence in each part of a period.
    CreditGapTrend of CreditGap;
}

fn key_of(resource: Option<Resource>) -> String {
    service::key_of(resource.map(crate::metrics::dimension::Value::Resource))
}

/// What the ledger and the evidence give a resource.
#[derive(Clone, Debug, Description)]
pub struct CreditGapLine {
    answer: Arc<service::CreditGap>,
    line: GapLine,
}

impl CreditGapLine {
    /// Shows a line of an answer.
    #[must_use]
    pub const fn new(answer: Arc<service::CreditGap>, line: GapLine) -> Self {
        Self { answer, line }
    }

    /// A share as it stands among the others, which sum to a whole.
    fn share(&self, part: i64, bp: fn(&Gap) -> i64) -> RatioMetric {
        let whole = self.answer.evidence.all_closes();
        let ratio = match &self.line.gap {
            Some(gap) => {
                let value = Some(rust_decimal::Decimal::new(bp(gap), BASIS_POINT_PLACES));
                Ratio { value, numerator: part.into(), denominator: whole, null_reason: None }
            }
            None if self.answer.evidence.is_immature() && !whole.is_zero() => Ratio::null(part.into(), whole, NullReason::Immature),
            None => Ratio::null(part.into(), whole, NullReason::ZeroCloses),
        };
        RatioMetric::new(&ratio, Unit::Ratio)
    }
}

#[Object(use_type_description)]
impl CreditGapLine {
    /// Names the line, for `rows(line:)`: `UNATTRIBUTED` for what evidence gives to none.
    async fn key(&self) -> String {
        key_of(self.line.resource)
    }

    /// The resource; null for what evidence gives to none.
    async fn resource(&self) -> Option<Resource> {
        self.line.resource
    }

    /// Its share of all closes by the ledger. Shares of all lines sum to 1.
    async fn ledger_share(&self) -> RatioMetric {
        self.share(self.line.sides.ledger_closes, |gap| gap.ledger_bp)
    }

    /// Its share of all closes by evidence. Shares of all lines sum to 1.
    async fn evidence_share(&self) -> RatioMetric {
        self.share(self.line.sides.evidence_closes, |gap| gap.evidence_bp)
    }

    /// The one less the other, in percentage points: above zero the ledger gives it more than evidence does. Null where a share is.
    async fn gap(&self) -> Option<Decimal> {
        self.line.gap.map(|gap| Decimal(gap.points()))
    }

    /// Closes it holds in the ledger.
    async fn ledger_closes(&self) -> Decimal {
        closes(self.line.sides.ledger_closes)
    }

    /// Closes that evidence gives it.
    async fn evidence_closes(&self) -> Decimal {
        closes(self.line.sides.evidence_closes)
    }

    /// The ledger's closes less those of evidence.
    async fn closes_gap(&self) -> Decimal {
        closes(self.line.sides.ledger_closes.saturating_sub(self.line.sides.evidence_closes))
    }

    /// The value it holds in the ledger.
    async fn ledger_value(&self) -> Money {
        self.answer.money(self.line.sides.ledger_minor).into()
    }

    /// The value that evidence gives it.
    async fn evidence_value(&self) -> Money {
        self.answer.money(self.line.sides.evidence_minor).into()
    }

    /// The ledger's value less that of evidence.
    async fn value_gap(&self) -> Money {
        self.answer.money(self.line.sides.ledger_minor.saturating_sub(self.line.sides.evidence_minor)).into()
    }
}

/// What a close gives to a line.
#[derive(Clone, Debug, Description)]
pub struct CreditGapRow {
    answer: Arc<service::CreditGap>,
    row: GapRow,
}

impl From<(Arc<service::CreditGap>, GapRow)> for CreditGapRow {
    fn from((answer, row): (Arc<service::CreditGap>, GapRow)) -> Self {
        Self { answer, row }
    }
}

connections! {
    CreditGapRowConnection, CreditGapRowEdge, CreditGapRow, "what closes give to lines", visibility;
}

#[Object(use_type_description)]
impl CreditGapRow {
    /// The close; null where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if ctx.permits::<CloseRead>() { Close::find(ctx, self.row.close).await } else { Ok(None) }
    }

    /// The key of the line.
    async fn line(&self) -> String {
        key_of(self.row.resource)
    }

    /// How much of it the ledger gives to the line.
    async fn ledger_closes(&self) -> Decimal {
        closes(self.row.sides.ledger_closes)
    }

    /// How much of it evidence gives to the line.
    async fn evidence_closes(&self) -> Decimal {
        closes(self.row.sides.evidence_closes)
    }

    /// The value the ledger gives to the line; null for a close without a rate for its currency.
    async fn ledger_value(&self) -> Option<Money> {
        self.row.priced.then(|| self.answer.money(self.row.sides.ledger_minor).into())
    }

    /// The value evidence gives to the line; null for a close without a rate for its currency.
    async fn evidence_value(&self) -> Option<Money> {
        self.row.priced.then(|| self.answer.money(self.row.sides.evidence_minor).into())
    }
}
