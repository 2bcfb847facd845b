//! A name under which an erased buyer, or what happened to them, was known: only a keyed hash of it.

use sea_orm::entity::prelude::*;

use crate::ids::{ErasedNameId, ErasureId, OrganizationId};
use crate::tenant::TenantEntity;

/// A name under which an erased buyer, or what happened to them, was known: only a keyed hash of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erased_name")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ErasedNameId,
    /// With whom it was erased.
    pub erasure_id: ErasureId,
    /// HMAC-SHA-256 of the kind of name and the name, in hexadecimal.
    pub hash: String,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ErasedNameId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
