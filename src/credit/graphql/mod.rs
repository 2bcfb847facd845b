//! The API of account generation, closes and the ledger.

pub mod batch;
pub mod close;
pub mod dispute;
pub mod generate;
pub mod late;
pub mod ledger;
pub mod live;
pub mod movement;
pub mod policy;
pub mod proposal;
pub mod propose;
pub mod query;
pub mod rep_free;
pub mod resolve;
pub mod settle;
pub mod transfer;

pub use batch::{CreditBatch, CreditBatchConnection};
pub use close::{Close, CloseConnection};
pub use dispute::{CreditDispute, CreditDisputeConnection, DisputeQuery};
pub use generate::GenerationMutation;
pub use late::LateQuery;
pub use ledger::LedgerMutation;
pub use live::CreditSubscription;
pub use movement::CloseMovement;
pub use policy::{CreditPolicy, CreditPolicyConnection};
pub use proposal::{CreditProposalConnection, ProposalQuery};
pub use propose::ProposalMutation;
pub use query::CreditQuery;
pub use rep_free::RepFreeQuery;
pub use resolve::DisputeMutation;
pub use settle::TransferMutation;
pub use transfer::{CreditTransfer, CreditTransferConnection, CreditTransferState};
