//! Who did what: reading the audit log and proving that nobody has touched it.

pub mod graphql;
pub mod service;
mod store;
