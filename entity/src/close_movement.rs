//! What happened to a close afterwards.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CloseMovementId, MemberId, OrganizationId};
use crate::kinds::MovementKind;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What happened to a close afterwards.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "close_movement")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CloseMovementId,
    /// The close.
    pub close_id: CloseId,
    /// What happened.
    pub kind: MovementKind,
    /// Given back, in minor units of the close's currency; 0 for void and reinstate.
    pub amount_minor: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Why.
    pub reason: String,
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
    type Id = CloseMovementId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
