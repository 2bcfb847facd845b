//! The key with which an organization's erased names are hashed.

use sea_orm::entity::prelude::*;

use crate::ids::{ErasureKeyId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The key with which an organization's erased names are hashed. It is made with the first erasure and never replaced.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure_key")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// The tenant's id again, so that there is one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ErasureKeyId,
    /// 256 random bits, in hexadecimal.
    pub secret: String,
    /// When it was made.
    pub recorded_at: Timestamp,
}

/// A log that shows the row does not show the key.
impl std::fmt::Debug for Model {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Model").field("id", &self.id).finish_non_exhaustive()
    }
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ErasureKeyId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
