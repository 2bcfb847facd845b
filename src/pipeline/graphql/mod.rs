//! The API of opportunities, parts in buying, and blockers.

pub mod blocker;
pub mod event;
pub mod mutation;
pub mod opportunity;
pub mod query;
pub mod role;

pub use blocker::{Blocker, BlockerConnection, BlockerMutation};
pub use event::{OpportunityEvent, OpportunityStanding};
pub use mutation::OpportunityMutation;
pub use opportunity::{Opportunity, OpportunityConnection, opportunities_of};
pub use query::PipelineQuery;
pub use role::{BuyingRole, BuyingRoleMutation, buying_roles_of};
