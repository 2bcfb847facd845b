//! Budgets: the type, the mutations, and what was spent of them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{ComplexObject, Context, Description, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ids::BudgetId;
use entity::kinds::CostOwner;
use entity::{budget, money};

use super::CostEntry;
use super::rows::rows_cost;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{BudgetManage, CostPerCloseRead, CostRead};
use crate::costs::service::{self, BudgetRowOf, BudgetScope};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::metric::{MetricDefinition, MetricUnit, Money, MoneyInput, PeriodInput, PeriodOutput, RatioMetric, Visibility};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::{DateTime, LocalDate, int};
use crate::journey::graphql::Tactic;
use crate::metrics::budget::BudgetLine as Line;
use crate::metrics::definition::BUDGET_USE;
use crate::organization::graphql::Member;
use crate::{connections, payloads};

/// Money that may be spent over some days. It never changes; a revision is a new one that takes its place.
#[derive(Clone, Debug, Description)]
pub struct Budget(budget::Model);

impl From<budget::Model> for Budget {
    fn from(row: budget::Model) -> Self {
        Self(row)
    }
}

impl Budget {
    /// The budget with an id, if the caller may see it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read costs.
    pub async fn find(ctx: &Context<'_>, id: BudgetId) -> Result<Option<Self>> {
        ctx.authorize::<CostRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Budget {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who may spend it.
    async fn owner(&self) -> CostOwner {
        self.0.owner
    }

    /// The only tactic it is for; null where it is for everything the owner does, and where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.0.tactic_id {
            Some(id) => Tactic::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The first local day.
    async fn first_on(&self) -> LocalDate {
        LocalDate(self.0.first_on)
    }

    /// The last local day.
    async fn last_on(&self) -> LocalDate {
        LocalDate(self.0.last_on)
    }

    /// How much.
    async fn amount(&self) -> Money {
        Money::from(money::Money::from_minor(self.0.amount_minor, self.0.currency))
    }

    /// Why, in words.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The budget this one takes the place of.
    async fn supersedes(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.supersedes_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Whether it only takes back the one it supersedes.
    async fn retracted(&self) -> bool {
        self.0.retracted
    }

    /// Who said so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    BudgetConnection, BudgetEdge, Budget, "budgets";
    BudgetRowConnection, BudgetRowEdge, BudgetRow, "the budgets and costs of a line", visibility;
}

impl Loader<BudgetId> for Loads {
    type Value = budget::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[BudgetId]) -> Result<HashMap<BudgetId, budget::Model>, Arc<Error>> {
        service::budgets_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// What may be spent.
#[derive(InputObject)]
pub struct SetBudgetInput {
    /// Who may spend it.
    owner: CostOwner,
    /// The only tactic it is for, one of the owner's; leave it out for everything they do.
    tactic_id: Option<ID>,
    /// The first local day.
    first_on: LocalDate,
    /// The last local day.
    last_on: LocalDate,
    /// How much, in the currency of the organization.
    amount: MoneyInput,
    /// Why, in words.
    note: Option<String>,
    /// Repeating the mutation with the same key gives the same budget.
    idempotency_key: Option<String>,
}

/// How a budget is to be; fields left out stay.
#[derive(InputObject)]
pub struct ReviseBudgetInput {
    /// The budget: the newest row of it.
    budget_id: ID,
    /// How much.
    amount: Option<MoneyInput>,
    /// The first local day.
    first_on: Option<LocalDate>,
    /// The last local day.
    last_on: Option<LocalDate>,
    /// Why, in words; null for no words.
    note: MaybeUndefined<String>,
    /// Nothing may be spent by it any more. Then leave everything else out.
    #[graphql(default)]
    retract: bool,
    /// Repeating the mutation with the same key gives the same revision.
    idempotency_key: Option<String>,
}

/// Which budgets are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct BudgetFilter {
    /// Who may spend them.
    owner: Option<CostOwner>,
    /// The tactic they are for.
    tactic_id: Option<ID>,
    /// Those that cover this day or a later one.
    from: Option<LocalDate>,
    /// Those that cover a day before this one.
    to: Option<LocalDate>,
    /// Also those that were revised or taken back, and the rows that take them back.
    #[graphql(default)]
    include_revised: bool,
}

payloads! {
    /// What came of setting a budget.
    SetBudgetPayload {
        /// The budget.
        budget: Budget
    }
    /// What came of revising a budget.
    ReviseBudgetPayload {
        /// The budget that takes the place of the revised one.
        budget: Budget
    }
}

/// Setting budgets.
#[derive(Debug, Default)]
pub struct BudgetMutation;

#[Object]
impl BudgetMutation {
    /// Sets what may be spent over some days, beside what was set before.
    async fn set_budget(&self, ctx: &Context<'_>, input: SetBudgetInput) -> Result<SetBudgetPayload> {
        let scope = ctx.authorize::<BudgetManage>()?;
        let new = service::SetBudget {
            owner: input.owner,
            tactic_id: parse_optional_id(input.tactic_id.as_ref(), "input.tacticId")?,
            first_on: input.first_on.0,
            last_on: input.last_on.0,
            amount: input.amount.into(),
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        SetBudgetPayload::settle(service::set_budget(&scope, &new).await.map(Budget))
    }

    /// Revises a budget by one that takes its place, or takes it back.
    async fn revise_budget(&self, ctx: &Context<'_>, input: ReviseBudgetInput) -> Result<ReviseBudgetPayload> {
        let scope = ctx.authorize::<BudgetManage>()?;
        let change = service::ReviseBudget {
            budget_id: parse_id(&input.budget_id, "input.budgetId")?,
            amount: input.amount.map(Into::into),
            first_on: input.first_on.map(|day| day.0),
            last_on: input.last_on.map(|day| day.0),
            note: input.note.into(),
            retract: input.retract,
            idempotency_key: input.idempotency_key,
        };
        ReviseBudgetPayload::settle(service::revise_budget(&scope, &change).await.map(Budget))
    }
}

/// What was spent of what may be spent.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BudgetReport {
    /// What is computed.
    definition: MetricDefinition,
    /// What shares are measured in.
    unit: MetricUnit,
    /// The days it is about.
    period: PeriodOutput,
    /// As seen at this instant.
    as_of: DateTime,
    /// Whether pay is missing on the line of a tactic: who may not see what single people are paid sees there pay of three
    /// people at least. The line of its owner holds all of it.
    pay_pooled: bool,
    /// How many costs are in another currency and without a rate: they are left out.
    unpriced: i32,
    /// What you could not see: the totals are the whole organization's for everybody who may read them.
    visibility: Visibility,
    #[graphql(skip)]
    answer: Arc<service::BudgetReport>,
}

#[ComplexObject]
impl BudgetReport {
    /// One line for each resource, and each tactic, that may spend something in the period.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn lines(&self) -> Vec<BudgetLine> {
        self.answer.lines().iter().map(|line| BudgetLine::new(&self.answer, line)).collect()
    }

    /// What was added up, of what you may see: line by line, budgets before costs. The rows of a line sum to it; a cost on a
    /// tactic stands on the line of its owner too.
    #[graphql(complexity = "rows_cost(first, last, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a line. Default: all lines.")] line: Option<String>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<BudgetRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let (rows, visibility) = self.answer.rows(&ctx.authorize()?, line.as_deref(), page).await?;
        Ok(BudgetRowConnection::new(rows, visibility))
    }
}

/// What somebody may spend, in all or on a tactic, and what was spent.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BudgetLine {
    /// Names the line, for `rows(line:)`.
    key: String,
    /// Who may spend it.
    owner: CostOwner,
    /// What may be spent in the period: each budget over its days equally.
    budget: Money,
    /// What was spent in it: by the owner in all, or on the tactic. Shared cost stands on the line of what is shared.
    spent: Money,
    /// What is left; negative where too much was spent.
    left: Money,
    /// Spent of what may be spent.
    used: RatioMetric,
    #[graphql(skip)]
    scope: BudgetScope,
}

impl BudgetLine {
    fn new(report: &service::BudgetReport, line: &Line<BudgetScope>) -> Self {
        Self {
            key: line.scope.key(),
            owner: line.scope.owner,
            budget: report.money(line.budget_minor).into(),
            spent: report.money(line.spent_minor).into(),
            left: report.money(line.left_minor()).into(),
            used: RatioMetric::new(&line.used, BUDGET_USE.unit),
            scope: line.scope,
        }
    }
}

#[ComplexObject]
impl BudgetLine {
    /// The tactic; null for everything the owner does, and where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.scope.tactic_id {
            Some(id) => Tactic::find(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// What one budget or cost adds to a line.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BudgetRow {
    /// The key of the line.
    line: String,
    /// How much of it falls on the days.
    amount: Money,
    #[graphql(skip)]
    of: BudgetRowOf,
}

impl From<service::BudgetRow> for BudgetRow {
    fn from(row: service::BudgetRow) -> Self {
        Self { line: row.line.key(), amount: row.amount.into(), of: row.of }
    }
}

#[ComplexObject]
impl BudgetRow {
    /// The budget; null where the row is a cost.
    async fn budget(&self, ctx: &Context<'_>) -> Result<Option<Budget>> {
        match self.of {
            BudgetRowOf::Budget(id) => Budget::find(ctx, id).await,
            BudgetRowOf::Cost(_) => Ok(None),
        }
    }

    /// The cost; null where the row is a budget.
    async fn cost_entry(&self, ctx: &Context<'_>) -> Result<Option<CostEntry>> {
        match self.of {
            BudgetRowOf::Cost(id) => CostEntry::find(ctx, id).await,
            BudgetRowOf::Budget(_) => Ok(None),
        }
    }
}

/// Reading budgets.
#[derive(Debug, Default)]
pub struct BudgetQuery;

#[Object]
impl BudgetQuery {
    /// The budgets you may see, those that begin last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn budgets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<BudgetFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<BudgetConnection> {
        let scope = ctx.authorize::<CostRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::BudgetFilter {
            owner: filter.owner,
            tactic_id: parse_optional_id(filter.tactic_id.as_ref(), "filter.tacticId")?,
            from: filter.from.map(|day| day.0),
            to: filter.to.map(|day| day.0),
            include_revised: filter.include_revised,
        };
        service::budgets(&scope, filter, page, wants(ctx, "totalCount")).await.map(BudgetConnection::new)
    }

    /// The budget with an id; null where there is none that you may see.
    async fn budget(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Budget>> {
        ctx.authorize::<CostRead>()?;
        Budget::find(ctx, parse_id(&id, "id")?).await
    }

    /// What was spent of what may be spent.
    async fn budget_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<BudgetReport> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let answer = service::budget_report(&scope, &(&period).into(), as_of.map(|at| at.0)).await?;
        let reach: Reach = scope.reach();
        Ok(BudgetReport {
            definition: BUDGET_USE.into(),
            unit: BUDGET_USE.unit.into(),
            period: answer.period().into(),
            as_of: DateTime(answer.as_of()),
            pay_pooled: answer.pay_pooled(),
            unpriced: int(answer.unpriced().len()),
            visibility: reach.into(),
            answer: Arc::new(answer),
        })
    }
}
