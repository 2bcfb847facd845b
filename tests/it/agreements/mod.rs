//! What two resources owe each other: handoffs, the clocks that run for them, and the attempts that count.

mod attempts;
mod clocks;
mod falling_due;
mod ground;
mod handoffs;
mod refusals;
