//! That a blocker is one no longer.

use sea_orm::entity::prelude::*;

use crate::ids::{BlockerId, BlockerResolutionId, ContentId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a blocker is one no longer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocker_resolution")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockerResolutionId,
    /// The blocker; it is resolved once.
    pub blocker_id: BlockerId,
    /// Since when.
    pub resolved_at: Timestamp,
    /// How, in words.
    pub resolution: String,
    /// The content that helped, if any did.
    pub content_id: Option<ContentId>,
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
    type Id = BlockerResolutionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Resolution)
    }
}
