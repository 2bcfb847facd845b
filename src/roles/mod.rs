//! Roles of an organization's own, and members who act for others.

pub mod graphql;
pub mod service;
mod store;
