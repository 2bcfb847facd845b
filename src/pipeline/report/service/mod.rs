//! Asking for the reports.

mod answers;
mod facts;
mod rows;

pub use answers::{BlockerFigures, BlockerSummary, Group, Split, VelocityFigures, WinFigures};
pub use facts::{Dimension, Question, Report, Subjects, Value, report};
pub use rows::{BlockerRow, BlockerState, BlockerWanted, OpportunityRow, RowState, RowWanted, blocker_rows, opportunity_rows};
