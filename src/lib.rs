//! Tandem: the backend of one revenue organization. Marketing, Sales and Product share one model and read the same numbers.
//!
//! # The map of the house
//!
//! | room | what is there |
//! |---|---|
//! | [`app`] | everything the house needs, built once |
//! | [`config`], [`clock`], [`error`], [`input`] | settings, time and ids, the one error, checks of input |
//! | [`db`] | two engines, one transaction per organization, pages by key |
//! | [`auth`] | tokens, permissions, and the scope that opens a transaction |
//! | [`audit`] | who did what, and what was denied |
//! | [`http`] | the front door |
//! | [`budget`] | points that callers may spend a minute |
//! | [`graphql`] | the roots of the API and what all areas share |
//! | [`cli`] | the commands of the binary |
//! | [`metrics`] | every number: pure functions over facts in memory |
//! | [`organization`] | organizations, teams, members |
//! | [`roles`] | what members may do, and for whom they act |
//! | [`access`] | passwords, sign-ins, invitations, identity providers |
//! | [`clients`] | integrations that call as themselves |
//! | [`buyers`] | accounts, people |
//! | [`segments`] | attributes of accounts, segments, target lists, the ideal customer, unreached demand |
//! | [`catalogue`] | what each metric means, and any of them by its key |
//! | [`facts`] | touches and stage events in memory, as columns |
//! | [`breakdown`] | by what answers of metrics are split |
//! | [`journey`] | tactics, touches, stages, stage events, the funnel |
//! | [`pipeline`] | opportunities, who decides on them, what holds buyers back |
//! | [`activities`] | what is planned with buyers, and what became of it |
//! | [`agreements`] | business calendars, service agreements, handoffs and their clocks, how both sides keep them |
//! | [`feedback`] | what the resources tell each other |
//! | [`insights`] | what the figures tell by themselves |
//! | [`events`] | hearing of what happens, as it happens |
//! | [`credit`] | account generation, closes, the ledger of their credit |
//! | [`attribution`] | what touches and journeys say about who earned what was won |
//! | [`costs`] | cost entries, exchange rates, allocation, budgets, cost per close |
//! | [`economics`] | what each resource earns for what it costs, and where to invest |
//! | [`periods`] | months whose figures are settled, and what was written to them all the same |
//! | [`privacy`] | consent, export of what is held on a person, erasure |
//! | [`ingest`] | files of other systems |
//! | [`demo`] | a made-up organization to look at |
//!
//! An area has the rooms `graphql` (types and resolvers: no rules, no SQL), `service` (use cases: rules and
//! transactions) and `store` (queries: no rules). Data flows `http` → `graphql` → `service` → `store` → `db`, and
//! `service` → `metrics`; arrows never turn back.

pub mod access;
pub mod activities;
pub mod agreements;
pub mod app;
pub mod attribution;
pub mod audit;
pub mod auth;
pub mod breakdown;
pub mod budget;
pub mod buyers;
pub mod catalogue;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod costs;
pub mod credit;
pub mod db;
pub mod demo;
pub mod economics;
pub mod error;
pub mod events;
pub mod facts;
pub mod feedback;
pub mod goals;
pub mod graphql;
pub mod http;
pub mod ingest;
pub mod input;
pub mod insights;
pub mod journey;
pub mod metrics;
pub mod organization;
pub mod periods;
pub mod pipeline;
pub mod privacy;
pub mod roles;
pub mod scorecard;
pub mod segments;

pub use error::{Error, Result};
