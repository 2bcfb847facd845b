//! One stage of one version of a pipeline.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, PipelineId, StageId};
use crate::kinds::{Resource, StageKind};
use crate::tenant::TenantEntity;

/// One stage of one version of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stage")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StageId,
    /// Its pipeline version.
    pub pipeline_id: PipelineId,
    /// Its name in upper case, unique in the version.
    pub key: String,
    /// Its place in the order, from 0.
    pub position: i16,
    /// On the way or beside it.
    pub kind: StageKind,
    /// Who moves buyers into it.
    pub owner_resource: Resource,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = StageId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
