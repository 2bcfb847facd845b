//! The API of accounts and people.

pub mod account;
pub mod person;
pub mod query;

pub use account::{Account, AccountConnection, AccountMutation, NewAccountInput};
pub use person::{Person, PersonConnection, PersonMutation};
pub use query::BuyersQuery;
