//! That two were one by mistake: from then on a pointer holds no more.

use sea_orm::entity::prelude::*;

use crate::ids::{IdentityPointerEndId, IdentityPointerId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That two were one by mistake: from then on a pointer holds no more.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_pointer_end")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityPointerEndId,
    /// The pointer.
    pub pointer_id: IdentityPointerId,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// Since when it is known.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = IdentityPointerEndId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Reason)
    }
}
