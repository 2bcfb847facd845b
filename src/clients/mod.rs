//! Integrations that call as themselves: API clients and their secrets.
//!
//! - A client may what it was given, as far as the member who answers for it may that too, at the moment of each call:
//!   when they lose a right or leave, so does the client. What is for people alone (signing in, letting others in, making
//!   clients) no client gets.
//! - It can be held to some fields of the API, to ask for and to fill in, and to the objects of one source.
//! - A secret is shown once and kept as its hash. It is good as a bearer token, or for short ones by OAuth 2's client
//!   credentials. Giving another one lets the earlier ones go on for as long as it takes to change over.

pub mod graphql;
pub mod service;
mod store;
