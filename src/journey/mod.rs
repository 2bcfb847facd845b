//! What happens to buyers on their way, and how far they get.

pub mod funnel;
pub mod graphql;
