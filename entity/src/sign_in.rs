//! One sign-in and everything that was refreshed from it.

use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, SignInId};
use crate::kinds::RevokedBecause;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// One sign-in and everything that was refreshed from it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignInId,
    /// Who signed in.
    pub member_id: MemberId,
    /// When they signed in.
    pub recorded_at: Timestamp,
    /// From when on it cannot be refreshed any more, however busy it is.
    pub expires_at: Timestamp,
    /// When it was ended; none while it goes on.
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoked_because: Option<RevokedBecause>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = SignInId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
