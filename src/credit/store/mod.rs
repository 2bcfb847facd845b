//! Queries on closes, their movements, the ledger, and the journeys behind them.

mod journeys;
mod late;
mod ledger;

pub(super) use journeys::{Buyers, buyers_behind, journeys, opportunities, people_known};
pub(super) use late::{Recorded, VersionRow, closes_recorded, touch_versions};
pub(super) use ledger::{
    Of, batches, batches_of, closes, closes_of_opportunities, closes_readable, closes_seen, customers, entries_of, last_policy,
    movement_rows, movements_of, next_sequence, postings_of, won,
};
