//! The one funnel, from anonymous to advocate: three ways to count it, over the same facts.
//!
//! [`cohort`] follows those who entered in a period, [`entries`] counts what happened in a period (the mode
//! `PERIOD`) and [`stock`] says who stood where at its end. Each answers for many buckets and many groups in one
//! pass over the facts, and each has a twin that hands out the rows behind its figures; the figures are counted
//! from those rows, so that they cannot disagree.
//!
//! Facts are columns, sorted by subject and time; nothing is hashed and nothing is allocated per row. Semantics
//! and worked examples: `metrics.md`, sections 1 and 2.5 (G7, G21).

mod answer;
mod breakdown;
mod cohort;
mod entries;
mod error;
mod facts;
mod grid;
mod query;
mod split;
mod steps;
mod stock;
mod visits;

pub use answer::{Answer, CohortFunnel, CohortStep, EntriesFunnel, EntriesStep, Group, Rates, Share, StockFunnel};
pub use breakdown::{Breakdown, Touches, ValueAt};
pub use cohort::{CohortRow, Standing, cohort, cohort_rows};
pub use entries::{EntryRow, entries, entry_rows};
pub use error::FunnelError;
pub use facts::FunnelFacts;
pub use grid::MAX_CELLS;
pub use query::{Buckets, CohortQuery, Exclusion, Order};
pub use split::{Sets, Split};
pub use steps::{CatalogueStage, MAX_STEPS, Place, Steps};
pub use stock::{StockRow, stock, stock_rows};
pub use visits::{Visit, visits};

pub(in crate::metrics) use grid::{Grid, Tally};

#[cfg(test)]
mod tests;
