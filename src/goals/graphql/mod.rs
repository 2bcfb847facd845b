//! The API of goals.

pub mod goal;
mod loads;
pub mod mutation;
pub mod progress;
pub mod query;

pub use goal::{Goal, GoalCheckIn, GoalConnection, GoalEnd, GoalTarget};
pub use mutation::GoalMutation;
pub use progress::GoalProgress;
pub use query::GoalQuery;
