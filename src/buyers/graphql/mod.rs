//! The API of accounts and people.

pub mod account;
pub mod identity;
pub mod person;
pub mod query;

pub use account::{Account, AccountConnection, AccountMutation, NewAccountInput};
pub use identity::{Buyer, IdentityMutation, IdentityPointer, IdentityQuery};
pub use person::{Person, PersonConnection, PersonMutation};
pub use query::BuyersQuery;
