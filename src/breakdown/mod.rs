//! By what the answers of metrics are split: one list of dimensions for all of them.
//!
//! - CHANNEL, TACTIC, RESOURCE and TEAM are those of the latest touch, at or before the moment that counts, that has one. A tactic
//!   counts for the team that runs it today.
//! - OWNER is the member who looked after the opportunity that began last, at or before the moment that counts, of those that
//!   somebody looked after: of the account, or of the account a person buys for. Versions of opportunities are kept, so that it is
//!   exact as of any instant; who looks after a buyer themselves is known for today only, and decides nothing here.
//! - SEGMENT has to name the segments: who belongs to them is asked of [`crate::segments`], as of the instant of the question and
//!   whatever the moment. A person belongs where the account they buy for does. An account may be in several, so that groups
//!   need not add up to the whole; those that belong to none of them, or of which nobody knows, are the group without a value.
//! - Reports on opportunities have values of their own where an opportunity has them: its source, its owner, the owner's team.
//! - Here values are looked up, and subjects become numbers; [`crate::metrics::funnel::Split`] says what a split is.

pub mod graphql;
pub mod service;
