//! The API of feedback.

pub mod item;
pub mod live;
pub mod mutation;
pub mod query;

pub use item::{Feedback, FeedbackConnection, feedback_of};
pub use live::FeedbackSubscription;
pub use mutation::FeedbackMutation;
pub use query::FeedbackQuery;
