//! Account generation, closes and the ledger, through the API.

mod generation;
mod ledger;
mod opening;
