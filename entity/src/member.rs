//! Somebody (or something) that works in the organization and may sign in.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomRoleId, MemberId, OrganizationId, TeamId};
use crate::kinds::{Resource, Role};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// Somebody (or something) that works in the organization and may sign in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// Lower case, unique in the organization.
    pub email: String,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The role of the organization's own that says so instead.
    pub custom_role_id: Option<CustomRoleId>,
    /// The resource they work for.
    pub resource: Option<Resource>,
    /// The team they are in.
    pub team_id: Option<TeamId>,
    /// Whether they may sign in.
    pub active: bool,
    /// When they were added.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = MemberId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
