//! A refresh token of a sign-in: each is used once and gives the next.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, RefreshTokenId, SignInId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A refresh token of a sign-in: each is used once and gives the next.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefreshTokenId,
    /// The sign-in.
    pub sign_in_id: SignInId,
    /// SHA-256 of the token, in hexadecimal; unique.
    pub hash: String,
    /// When it was given out.
    pub recorded_at: Timestamp,
    /// From when on it is too old.
    pub expires_at: Timestamp,
    /// When it was used; none while it is the newest.
    pub used_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = RefreshTokenId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
