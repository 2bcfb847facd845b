//! The part somebody plays in buying, from a moment on.

use sea_orm::entity::prelude::*;

use crate::ids::{BuyingRoleId, MemberId, OpportunityId, OrganizationId, PersonId};
use crate::kinds::{BuyingRoleKind, BuyingStance};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The part somebody plays in buying, from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "buying_role")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BuyingRoleId,
    /// What they buy.
    pub opportunity_id: OpportunityId,
    /// Who.
    pub person_id: PersonId,
    /// Their part in it.
    pub role: BuyingRoleKind,
    /// Whether they are for it.
    pub stance: BuyingStance,
    /// From when on.
    pub since: Timestamp,
    /// Who recorded it.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = BuyingRoleId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
