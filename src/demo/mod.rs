//! A made-up organization to look at: eighteen months of one funnel, written through the services like anybody's data.
//!
//! - It is the same every time: chance comes from a seed, dates are fixed, ids and the times of recording come from a
//!   clock of its own. The same question has the same answer on every machine.
//! - What it tells: Sales takes orders that Marketing and the community earned. Sellers close almost every other deal and
//!   cost the most, but in most of their deals the buyer had made up their mind before the first call. Self-serve buyers
//!   and those whom customers recommend are many and cheap.
//! - What happens in a week is recorded on the Monday after, and what is spent in a month on the seventh of the next, so
//!   that a question about an earlier instant has another answer.

mod calendar;
mod company;
mod deals;
mod dice;
mod handoffs;
mod market;
mod names;
mod others;
mod plan;
pub mod service;
mod spending;
mod touchpoint;
mod way;
mod won;

pub use company::{DOMAIN, ORGANIZATION, address};
pub use deals::{Deal, Deals, Hindrance, Loss, Solution};
pub use handoffs::{Act, Lead, Leads};
pub use market::Firm;
pub use plan::{Buyer, CLOSES, Company, Meeting, Movement, PEOPLE, Plan, StageEntry, TOUCHES, Transfer, Won};
pub use spending::Spending;
pub use touchpoint::Touchpoint;
