//! What is asked of an account: conditions on its attributes. Segments and profiles keep them as JSON.

use crate::kinds::ConditionOperator;

/// A condition on one attribute.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Condition {
    /// The key of the attribute.
    pub key: String,
    /// How it is compared.
    pub op: ConditionOperator,
    /// With what.
    pub values: Vec<String>,
}

/// A condition and what it counts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Criterion {
    /// The condition.
    pub condition: Condition,
    /// What it counts of 100.
    pub weight: u32,
}
