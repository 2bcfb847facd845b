//! Queries on closes, their movements, the ledger, and the journeys behind them.

mod disputes;
mod journeys;
mod late;
mod ledger;
mod proposals;
mod transfers;

pub(super) use disputes::{DISPUTE_CLOSE, dispute_ends_of, disputed, disputes, disputes_of, is_disputed};
pub(super) use journeys::{Buyers, buyers_behind, journeys, opportunities, people_known};
pub(super) use late::{Recorded, VersionRow, closes_recorded, touch_versions};
pub(super) use ledger::{
    Of, accounts_behind, batches, batches_of, closes, closes_of_opportunities, closes_readable, closes_seen, customers, entries_of,
    last_policy, movement_rows, movements_of, next_sequence, postings_of, reopened, won,
};
pub(super) use proposals::{
    Judged, MomentRow, Which, closes_judged, decisions_about, known_versions, opening_shares, opportunity_versions, said_of,
};
pub(super) use transfers::{batches_of_transfers, decisions_of, postings_of_batch, reversals_of, transfers, transfers_of};
