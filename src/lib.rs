//! Tandem: one funnel, shared credit, and what a close costs from each resource.

pub mod metrics;
