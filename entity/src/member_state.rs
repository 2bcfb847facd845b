//! For which resource a member works, and whether they do, from a moment on.

use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, MemberStateId, OrganizationId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// For which resource a member works, and whether they do, from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_state")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberStateId,
    /// The member.
    pub member_id: MemberId,
    /// The resource they work for.
    pub resource: Option<Resource>,
    /// Whether they are active.
    pub active: bool,
    /// Since when.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = MemberStateId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
