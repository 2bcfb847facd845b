//! The API of evidence.

pub mod attribution;
pub mod gap;
pub mod importance;
pub mod model;
pub mod rows;
pub mod taken;

pub use attribution::{Attribution, AttributionQuery};
pub use gap::GapQuery;
pub use importance::ImportanceQuery;
pub use taken::OrderQuery;
