//! Conditions on attributes of accounts.

use async_graphql::{InputObject, SimpleObject};
use entity::condition::{Condition, Criterion};
use entity::kinds::ConditionOperator;

use crate::error::{Error, ProblemCode, Result};
use crate::graphql::scalar::int;

/// A condition on one attribute of an account. What is not known makes it unknown, neither true nor false.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributeCondition {
    /// The key of the attribute.
    key: String,
    /// How it is compared.
    op: ConditionOperator,
    /// With what.
    values: Vec<String>,
}

impl From<Condition> for AttributeCondition {
    fn from(Condition { key, op, values }: Condition) -> Self {
        Self { key, op, values }
    }
}

/// A condition on one attribute of an account.
#[derive(Clone, Debug, InputObject)]
pub struct AttributeConditionInput {
    /// The key of the attribute.
    key: String,
    /// How it is compared.
    op: ConditionOperator,
    /// With what: 1 to 100 values for IN and NOT_IN, one number for AT_LEAST and AT_MOST, none for KNOWN and UNKNOWN.
    #[graphql(default)]
    values: Vec<String>,
}

impl From<AttributeConditionInput> for Condition {
    fn from(AttributeConditionInput { key, op, values }: AttributeConditionInput) -> Self {
        Self { key, op, values }
    }
}

/// A condition and what it counts.
#[derive(Clone, Debug, SimpleObject)]
pub struct IcpCriterion {
    /// The condition.
    condition: AttributeCondition,
    /// What it counts of 100.
    weight: i32,
}

impl From<Criterion> for IcpCriterion {
    fn from(Criterion { condition, weight }: Criterion) -> Self {
        Self { condition: condition.into(), weight: int(weight) }
    }
}

/// A condition and what it counts.
#[derive(Clone, Debug, InputObject)]
pub struct IcpCriterionInput {
    /// The condition.
    condition: AttributeConditionInput,
    /// What it counts of 100.
    weight: i32,
}

impl IcpCriterionInput {
    /// Reads the criterion at a place.
    pub(super) fn read(self, index: usize) -> Result<Criterion> {
        let negative = |_| Error::invalid(format!("criteria.{index}.weight"), ProblemCode::Invalid, "must be between 1 and 100");
        Ok(Criterion { condition: self.condition.into(), weight: u32::try_from(self.weight).map_err(negative)? })
    }
}
