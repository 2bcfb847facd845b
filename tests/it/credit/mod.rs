//! Account generation, closes and the ledger, through the API.

mod dispute;
mod generation;
mod ledger;
mod opening;
mod policy;
mod proposal;
mod reversal;
mod terms;
mod transfer;
mod walls;
