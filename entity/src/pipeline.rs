//! One immutable version of a pipeline.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, PipelineId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// One immutable version of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pipeline")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PipelineId,
    /// The same for all its versions.
    pub key: String,
    /// From 1.
    pub pipeline_version: i32,
    /// What it is called.
    pub name: String,
    /// When it was defined.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = PipelineId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
