//! A version of what the ideal customer is like.

use sea_orm::entity::prelude::*;

use crate::ids::{IcpProfileId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A version of what the ideal customer is like.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "icp_profile")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IcpProfileId,
    /// What all its versions are called.
    pub key: String,
    /// Counts them, from 1.
    pub profile_version: i32,
    /// The score that is enough, of 100.
    pub threshold: i32,
    /// The weighted conditions as JSON.
    pub criteria: String,
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
    type Id = IcpProfileId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
