//! Failures at the door, for an account or for an address. What is throttled is kept as a hash.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, ThrottleId};
use crate::kinds::ThrottleKind;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// Failures at the door, for an account or for an address. What is throttled is kept as a hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ThrottleId,
    /// What is throttled.
    pub kind: ThrottleKind,
    /// SHA-256 of the e-mail address, or of the network address, in hexadecimal; unique for the kind.
    pub hash: String,
    /// Failures that still count.
    pub failures: i64,
    /// When the last one was counted.
    pub counted_at: Timestamp,
    /// Before this nothing is tried.
    pub blocked_until: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ThrottleId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
