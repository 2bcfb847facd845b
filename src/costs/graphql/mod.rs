//! The API of costs.

pub mod allocation;
pub mod cost_per_close;
pub mod entry;
pub mod query;
pub mod rows;

pub use allocation::{AllocationMutation, AllocationRule, AllocationRuleConnection};
pub use cost_per_close::CostPerCloseQuery;
pub use entry::{CostEntry, CostEntryConnection, CostMutation};
pub use query::CostQuery;
