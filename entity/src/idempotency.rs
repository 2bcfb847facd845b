//! The remembered result of a mutation.

use sea_orm::entity::prelude::*;

use crate::ids::{IdempotencyId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The remembered result of a mutation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyId,
    /// The mutation.
    pub operation: String,
    /// SHA-256 of what the caller named it, in hexadecimal.
    pub key: String,
    /// HMAC-SHA-256 of the input's SHA-256 by what the caller named it, in hexadecimal.
    pub fingerprint: String,
    /// The result as JSON.
    pub result: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = IdempotencyId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
