//! Buying companies and buyers.
//!
//! - A person is anonymous or known. Whoever left a name or an e-mail address is known; whoever is known has a name, an
//!   address or at least the id another system knows them by, and a moment since when.
//! - Nobody becomes known before their first touch: when `knownAt` is written it is held against the touches recorded
//!   until then. A touch that is recorded later is evidence, and evidence is never refused for that.
//! - Nobody becomes anonymous again, and external ids stay; but who is erased (see [`crate::privacy`]) keeps no name, and is
//!   neither revised nor recorded again.
//! - Names and addresses of people are contact data: who may not read it sees null, and cannot search by it.
//! - An account becomes a customer by account generation only.
//! - What another system names is recorded once: the same content again changes nothing, other content is refused.

pub mod graphql;
pub mod service;
mod store;
