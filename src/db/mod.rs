//! The database: SQLite for one process that needs nothing installed, PostgreSQL for production.
//!
//! [`Db`] keeps the connections to itself. Everybody else gets a [`TenantTx`], which sees one organization.

mod announce;
mod array;
mod audit;
mod bulk;
mod connect;
mod constraint;
mod corrected;
mod decided;
mod directory;
mod erased;
mod external;
mod idempotency;
mod insert;
mod memory;
mod migrate;
mod nested;
mod outbox;
mod page;
mod sight;
mod since;
mod statistics;
mod tenant;

pub use audit::{AuditChange, Author, digest as audit_digest};
pub use bulk::{Batch, BulkCall, Checked, MAX_ITEMS, Outcome, checked, conflict, each_once, erased, only};
pub use connect::{Db, Engine};
pub use corrected::Corrected;
pub use erased::{LastNames, Redacted};
pub use external::Named;
pub use idempotency::{Idempotent, remember};
pub use migrate::Change;
pub use outbox::Reached;
pub use page::{Cursor, Edge, Listing, MAX_SIZE, Page, PageRequest, Sorted, by_day, day_of};
pub use sight::{Sight, Visible};
pub use since::{RecordedRows, RecordedSince};
pub use tenant::{Scoped, TenantTx, TenantWrite};
