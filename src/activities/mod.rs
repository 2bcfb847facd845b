//! What sellers and those who assist them plan to do with buyers, and what came of it.
//!
//! - An activity is written once. Whose it is, when it is due and how it stands follow from the last of its events, of which its
//!   planning is the first: see [`crate::metrics::activity_standing`]. Completed or cancelled it takes no more of them.
//! - Each event repeats whose the activity is and when it is due, so that lists find by the last event alone.
//! - Two who add to the same activity at the same time count the same number, which the database takes once.
//! - One that reached the buyer is an interaction: its touch is written by the journey in the same transaction, for the resource
//!   of whoever was to do it, and is corrected or taken back as any touch is.
//! - It names a person, an account or an opportunity. With an opportunity alone it has the account of that, so that the
//!   interaction has a buyer.

pub mod graphql;
pub mod service;
mod store;
