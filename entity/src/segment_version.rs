//! How a segment was defined from a moment on.

use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, SegmentId, SegmentVersionId};
use crate::kinds::SegmentKind;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// How a segment was defined from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_version")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SegmentVersionId,
    /// The segment.
    pub segment_id: SegmentId,
    /// Counts its definitions, from 1.
    pub number: i32,
    /// By a filter or by a list.
    pub kind: SegmentKind,
    /// The conditions as JSON; empty for a list.
    pub filter: Option<String>,
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
    type Id = SegmentVersionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
