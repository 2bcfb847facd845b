//! A team of the organization chart: a tree.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, TeamId};
use crate::resource_set::ResourceSet;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A team of the organization chart: a tree.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// The team it is part of.
    pub parent_id: Option<TeamId>,
    /// The resources it serves.
    pub resources: ResourceSet,
    /// When it was created.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = TeamId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
