//! The API of account generation, closes and the ledger.

pub mod batch;
pub mod close;
pub mod generate;
pub mod late;
pub mod ledger;
pub mod movement;
pub mod policy;
pub mod query;
pub mod rep_free;

pub use batch::{CreditBatch, CreditBatchConnection};
pub use close::{Close, CloseConnection};
pub use generate::GenerationMutation;
pub use late::LateQuery;
pub use ledger::LedgerMutation;
pub use movement::CloseMovement;
pub use policy::CreditPolicy;
pub use query::CreditQuery;
pub use rep_free::RepFreeQuery;
