//! What happened to a handoff, from its offer on: the last of them says how it stands.

use sea_orm::entity::prelude::*;

use crate::ids::{HandoffEventId, HandoffId, MemberId, OrganizationId};
use crate::kinds::{HandoffEventKind, RejectReason};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What happened to a handoff, from its offer on: the last of them says how it stands.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "handoff_event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HandoffEventId,
    /// The handoff.
    pub handoff_id: HandoffId,
    /// Counts its events, from 0, in the order in which they were recorded.
    pub sequence: i32,
    /// What happened.
    pub kind: HandoffEventKind,
    /// Whose it is from now on; none while nobody took it.
    pub owner_id: Option<MemberId>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// More about it, in words.
    pub note: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = HandoffEventId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Note)
    }
}
