//! That a piece of content covers a stage or a kind of blocker, or no longer does. The newest row counts.

use sea_orm::entity::prelude::*;

use crate::ids::{ContentCoverageId, ContentId, MemberId, OrganizationId};
use crate::kinds::CoverageAspect;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a piece of content covers a stage or a kind of blocker, or no longer does.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "content_coverage")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContentCoverageId,
    /// The content.
    pub content_id: ContentId,
    /// Whether a stage or a kind of blocker.
    pub aspect: CoverageAspect,
    /// The key of the stage, or the name of the kind.
    pub covered: String,
    /// Whether it covers it from now on, or no longer.
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
    type Id = ContentCoverageId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
