//! Account generation, closes, and the ledger of their credit.
//!
//! - Account generation is the neutral close desk: in one transaction it makes an account a customer, writes the close,
//!   opens its credit by the organization's policy and records that the buyer closed. Nothing else writes a close.
//! - A close is never changed. Refunds, chargebacks, voids and reinstatements are movements after it; its status follows
//!   from them. No more is given back than it was worth.
//! - The credit of a close is 10 000 basis points, held by the resources. One batch opens it, later ones transfer; every
//!   posting stays. At no instant does a resource hold less than nothing, and a voided close moves no credit. The
//!   database keeps all of that too: the entries of a batch are written before it, and it is taken as a whole or not.
//! - Credit is moved when those agree whom the policy names, which was in force when it was asked for; how a transfer
//!   stands follows from what was decided about it. What was posted can be undone once, by its opposite.
//! - Whoever changes what follows from a close holds its account meanwhile: closes themselves may not be changed, so the
//!   database does not let anybody hold them. The order of batches of a close is unique besides.
//! - The policy looks at evidence: touches of the person and of the account, each once, within its lookback. The rule
//!   that decided, and why, is written on the opening batch.

pub mod graphql;
pub mod service;
mod store;
