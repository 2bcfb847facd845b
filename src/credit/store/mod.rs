//! Queries on closes, their movements, the ledger, and the journeys behind them.

mod journeys;
mod ledger;

pub(super) use journeys::{Buyers, journeys, opportunities, people_known};
pub(super) use ledger::{
    Of, batches, batches_of, closes, closes_seen, entries_of, last_policy, movement_rows, movements_of, next_sequence, postings_of, won,
};
