//! The API of goals.

pub mod goal;
pub mod live;
mod loads;
pub mod mutation;
pub mod progress;
pub mod query;

pub use goal::{Goal, GoalCheckIn, GoalConnection, GoalEnd, GoalTarget};
pub use live::GoalSubscription;
pub use mutation::GoalMutation;
pub use progress::GoalProgress;
pub use query::GoalQuery;
