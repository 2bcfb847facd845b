//! Schema changes, one per file, oldest first. A change that has landed is never edited: a new one follows it.

pub mod tenant;

mod m0001_organization;
mod m0002_buyers;
mod m0003_journey;
mod m0004_credit;
mod m0005_costs;
mod m0006_idempotency;
mod m0007_search_key;
mod m0008_implied_references;
mod m0009_access;
mod m0010_audit;
mod m0020_access;
mod m0021_external_identity;
mod m0022_api_client;
mod m0023_paid_people;
mod m0030_privacy;
mod m0031_idempotency_hashes;
mod m0032_erased_for_good;
mod m0033_identity;
mod m0034_opportunity;
mod m0035_segment;
mod m0036_catalogue;
mod m0037_activities;
mod m0038_helped;
mod m0039_ledger;
mod m0040_ledger_walls;
mod m0041_exchange;
mod m0044_terms;
mod m0045_budget;
mod m0046_disputes;
mod m0047_proposals;
mod m0048_period_lock;
mod m0049_member_state;
mod m0050_told_by_books;
mod m0051_agreements;
mod m0052_goals;
mod m0053_events;
mod m0054_insights;
mod m0055_feedback_on_metrics;

pub use sea_orm_migration::{MigrationStatus, MigratorTrait};
use sea_orm_migration::{MigrationTrait, async_trait};

/// The schema changes in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_organization::Migration),
            Box::new(m0002_buyers::Migration),
            Box::new(m0003_journey::Migration),
            Box::new(m0004_credit::Migration),
            Box::new(m0005_costs::Migration),
            Box::new(m0006_idempotency::Migration),
            Box::new(m0007_search_key::Migration),
            Box::new(m0008_implied_references::Migration),
            Box::new(m0009_access::Migration),
            Box::new(m0010_audit::Migration),
            Box::new(m0020_access::Migration),
            Box::new(m0021_external_identity::Migration),
            Box::new(m0022_api_client::Migration),
            Box::new(m0023_paid_people::Migration),
            Box::new(m0030_privacy::Migration),
            Box::new(m0031_idempotency_hashes::Migration),
            Box::new(m0032_erased_for_good::Migration),
            Box::new(m0033_identity::Migration),
            Box::new(m0034_opportunity::Migration),
            Box::new(m0035_segment::Migration),
            Box::new(m0036_catalogue::Migration),
            Box::new(m0037_activities::Migration),
            Box::new(m0038_helped::Migration),
            Box::new(m0039_ledger::Migration),
            Box::new(m0040_ledger_walls::Migration),
            Box::new(m0041_exchange::Migration),
            Box::new(m0044_terms::Migration),
            Box::new(m0045_budget::Migration),
            Box::new(m0046_disputes::Migration),
            Box::new(m0047_proposals::Migration),
            Box::new(m0048_period_lock::Migration),
            Box::new(m0049_member_state::Migration),
            Box::new(m0050_told_by_books::Migration),
            Box::new(m0051_agreements::Migration),
            Box::new(m0052_goals::Migration),
            Box::new(m0053_events::Migration),
            Box::new(m0054_insights::Migration),
            Box::new(m0055_feedback_on_metrics::Migration),
        ]
    }
}
