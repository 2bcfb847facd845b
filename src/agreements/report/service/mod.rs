//! Asking how both sides keep an agreement.

mod answers;
mod facts;
mod rows;
mod watched;

pub use answers::{Clause, Drifted, Figures, Group, Split, Volume, reason};
pub use facts::{Question, Report, agreements_kept, report};
pub use rows::{ClockWanted, HandoffWanted, clock_rows, handoff_rows};
