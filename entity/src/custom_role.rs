//! A role an organization defined for itself.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomRoleId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A role an organization defined for itself.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_role")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomRoleId,
    /// What it is called; unique.
    pub name: String,
    /// The permissions it gives and how far each goes, as JSON.
    pub grants: String,
    /// When it was defined.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CustomRoleId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
