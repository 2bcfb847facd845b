//! What the resources may spend: setting and revising budgets.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{BudgetId, TacticId};
use entity::kinds::CostOwner;
use entity::money::Money;
use entity::{budget, organization as organization_table, tactic};
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{BudgetManage, CostRead};
use crate::costs::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, WantedMoney};
use crate::organization;

/// Which budgets are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct BudgetFilter {
    /// Who may spend them.
    pub owner: Option<CostOwner>,
    /// The tactic they are for.
    pub tactic_id: Option<TacticId>,
    /// Those with a day on or after this one.
    pub from: Option<NaiveDate>,
    /// Those with a day before this one.
    pub to: Option<NaiveDate>,
    /// Those that were revised or taken back too, and the rows that say so.
    pub include_revised: bool,
}

/// A page of budgets, those that begin last first.
///
/// # Errors
/// A problem with `filter`.
pub async fn budgets(scope: &Scope<CostRead>, filter: BudgetFilter, page: PageRequest, with_total: bool) -> Result<Listing<budget::Model>> {
    input::span("filter.to", filter.from, filter.to)?;
    store::budgets(&scope.read().await?, filter).listing(page, with_total).await
}

/// The budgets with some ids, of those the caller may see.
///
/// # Errors
/// What the database says.
pub async fn budgets_by_id(scope: &Scope<CostRead>, ids: &[BudgetId]) -> Result<HashMap<BudgetId, budget::Model>> {
    let rows = scope.read().await?.get_many::<budget::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What may be spent.
#[derive(Clone, Debug, Serialize)]
pub struct SetBudget {
    /// Who may spend it.
    pub owner: CostOwner,
    /// The only tactic it is for.
    pub tactic_id: Option<TacticId>,
    /// The first local day.
    pub first_on: NaiveDate,
    /// The last local day.
    pub last_on: NaiveDate,
    /// How much, in the currency of the organization.
    pub amount: WantedMoney,
    /// Why, in words.
    pub note: Option<String>,
    /// Repeating it gives the same budget.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Sets what may be spent over some days, beside what was set before.
///
/// # Errors
/// Problems with the fields.
pub async fn set_budget(scope: &Scope<BudgetManage>, new: &SetBudget) -> Result<budget::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "setBudget", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BudgetId>(&tx).await? {
        return tx.get::<budget::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = tx.insert::<budget::Entity>(check(&tx, scope, new).await?).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// How a budget is to be from now on; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseBudget {
    /// The budget: the newest row of it.
    pub budget_id: BudgetId,
    /// How much.
    pub amount: Option<WantedMoney>,
    /// The first local day.
    pub first_on: Option<NaiveDate>,
    /// The last local day.
    pub last_on: Option<NaiveDate>,
    /// Why, in words; `Some(None)` for no words.
    pub note: Option<Option<String>>,
    /// Nothing may be spent by it any more; then nothing else is revised.
    pub retract: bool,
    /// Repeating it gives the same row.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Revises a budget by a row that takes its place, or takes it back.
///
/// # Errors
/// Problems with the fields; `ALREADY_CORRECTED` where it is not the newest row.
pub async fn revise_budget(scope: &Scope<BudgetManage>, change: &ReviseBudget) -> Result<budget::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseBudget", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BudgetId>(&tx).await? {
        return tx.get::<budget::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = tx.get::<budget::Entity>(change.budget_id).await?.ok_or_else(|| Error::unknown("budgetId"))?;
    if before.retracted || tx.is_corrected::<budget::Entity>(before.id).await? {
        return Err(Error::invalid("budgetId", ProblemCode::AlreadyCorrected, "it stands no more: revise the newest row"));
    }
    let after = if change.retract { retraction(scope, change, before)? } else { check(&tx, scope, &change.onto(before)).await? };
    let after = budget::Model { supersedes_id: Some(change.budget_id), ..after };
    let after = tx.correct::<budget::Entity>(after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

impl ReviseBudget {
    /// What is to be from now on.
    fn onto(&self, before: budget::Model) -> SetBudget {
        let amount = Money::from_minor(before.amount_minor, before.currency);
        let as_it_was = WantedMoney { amount: amount.to_decimal(), currency: before.currency.to_string() };
        SetBudget {
            owner: before.owner,
            tactic_id: before.tactic_id,
            first_on: self.first_on.unwrap_or(before.first_on),
            last_on: self.last_on.unwrap_or(before.last_on),
            amount: self.amount.clone().unwrap_or(as_it_was),
            note: self.note.clone().unwrap_or(before.note),
            idempotency_key: None,
        }
    }

    const fn changes_something(&self) -> bool {
        self.amount.is_some() || self.first_on.is_some() || self.last_on.is_some() || self.note.is_some()
    }
}

fn retraction(scope: &Scope<BudgetManage>, change: &ReviseBudget, before: budget::Model) -> Result<budget::Model> {
    if change.changes_something() {
        return Err(Error::invalid("retract", ProblemCode::Invalid, "what is taken back has nothing to revise"));
    }
    Ok(budget::Model { id: scope.next_id(), recorded_by: scope.member_id(), recorded_at: scope.now(), retracted: true, ..before })
}

async fn check(tx: &TenantWrite, scope: &Scope<BudgetManage>, new: &SetBudget) -> Result<budget::Model> {
    let settings: organization_table::Model = organization::service::settings(tx).await?;
    let mut problems = Problems::new();
    let amount = problems.take(new.amount.check("amount"))?;
    if amount.is_some_and(|amount| amount.currency() != settings.base_currency) {
        let message = format!("budgets are in {}", settings.base_currency);
        problems.push("amount.currency", ProblemCode::Invalid, message);
    }
    problems.take(input::day("firstOn", new.first_on))?;
    problems.take(input::day("lastOn", new.last_on))?;
    if new.last_on < new.first_on {
        problems.push("lastOn", ProblemCode::PeriodEmpty, "must not lie before firstOn");
    }
    if let Some(tactic) = new.tactic_id {
        match tx.get::<tactic::Entity>(tactic).await? {
            None => problems.push("tacticId", ProblemCode::NotFound, "there is no such object"),
            Some(tactic) if CostOwner::from(tactic.resource) != new.owner => {
                problems.push("tacticId", ProblemCode::Invalid, format!("it is a tactic of {}", tactic.resource.name()));
            }
            Some(_) => {}
        }
    }
    let note = problems.take(input::optional_text("note", new.note.as_deref(), input::NOTE))?.flatten();
    problems.check()?;
    let amount = amount.ok_or(Error::broken("an amount without a problem is there"))?;
    Ok(budget::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        owner: new.owner,
        tactic_id: new.tactic_id,
        first_on: new.first_on,
        last_on: new.last_on,
        amount_minor: amount.amount_minor(),
        currency: amount.currency(),
        note,
        recorded_by: scope.member_id(),
        supersedes_id: None,
        retracted: false,
        recorded_at: scope.now(),
    })
}
