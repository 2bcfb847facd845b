//! Tandem.

pub mod app;
pub mod auth;
pub mod buyers;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod graphql;
pub mod input;
pub mod journey;
pub mod organization;

pub use error::{Error, Result};
