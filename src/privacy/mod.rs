//! Consent, export of what is held on a person, erasure.
//!
//! - A decision of a buyer on a purpose is a row of its own. The one that happened last counts; of two at the same moment the
//!   one recorded last. Who never decided has not granted.
//! - An export holds every row of every table that refers to the person, and to those rows. A table that is added later and
//!   is not exported fails a test. Of closes they only referred it tells no more than that: the rest is about somebody else.
//! - Who is erased stays as an anonymous subject: what happened, when, for how much and to whose credit, so that no number
//!   of the past changes. That they were known, and since when, are such facts; who they were is not. Gone are name, address,
//!   external ids (also of what happened to them), reasons, evidence and plans in words, in one transaction.
//! - Words about a deal go with everybody who plays a part in it, and words about a plan with a company that names nobody with
//!   everybody who buys for it: nobody can tell of whom they speak.
//! - Nothing more is recorded of somebody who was erased, and none of their names is recorded again: hashes of the names stay
//!   (see [`crate::db`]). Corrections of what happened to the anonymous subject are still taken, and what becomes of its closes:
//!   a refund has to be recorded whoever bought, and who words its reason answers for the words.
//! - Erasing twice erases once. It takes out again what came in at the same moment.
//! - The audit log tells who exported and erased whom, by id, and never what was there.
//!
//! What refers to nobody is not found: words in the notes of costs, the names of accounts and tactics.

pub mod graphql;
pub mod service;
mod store;
