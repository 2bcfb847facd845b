//! The API of costs.

pub mod allocation;
pub mod budget;
pub mod cost_per_close;
pub mod entry;
pub mod query;
pub mod question;
pub mod rows;

pub use allocation::{AllocationMutation, AllocationRule, AllocationRuleConnection};
pub use budget::{Budget, BudgetMutation, BudgetQuery};
pub use cost_per_close::{CostPerCloseQuery, CostPerCloseReport, closes};
pub use entry::{CostEntry, CostEntryConnection, CostMutation};
pub use query::CostQuery;
pub use question::{CloseBasis, CostMatching, CostMatchingInput, RefundPeriod};
