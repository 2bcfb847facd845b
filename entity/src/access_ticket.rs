//! Lets a member set a password once: an invitation, or a reset.

use sea_orm::entity::prelude::*;

use crate::ids::{AccessTicketId, MemberId, OrganizationId};
use crate::kinds::TicketKind;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// Lets a member set a password once: an invitation, or a reset.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_ticket")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccessTicketId,
    /// Whom it is for.
    pub member_id: MemberId,
    /// What it lets them do.
    pub kind: TicketKind,
    /// SHA-256 of the token, in hexadecimal; unique.
    pub hash: String,
    /// When it was given out.
    pub recorded_at: Timestamp,
    /// From when on it is too old.
    pub expires_at: Timestamp,
    /// When it was used, or a newer one took its place.
    pub closed_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AccessTicketId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Hash)
    }
}

impl Mutable for Entity {}
