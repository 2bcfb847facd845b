//! Use cases of account generation, closes and the ledger.

mod close;
mod draft;
mod evidence;
mod facts;
mod generate;
mod groups;
mod late;
mod ledger;
mod movement;
mod policy;
mod rep_free;
mod transfer;

pub use close::{CloseFilter, closes, closes_by_id, closes_of_opportunities, closes_seen, standings_by_close};
pub use evidence::{JourneyTouch, Journeys, journeys_behind_closes};
pub use facts::{WonClose, amounts_won, closes_won, customers, is_voided};
pub use generate::{GenerateAccount, Referral, SignedSplit, generate_account, generate_accounts, generate_accounts_in};
pub use late::{LateClose, LateEvidence, LatePoint, LateQuestion, late_evidence, late_rows};
pub use ledger::{BatchFilter, balances_of, batches_of, credit_batches, credit_batches_by_id, entries_of};
pub use movement::{RecordCloseMovement, movements_by_id, movements_of, record_close_movement};
pub use policy::{credit_policies_by_id, credit_policy, evidence_model, install_policy};
pub use rep_free::{CloseWay, RepFreePoint, RepFreeQuestion, RepFreeShare, rep_free_rows, rep_free_share};
pub use transfer::{TransferCredit, transfer_credit};
