//! Integration tests: the real router, a real database, on both engines. One binary, so it links once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking and has no outside"
)]

mod support;

mod access;
mod activities;
mod agreements;
mod architecture;
mod attribution;
mod audit;
mod authorization;
mod budgets;
mod buyer;
mod buyers;
mod catalogue;
mod clients;
mod content;
mod cost_per_close;
mod costs;
mod credit;
mod demo;
mod door;
mod economics;
mod events;
mod examples;
mod exchange;
mod facts;
mod funnel;
mod goals;
mod http;
mod identity;
mod import;
mod insights;
mod journey;
mod might;
mod migrations;
mod organization;
mod periods;
mod permissions;
mod pipeline;
mod pipelines;
mod privacy;
mod query_budget;
mod rep_free;
mod rights;
mod schema;
mod scorecard;
mod seen;
mod segments;
mod sla;
mod stream;
mod tenancy;
