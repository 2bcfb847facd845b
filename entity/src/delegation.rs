//! The right of a member to act for another one.

use sea_orm::entity::prelude::*;

use crate::ids::{DelegationId, MemberId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// The right of a member to act for another one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DelegationId,
    /// Who acts.
    pub assistant_id: MemberId,
    /// For whom.
    pub principal_id: MemberId,
    /// From when.
    pub begins_at: Timestamp,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Who allowed it.
    pub recorded_by: Option<MemberId>,
    /// When it was allowed.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = DelegationId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
