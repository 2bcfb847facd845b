//! Use cases of costs.

mod allocation;
mod cost_per_close;
mod entry;
mod facts;
mod pay;
mod rows;
mod tactics;

pub use allocation::{SetAllocationRule, allocation_rules, allocation_rules_by_id, set_allocation_rule};
pub use cost_per_close::{CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, cost_per_close, cost_per_close_trend};
pub use entry::{
    CorrectCost, CostContent, CostFilter, NewCost, correct_cost, corrections_by_id, cost_entries, cost_entries_by_id, record_cost,
    record_costs, record_costs_in,
};
pub use rows::{Contribution, ContributionOf};
pub use tactics::{TacticCost, tactic_costs};
