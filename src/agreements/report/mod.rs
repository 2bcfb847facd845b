//! How both sides keep an agreement, counted from the same handoffs.
//!
//! - A handoff counts in the period in which it was offered, with all its clocks, however long they run.
//! - How it stands follows from what had been recorded by the instant of the question, and from that instant: whether the scheduler
//!   came by changes no number.
//! - A handoff counts for whose it is, a clock for who owed it when that was decided: whoever gets what somebody else did not do in
//!   time is not charged with it.
//! - Numbers are everybody's; the handoffs behind them are shown to those who may see them.

pub mod graphql;
pub mod service;
mod store;
