//! What the walls need to know about a table.

use sea_orm::{EntityTrait, Value};

use crate::ids::TypedId;

/// A table whose rows belong to an organization.
pub trait TenantEntity: EntityTrait {
    /// The id of its rows.
    type Id: TypedId + Into<Value>;

    /// Whether the audit log tells of its rows.
    const AUDITED: bool = true;

    /// Whether its rows say who may come in, and what they may do.
    const OF_ACCESS: bool = false;

    /// The column that names the organization.
    fn organization_column() -> Self::Column;

    /// The column of the id.
    fn id_column() -> Self::Column;

    /// Whether the audit log tells only that a column changed, and not what it said: secrets, and what a person is called.
    fn confidential(_: Self::Column) -> bool {
        false
    }

    /// Whether the audit log leaves a column out altogether: what changes by being used.
    fn incidental(_: Self::Column) -> bool {
        false
    }

    /// The column of the system that names the rows, where other systems may name them.
    fn namespace_column() -> Option<Self::Column> {
        None
    }
}

/// A table whose rows may change. A ledger has no such mark, so it has no `update`.
pub trait Mutable: TenantEntity {}
