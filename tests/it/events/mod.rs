//! What is told of what happens, and hearing of it.

mod goals;
pub mod listener;
mod listening;
mod outbox;
