//! Asking for the reports.

mod answers;
mod decided;
mod facts;
mod owners;
mod rows;

pub use answers::{BlockerFigures, BlockerSummary, Group, Split, VelocityFigures, WinFigures};
pub use decided::{Began, Decided, began, decided, opportunities_seen};
pub use facts::{Question, Report, Subjects, report};
pub use owners::{Owned, owned};
pub use rows::{BlockerRow, BlockerState, BlockerWanted, OpportunityRow, RowState, RowWanted, blocker_rows, opportunity_rows};
