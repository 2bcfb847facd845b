//! What other systems call an object.

use async_graphql::{InputObject, SimpleObject};

use crate::input;

/// What another system calls an object.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExternalId {
    /// The system.
    source: String,
    /// The name there, unique in that system.
    value: String,
}

impl ExternalId {
    /// From the two columns of a row.
    #[must_use]
    pub fn of(source: Option<&String>, external_id: Option<&String>) -> Option<Self> {
        Some(Self { source: source?.clone(), value: external_id?.clone() })
    }
}

/// What another system calls an object. The same object sent again changes nothing.
#[derive(Clone, Debug, InputObject)]
pub struct ExternalIdInput {
    /// The system.
    source: String,
    /// The name there, unique in that system.
    value: String,
}

impl From<ExternalIdInput> for input::ExternalId {
    fn from(input: ExternalIdInput) -> Self {
        Self { source: input.source, id: input.value }
    }
}
