//! The database: SQLite for one process that needs nothing installed, PostgreSQL for production.
//!
//! [`Db`] keeps the connections to itself. Everybody else gets a [`TenantTx`], which sees one organization.

mod connect;
mod constraint;
mod directory;
mod idempotency;
mod migrate;
mod page;
mod tenant;

pub use connect::{Db, Engine};
pub use idempotency::{Idempotent, remember};
pub use migrate::Change;
pub use page::{Cursor, Edge, Listing, MAX_SIZE, Page, PageRequest, Sorted};
pub use tenant::{Scoped, TenantTx, TenantWrite};
