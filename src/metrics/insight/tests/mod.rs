//! Tables of cases for each rule, and what holds for any figures.

use entity::ids::TypedId;
use entity::kinds::{InsightSeverity, Resource};
use entity::resource_set::ResourceSet;

use super::*;

mod agreements;
mod audience;
mod exact;
mod goals;
mod key;
mod properties;
mod resources;
mod statement;

/// An id by number.
fn id<T: TypedId>(number: u128) -> T {
    T::from_uuid(uuid::Uuid::from_u128(number))
}

fn set(resources: &[Resource]) -> ResourceSet {
    resources.iter().copied().collect()
}

/// How bad each finding is, in order.
fn severities(findings: &[Finding]) -> Vec<InsightSeverity> {
    findings.iter().map(|finding| finding.severity).collect()
}

/// Observed, threshold and baseline as they are shown.
fn shown(finding: &Finding) -> [String; 3] {
    let Figures { observed, threshold, baseline, .. } = finding.figures;
    [observed.to_string(), threshold.to_string(), baseline.map_or("none".to_owned(), |baseline| baseline.to_string())]
}
