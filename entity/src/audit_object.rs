//! An object an audit entry is about.

use sea_orm::entity::prelude::*;

use crate::ids::{AuditEntryId, AuditObjectId, OrganizationId};
use crate::tenant::TenantEntity;

/// An object an audit entry is about.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_object")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditObjectId,
    /// The entry.
    pub entry_id: AuditEntryId,
    /// The object.
    pub object_id: Uuid,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AuditObjectId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
