//! The API of insights.

pub mod item;
pub mod live;
pub mod mutation;
pub mod query;
pub mod told;

pub use item::{Insight, InsightConnection};
pub use live::InsightSubscription;
pub use mutation::InsightMutation;
pub use query::InsightQuery;
