//! Use cases of costs.

mod again;
mod allocation;
mod budget_report;
mod budgets;
mod cost_per_close;
mod entry;
mod facts;
mod matching;
mod pay;
mod rows;
mod tactics;

pub use again::{ToldOtherwise, supersede_costs_in};
pub use allocation::{SetAllocationRule, allocation_rules, allocation_rules_by_id, set_allocation_rule};
pub use budget_report::{BudgetReport, BudgetRow, BudgetRowOf, BudgetScope, budget_report};
pub use budgets::{BudgetFilter, ReviseBudget, SetBudget, budgets, budgets_by_id, revise_budget, set_budget};
pub use cost_per_close::{
    CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, cost_per_close, cost_per_close_in, cost_per_close_trend,
};
pub use entry::{
    CorrectCost, CostContent, CostFilter, NewCost, correct_cost, corrections_by_id, cost_entries, cost_entries_by_id, record_cost,
    record_costs, record_costs_in,
};
pub use matching::Matching;
pub use rows::{Contribution, ContributionOf};
pub use tactics::{TacticCost, tactic_costs};
