//! That an account was put on a list or taken off it.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MemberId, OrganizationId, SegmentId, TargetListEntryId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That an account was put on a list or taken off it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target_list_entry")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TargetListEntryId,
    /// The segment.
    pub segment_id: SegmentId,
    /// The account.
    pub account_id: AccountId,
    /// Put on or taken off; the latest entry counts.
    pub added: bool,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = TargetListEntryId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
