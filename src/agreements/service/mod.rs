//! Use cases of calendars and agreements.

mod terms;

pub use terms::{Hours, Terms, hours_of, in_force, terms_of, within_of};
