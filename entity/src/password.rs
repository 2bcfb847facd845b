//! The password of a member, as a hash that is slow to compute.

use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, PasswordId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// The password of a member, as a hash that is slow to compute.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PasswordId,
    /// Whose it is; unique.
    pub member_id: MemberId,
    /// Argon2id in the PHC form: parameters, salt and hash.
    pub phc: String,
    /// When it was set.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = PasswordId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Phc)
    }
}

impl Mutable for Entity {}
