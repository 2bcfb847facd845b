//! What each resource earns for what it costs, and where the next unit of money does most.
//!
//! Nothing is computed here that another area computes: cost per close comes from [`crate::costs`], the gap between ledger and
//! evidence from [`crate::attribution`], and what belongs together is put side by side as of one instant. Every answer carries the
//! answers it is made of, whose rows add up to its numbers.

pub mod graphql;
pub mod service;
