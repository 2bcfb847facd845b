//! What a close costs.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use entity::kinds::{Channel, Resource};

use super::question::{CloseBasis, CostDimension, CostMatching, CostMatchingInput, RefundPeriod};
use super::rows::{CostPerCloseRowConnection, RowSide, rows_cost};
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CostPerCloseRead, DirectoryRead};
use crate::costs::exchange::graphql::{ConstantCurrencyInput, RateDates};
use crate::costs::exchange::service::Rates;
use crate::costs::service::{self, CostPerClose, CostPerCloseQuestion, LineSubject, Matching};
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, MetricDefinition, MetricUnit, Money, PeriodInput, PeriodOutput, RatioMetric, Visibility, trend_cost};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, LocalDate, TimeZone, int};
use crate::journey::graphql::Tactic;
use crate::metrics::cost_per_close::Line;
use crate::metrics::{definition, shares};
use crate::organization::graphql::Team;

/// Most ids listed of what could not be priced; `unpriced` counts all.
const UNPRICED_LISTED: usize = 1_000;

/// What a close cost, with everything that explains the numbers.
#[derive(Clone, Debug, Description)]
pub struct CostPerCloseReport {
    answer: Arc<CostPerClose>,
    visibility: Reach,
}

impl CostPerCloseReport {
    /// Shows an answer.
    #[must_use]
    pub fn new(answer: CostPerClose, visibility: Reach) -> Self {
        Self { answer: Arc::new(answer), visibility }
    }

    fn money(&self, amount_minor: i64) -> Money {
        self.answer.money(amount_minor).into()
    }
}

#[Object(use_type_description)]
impl CostPerCloseReport {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        definition::COST_PER_CLOSE.into()
    }

    /// What costs per close are measured in.
    async fn unit(&self) -> MetricUnit {
        definition::COST_PER_CLOSE.unit.into()
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        self.answer.period().into()
    }

    /// Where days begin and end.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.answer.period().zone().name().to_owned())
    }

    /// The currency of everything priced.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.answer.currency().to_string())
    }

    /// By which rates amounts in other currencies were converted.
    async fn rates(&self) -> RateDates {
        self.answer.rates().into()
    }

    /// The day of the rates, where they are those of one day.
    async fn rates_on(&self) -> Option<LocalDate> {
        if let Rates::Constant(day) = self.answer.rates() { Some(LocalDate(day)) } else { None }
    }

    /// As seen at this instant: what was won and recorded by then.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of())
    }

    /// Which closes count.
    async fn basis(&self) -> CloseBasis {
        self.answer.basis().into()
    }

    /// When movements of closes count; on the basis `GROSS` they never do.
    async fn refund_period(&self) -> RefundPeriod {
        self.answer.refunds().into()
    }

    /// Which closes and which costs were held against each other.
    async fn matching(&self) -> CostMatching {
        match self.answer.matching() {
            Matching::SamePeriod => CostMatching::SamePeriod,
            Matching::Lagged { .. } => CostMatching::Lagged,
            Matching::Cohort { .. } => CostMatching::Cohort,
        }
    }

    /// The first day whose costs were added up.
    async fn costs_from(&self) -> LocalDate {
        LocalDate(self.answer.cost_days().first())
    }

    /// The last day whose costs were added up.
    async fn costs_until(&self) -> LocalDate {
        LocalDate(self.answer.cost_days().last())
    }

    /// How many days after their acquisition buyers may still be about to close: until then a cohort without closes is
    /// `IMMATURE`. Null where closes count when they were won.
    async fn mature_after_days(&self) -> Option<i32> {
        self.answer.mature_after_days().map(int)
    }

    /// What the lines stand for.
    async fn by(&self) -> CostDimension {
        self.answer.by().into()
    }

    /// One line for each resource or month; of tactics, teams and channels those that have anything, and last what could be
    /// given to none.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn lines(&self) -> Vec<CostPerCloseLine> {
        let lines = self.answer.lines();
        lines.map(|(subject, line)| CostPerCloseLine { answer: Arc::clone(&self.answer), subject, line: *line }).collect()
    }

    /// All resources together.
    async fn blended(&self) -> BlendedCostPerClose {
        let report = self.answer.report();
        BlendedCostPerClose {
            closes: int(report.closes),
            value: self.money(report.value_minor),
            new_monthly: self.money(report.monthly_minor),
            cost: self.money(report.cost_minor),
            cost_per_close: RatioMetric::new(&report.blended, definition::COST_PER_CLOSE.unit),
        }
    }

    /// Whether closes, value, monthly value and cost of the lines sum to the totals, which are added up apart from them.
    async fn conserved(&self) -> bool {
        self.answer.report().conserved
    }

    /// Whether pay stands on the last line rather than on the line of its tactic, team or channel. Who may not see what single
    /// people are paid sees on those lines pay of three people at least; the last line, and all totals, hold the rest.
    async fn pay_pooled(&self) -> bool {
        self.answer.pay_pooled()
    }

    /// The first days of the calendar months whose shared cost a rule splits by headcount or by credit, and that was split equally
    /// because no resource had any.
    async fn equal_months(&self) -> Vec<LocalDate> {
        self.answer.equal_months().into_iter().map(LocalDate).collect()
    }

    /// What has yet to mature: nothing, because a close counts at once. Of cohorts `matureAfterDays` tells how long they take.
    async fn pending(&self) -> i32 {
        0
    }

    /// How many closes and cost entries are in a currency without a rate: the closes are counted at no value, the costs left out.
    async fn unpriced(&self) -> i32 {
        int(self.answer.unpriced())
    }

    /// The ids of the closes and cost entries in a currency without a rate, at most 1 000.
    async fn unpriced_rows(&self) -> Vec<ID> {
        let closes = self.answer.unpriced_closes().map(|id| ID(id.to_string()));
        closes.chain(self.answer.unpriced_costs().map(|id| ID(id.to_string()))).take(UNPRICED_LISTED).collect()
    }

    /// Credited closes that could be given to no line in particular.
    async fn unattributed(&self) -> Decimal {
        closes(self.answer.unattributed_bp())
    }

    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }

    /// The names of the filters that took test data out: none is defined.
    async fn exclusions(&self) -> Vec<String> {
        Vec::new()
    }

    /// What was added up: closes in order of time, or cost entries in order of their days. All rows of a line sum to it.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Closes, which need the right to read the ledger, or costs, which need the right to read cost entries.")]
        side: RowSide,
        #[graphql(desc = "The key of a line. Default: all lines.")] line: Option<String>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CostPerCloseRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let (rows, visibility) = match side {
            RowSide::Closes => self.answer.credit_rows(&ctx.authorize()?, line.as_deref(), page).await?,
            RowSide::Costs => self.answer.cost_rows(&ctx.authorize()?, line.as_deref(), page).await?,
        };
        Ok(CostPerCloseRowConnection::new(rows, visibility))
    }
}

/// What a close cost one resource, tactic, team or channel, or in one month.
#[derive(Clone, Debug, Description)]
pub struct CostPerCloseLine {
    answer: Arc<CostPerClose>,
    subject: LineSubject,
    line: Line,
}

#[Object(use_type_description)]
impl CostPerCloseLine {
    /// Names the line, for `rows(line:)`.
    async fn key(&self) -> String {
        self.subject.key()
    }

    /// The resource, by resource.
    async fn resource(&self) -> Option<Resource> {
        if let LineSubject::Resource(resource) = self.subject { Some(resource) } else { None }
    }

    /// The tactic, by tactic; null for what is unattributed.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.subject {
            LineSubject::Tactic(id) => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The team, by team; null for what is unattributed.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.subject {
            LineSubject::Team(id) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The channel, by channel; null for what is unattributed.
    async fn channel(&self) -> Option<Channel> {
        if let LineSubject::Channel(channel) = self.subject { Some(channel) } else { None }
    }

    /// The first day of the month, by month.
    async fn month(&self) -> Option<LocalDate> {
        if let LineSubject::Month(first) = self.subject { Some(LocalDate(first)) } else { None }
    }

    /// Closes credited to it; a close has 10 000 basis points.
    async fn credited_closes(&self) -> Decimal {
        closes(self.line.credit_bp)
    }

    /// The value credited to it.
    async fn credited_value(&self) -> Money {
        self.answer.money(self.line.value_minor).into()
    }

    /// What the new customers among its closes bring each month; more business with a customer is none of it.
    async fn new_monthly(&self) -> Money {
        self.answer.money(self.line.monthly_minor).into()
    }

    /// What it cost.
    async fn cost(&self) -> Money {
        self.answer.money(self.line.cost_minor).into()
    }

    /// Its cost divided by its credited closes.
    async fn cost_per_close(&self) -> RatioMetric {
        RatioMetric::new(&self.line.cost_per_close, definition::COST_PER_CLOSE.unit)
    }

    /// Its share of all credited closes.
    async fn credit_share(&self) -> RatioMetric {
        RatioMetric::new(&self.line.credit_share, definition::RESOURCE_INDEX.unit)
    }

    /// Its share of all cost.
    async fn cost_share(&self) -> RatioMetric {
        RatioMetric::new(&self.line.cost_share, definition::RESOURCE_INDEX.unit)
    }

    /// Its share of credited closes divided by its share of cost: above 1 it earns more than its budget.
    async fn index(&self) -> RatioMetric {
        RatioMetric::new(&self.line.index, definition::RESOURCE_INDEX.unit)
    }
}

/// All lines together.
#[derive(Clone, Debug, SimpleObject)]
pub struct BlendedCostPerClose {
    /// All closes.
    closes: i32,
    /// Their value.
    value: Money,
    /// What the new customers among them bring each month.
    new_monthly: Money,
    /// All cost.
    cost: Money,
    /// All cost divided by all closes.
    cost_per_close: RatioMetric,
}

/// What a close cost in each part of a period.
#[derive(Clone, Debug, SimpleObject)]
pub struct CostPerCloseTrend {
    /// What is computed.
    definition: MetricDefinition,
    /// Into what the period is divided.
    grain: Grain,
    /// One answer for each part, in order; the first and the last part may be shorter than the others.
    points: Vec<CostPerCloseReport>,
    /// What you could not see.
    visibility: Visibility,
}

/// A number of closes from basis points of one.
#[must_use]
pub fn closes(basis_points: i64) -> Decimal {
    Decimal(shares::closes(basis_points))
}

fn asked(
    period: &PeriodInput,
    (by, basis, refunds): (CostDimension, CloseBasis, RefundPeriod),
    (matching, constant): (Option<CostMatchingInput>, Option<ConstantCurrencyInput>),
    as_of: Option<DateTime>,
) -> Result<CostPerCloseQuestion> {
    let rates = ConstantCurrencyInput::rates(constant.as_ref());
    let matching = matching.map_or(Ok(Matching::SamePeriod), CostMatchingInput::read)?;
    Ok(CostPerCloseQuestion {
        period: period.into(),
        by: by.into(),
        basis: basis.into(),
        refunds: refunds.into(),
        matching,
        rates,
        as_of: as_of.map(|at| at.0),
    })
}

/// Asking what a close costs.
#[derive(Debug, Default)]
pub struct CostPerCloseQuery;

#[Object]
impl CostPerCloseQuery {
    /// What a close costs, by resource unless you say otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is a way to ask")]
    async fn cost_per_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about: closes won, and cost accrued, on them.")] period: PeriodInput,
        #[graphql(desc = "What the lines stand for.", default)] by: CostDimension,
        #[graphql(desc = "Which closes count.", default)] basis: CloseBasis,
        #[graphql(desc = "When counts what is given back, voided or reinstated.", default)] refund_period: RefundPeriod,
        #[graphql(desc = "Which closes and which costs are held against each other. Default: those of the same days.")] matching: Option<
            CostMatchingInput,
        >,
        #[graphql(desc = "Restate amounts in other currencies at the rates of one day. Default: each at the rate of its own date.")]
        constant_currency: Option<ConstantCurrencyInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<CostPerCloseReport> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let answer =
            service::cost_per_close(&scope, &asked(&period, (by, basis, refund_period), (matching, constant_currency), as_of)?).await?;
        Ok(CostPerCloseReport::new(answer, scope.reach()))
    }

    /// What a close costs in each part of a period, each as `costPerClose` would answer for that part alone.
    #[graphql(complexity = "trend_cost(&period, grain, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is a way to ask")]
    async fn cost_per_close_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "What the lines stand for.", default)] by: CostDimension,
        #[graphql(desc = "Which closes count.", default)] basis: CloseBasis,
        #[graphql(desc = "When counts what is given back, voided or reinstated.", default)] refund_period: RefundPeriod,
        #[graphql(desc = "Which closes and which costs are held against each other. Default: those of the same days.")] matching: Option<
            CostMatchingInput,
        >,
        #[graphql(desc = "Restate amounts in other currencies at the rates of one day. Default: each at the rate of its own date.")]
        constant_currency: Option<ConstantCurrencyInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<CostPerCloseTrend> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let answers = service::cost_per_close_trend(
            &scope,
            &asked(&period, (by, basis, refund_period), (matching, constant_currency), as_of)?,
            grain.into(),
        )
        .await?;
        Ok(CostPerCloseTrend {
            definition: definition::COST_PER_CLOSE.into(),
            grain,
            points: answers.into_iter().map(|answer| CostPerCloseReport::new(answer, scope.reach())).collect(),
            visibility: scope.reach().into(),
        })
    }
}
