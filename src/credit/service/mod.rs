//! Use cases of account generation, closes and the ledger.

mod approval;
mod close;
mod dispute;
mod draft;
mod evidence;
mod facts;
mod generate;
mod groups;
mod late;
mod ledger;
mod movement;
mod policy;
mod proposal;
mod propose;
mod rep_free;
mod reversal;
mod terms;
mod trace;
mod transfer;

pub use approval::{DecideTransfer, approve_credit_transfer, decline_credit_transfer, withdraw_credit_transfer};
pub use close::{
    CloseFilter, closes, closes_by_id, closes_of_opportunities, closes_readable, closes_seen, closes_seen_and_readable, standings_by_close,
};
pub use dispute::{
    DisputeFilter, OpenCreditDispute, ResolveCreditDispute, Verdict, WithdrawCreditDispute, credit_disputes, credit_disputes_by_id,
    dispute_ends_of, disputed, disputes_of, open_credit_dispute, resolve_credit_dispute, withdraw_credit_dispute,
};
pub use evidence::{JourneyTouch, Journeys, journeys_behind_closes, journeys_during, journeys_of};
pub use facts::{During, Movement, WonAmount, WonClose, amounts_won, closes_during, closes_won, customers, is_voided};
pub use generate::{GenerateAccount, Referral, SignedSplit, generate_account, generate_accounts, generate_accounts_in, record_expansion};
pub use late::{LateClose, LateEvidence, LatePoint, LateQuestion, late_evidence, late_rows};
pub use ledger::{BatchFilter, balances_of, batches_of, credit_batches, credit_batches_by_id, entries_of};
pub use movement::{RecordCloseMovement, movements_by_id, movements_of, record_close_movement};
pub use policy::{
    DefineCreditPolicy, credit_policies, credit_policies_by_id, credit_policy, define_credit_policy, evidence_model, install_policy,
};
pub use proposal::{Cause, Proposal, ProposalQuestion, credit_proposals};
pub use propose::{DecideProposal, accept_credit_proposal, dismiss_credit_proposal};
pub use rep_free::{CloseWay, RepFreePoint, RepFreeQuestion, RepFreeShare, rep_free_rows, rep_free_share};
pub use reversal::{ReverseCreditBatch, reversals_of, reverse_credit_batch};
pub use terms::Terms;
pub use transfer::{
    DecidedTransfer, RequestCreditTransfer, TransferFilter, credit_transfers, credit_transfers_by_id, decided, request_credit_transfer,
    transfers_of,
};
