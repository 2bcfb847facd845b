//! The rows behind an answer: every contribution that was added to a line.

use entity::kinds::Resource;

use super::LineKey;
use crate::metrics::accrual::DaySpan;

/// Credit of one close that one line got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditRow {
    /// Position of the close among the facts.
    pub close: usize,
    /// Position of the change that is booked; `None` for the close itself.
    pub change: Option<usize>,
    /// Who holds the credit.
    pub resource: Resource,
    /// Position, among all touches, of the one it was given for; `None` where touches play no part or there is none.
    pub touch: Option<usize>,
    /// The line.
    pub line: LineKey,
    /// Credit in basis points of the close; negative where a change takes it back.
    pub bp: i64,
    /// Value in minor units; negative where a change takes it back.
    pub value_minor: i64,
    /// What a new customer brings each month of it, in minor units; negative where a change takes it back.
    pub monthly_minor: i64,
}

/// Part of one cost entry that one line bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostRow {
    /// Position of the entry among the facts.
    pub cost: usize,
    /// Who bears it.
    pub resource: Resource,
    /// The line.
    pub line: LineKey,
    /// The days of the entry that it is for.
    pub days: DaySpan,
    /// Cost in minor units.
    pub amount_minor: i64,
}

/// Takes the rows as they are added to the sums.
pub trait Sink {
    /// One close contributed to one line.
    fn credit(&mut self, row: CreditRow);
    /// One cost entry contributed to one line.
    fn cost(&mut self, row: CostRow);
}

/// Takes no rows, so that making them costs nothing.
impl Sink for () {
    fn credit(&mut self, _: CreditRow) {}
    fn cost(&mut self, _: CostRow) {}
}

/// All rows: closes in order of time, then changes of closes in order of time, cost entries in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Credit.
    pub credit: Vec<CreditRow>,
    /// Cost.
    pub cost: Vec<CostRow>,
}

impl Sink for Rows {
    fn credit(&mut self, row: CreditRow) {
        self.credit.push(row);
    }

    fn cost(&mut self, row: CostRow) {
        self.cost.push(row);
    }
}
