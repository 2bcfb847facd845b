//! A part of the market: accounts that pass a filter, or a list of them.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, SegmentId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A part of the market: accounts that pass a filter, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SegmentId,
    /// What it is called; unique.
    pub name: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = SegmentId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
