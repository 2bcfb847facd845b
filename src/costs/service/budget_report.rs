//! What was spent against what may be spent.
//!
//! Who may not see what single people are paid sees on the line of a tactic pay of three people at least, as everywhere
//! ([`super::pay`]); the line of its owner holds all of it.

use std::collections::{HashMap, HashSet};

use entity::ids::{BudgetId, CostEntryId, TacticId, TypedId};
use entity::kinds::CostOwner;
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{budget, cost_entry};
use uuid::Uuid;

use super::pay::stands_alone;
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, CostRead};
use crate::auth::permission::{Permission, Reach, Visibility};
use crate::costs::exchange::service::{Rates, pricing};
use crate::costs::store;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::accrual::{Accrual, DaySpan};
use crate::metrics::budget::{BudgetLine, Fund, lines};
use crate::metrics::period::Period;
use crate::organization;

/// Who may spend something, in all or on a tactic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetScope {
    /// Who.
    pub owner: CostOwner,
    /// The tactic; `None` for everything they do.
    pub tactic_id: Option<TacticId>,
}

impl BudgetScope {
    /// Names the line in a text, unique in its answer.
    #[must_use]
    pub fn key(&self) -> String {
        self.tactic_id.map_or_else(|| self.owner.name().to_owned(), |tactic| tactic.to_string())
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetRowOf {
    /// A budget.
    Budget(BudgetId),
    /// A cost.
    Cost(CostEntryId),
}

/// What one budget or cost adds to a line.
#[derive(Clone, Copy, Debug)]
pub struct BudgetRow {
    /// The budget or the cost.
    pub of: BudgetRowOf,
    /// The line.
    pub line: BudgetScope,
    /// How much of it falls on the days.
    pub amount: Money,
}

/// What was spent against what may be spent in a period.
#[derive(Debug)]
pub struct BudgetReport {
    period: Period,
    days: DaySpan,
    as_of: Timestamp,
    currency: CurrencyCode,
    budgets: Vec<(BudgetId, Fund<BudgetScope>)>,
    spent: Vec<(CostEntryId, Fund<BudgetScope>)>,
    unpriced: Vec<CostEntryId>,
    lines: Vec<BudgetLine<BudgetScope>>,
    pay_pooled: bool,
}

/// Answers for a period as of an instant.
///
/// # Errors
/// Problems with `period` and `asOf`.
pub async fn budget_report(scope: &Scope<CostPerCloseRead>, period: &WantedPeriod, as_of: Option<Timestamp>) -> Result<BudgetReport> {
    let as_of = input::as_of(as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(period, &organization)?;
    let days = DaySpan::from_half_open(period.from(), period.to()).map_err(Error::internal)?;
    let currency = organization.base_currency;
    let sees_pay = scope.rights().reach(Permission::SalaryRead) == Some(Reach::Organization);

    let mut budgets = Vec::new();
    for row in store::budgets_on(&tx, days, as_of).await? {
        let span = DaySpan::new(row.first_on, row.last_on).map_err(Error::internal)?;
        let scope = BudgetScope { owner: row.owner, tactic_id: row.tactic_id };
        budgets.push((row.id, Fund { scope, accrual: Accrual::new(row.amount_minor, span) }));
    }
    // What is spent on a tactic is set against the budget of it, whoever bears it.
    let of_tactics: HashMap<TacticId, CostOwner> =
        budgets.iter().filter_map(|(_, fund)| Some((fund.scope.tactic_id?, fund.scope.owner))).collect();
    let (mut spent, mut unpriced, mut pay_pooled) = (Vec::new(), Vec::new(), false);
    let costs = store::spent_on(&tx, days, as_of).await?;
    let pricing = pricing(&tx, currency, Rates::OwnDate, costs.iter().filter_map(store::Spent::dated), as_of).await?;
    for cost in costs {
        let span = cost.days.ok_or(Error::broken("the days of a cost entry are in order"))?;
        let Some(amount_minor) = pricing.cost(cost.id, cost.amount) else {
            unpriced.push(cost.id);
            continue;
        };
        let accrual = Accrual::new(amount_minor, span);
        spent.push((cost.id, Fund { scope: BudgetScope { owner: cost.owner, tactic_id: None }, accrual }));
        let Some(tactic) = cost.tactic_id else { continue };
        if sees_pay || stands_alone(cost.category, cost.people) {
            let owner = of_tactics.get(&tactic).copied().unwrap_or(cost.owner);
            spent.push((cost.id, Fund { scope: BudgetScope { owner, tactic_id: Some(tactic) }, accrual }));
        } else {
            pay_pooled = true;
        }
    }
    let funds = |of: &[Fund<BudgetScope>], spent: &[Fund<BudgetScope>]| lines(of, spent, days, currency.scale()).map_err(Error::internal);
    let of: Vec<_> = budgets.iter().map(|(_, fund)| *fund).collect();
    let on: Vec<_> = spent.iter().map(|(_, fund)| *fund).collect();
    let lines = funds(&of, &on)?;
    Ok(BudgetReport { period, days, as_of, currency, budgets, spent, unpriced, lines, pay_pooled })
}

impl BudgetReport {
    /// The days it is about.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// The instant it is for.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// An amount in the currency of budgets.
    #[must_use]
    pub const fn money(&self, amount_minor: i64) -> Money {
        Money::from_minor(amount_minor, self.currency)
    }

    /// One line for each resource, and each tactic, that may spend something.
    #[must_use]
    pub fn lines(&self) -> &[BudgetLine<BudgetScope>] {
        &self.lines
    }

    /// Costs left out, because there is no rate for their currency.
    #[must_use]
    pub fn unpriced(&self) -> &[CostEntryId] {
        &self.unpriced
    }

    /// Whether pay is missing on the line of a tactic, because the caller may not see it.
    #[must_use]
    pub const fn pay_pooled(&self) -> bool {
        self.pay_pooled
    }

    /// What was added up on a line, or on all of them, of what the caller may see: line by line, budgets before costs.
    ///
    /// # Errors
    /// A problem with `line` where there is none with this key.
    pub async fn rows(&self, scope: &Scope<CostRead>, line: Option<&str>, page: PageRequest) -> Result<(Listing<BudgetRow>, Visibility)> {
        let wanted: Vec<BudgetScope> =
            self.lines.iter().map(|line| line.scope).filter(|of| line.is_none_or(|key| of.key() == key)).collect();
        if wanted.is_empty() && line.is_some() {
            return Err(Error::invalid("line", ProblemCode::Invalid, "must be the key of one of the lines"));
        }
        let tx = scope.read().await?;
        let (budgets, costs) = (tx.ids_seen::<budget::Entity>().await?, tx.ids_seen::<cost_entry::Entity>().await?);
        let shown = Visibility { scope: scope.reach(), complete: budgets.is_none() && costs.is_none() };
        let mut rows = Vec::new();
        for (place, line) in (0_i64..).zip(wanted) {
            let falls = |fund: &Fund<BudgetScope>| fund.scope == line && fund.accrual.days().intersection(self.days).is_some();
            let row = |of, fund: &Fund<BudgetScope>| BudgetRow { of, line, amount: self.money(fund.accrual.within(self.days)) };
            let of = self.budgets.iter().filter(|(id, fund)| falls(fund) && is_seen(budgets.as_ref(), id.uuid()));
            rows.extend(of.map(|(id, fund)| (2 * place, id.uuid(), row(BudgetRowOf::Budget(*id), fund))));
            let on = self.spent.iter().filter(|(id, fund)| falls(fund) && is_seen(costs.as_ref(), id.uuid()));
            rows.extend(on.map(|(id, fund)| (2 * place + 1, id.uuid(), row(BudgetRowOf::Cost(*id), fund))));
        }
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |&(key, id, _)| Cursor { key, id });
        Ok((Listing { page, total }.map(|(_, _, row)| row), shown))
    }
}

fn is_seen(seen: Option<&HashSet<Uuid>>, id: Uuid) -> bool {
    seen.is_none_or(|seen| seen.contains(&id))
}
