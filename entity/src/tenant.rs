//! What the walls need to know about a table.

use sea_orm::{EntityTrait, Value};

/// A table whose rows belong to an organization.
pub trait TenantEntity: EntityTrait {
    /// The id of its rows.
    type Id: Into<Value> + Copy + Send + Sync;

    /// The column that names the organization.
    fn organization_column() -> Self::Column;

    /// The column of the id.
    fn id_column() -> Self::Column;
}

/// A table whose rows may change. A ledger has no such mark, so it has no `update`.
pub trait Mutable: TenantEntity {}
