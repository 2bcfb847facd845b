//! That somebody no longer plays a part in buying, or no longer with that stance.

use sea_orm::entity::prelude::*;

use crate::ids::{BuyingRoleEndId, BuyingRoleId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That somebody no longer plays a part in buying, or no longer with that stance.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "buying_role_end")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BuyingRoleEndId,
    /// The part; it ends once.
    pub buying_role_id: BuyingRoleId,
    /// The first moment after it.
    pub until: Timestamp,
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
    type Id = BuyingRoleEndId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
