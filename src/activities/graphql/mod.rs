//! The API of activities.

pub mod activity;
pub mod event;
pub mod mutation;
pub mod query;

pub use activity::{Activity, ActivityConnection, activities_of};
pub use event::ActivityEvent;
pub use mutation::ActivityMutation;
pub use query::ActivityQuery;
