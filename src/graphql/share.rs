//! Shares of a whole, in basis points by resource.

use async_graphql::{InputObject, SimpleObject};
use entity::kinds::Resource;

use super::scalar::int;
use crate::metrics::by_resource::ByResource;

/// What one resource has of a whole.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ResourceShare {
    /// Whose share it is.
    resource: Resource,
    /// The share: 10 000 are all of it.
    basis_points: i32,
}

impl ResourceShare {
    /// The share of one resource.
    #[must_use]
    pub const fn new(resource: Resource, basis_points: i32) -> Self {
        Self { resource, basis_points }
    }

    /// The share of each resource, in their order.
    #[must_use]
    pub fn each(basis_points: ByResource<i64>) -> Vec<Self> {
        let shares = basis_points.into_pairs().into_iter();
        shares.map(|(resource, bp)| Self { resource, basis_points: int(bp) }).collect()
    }
}

/// What one resource is to have of a whole.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ResourceShareInput {
    /// Whose share it is.
    resource: Resource,
    /// The share: 10 000 are all of it.
    basis_points: i32,
}

impl From<ResourceShareInput> for (Resource, i64) {
    fn from(input: ResourceShareInput) -> Self {
        (input.resource, input.basis_points.into())
    }
}
