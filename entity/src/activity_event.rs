//! What happened to an activity, from its planning on: the last of them says how it stands.

use sea_orm::entity::prelude::*;

use crate::ids::{ActivityEventId, ActivityId, MemberId, OrganizationId, TouchId};
use crate::kinds::{ActivityEventKind, ActivityOutcome};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What happened to an activity, from its planning on: the last of them says how it stands.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActivityEventId,
    /// The activity.
    pub activity_id: ActivityId,
    /// Counts its events, from 0, in the order in which they were recorded.
    pub sequence: i32,
    /// What happened.
    pub kind: ActivityEventKind,
    /// Who is to do it from now on.
    pub owner_id: MemberId,
    /// When it is due from now on.
    pub due_at: Option<Timestamp>,
    /// What came of it, where it was done.
    pub outcome: Option<ActivityOutcome>,
    /// More about that, in words.
    pub note: Option<String>,
    /// Why it will not be done, in words.
    pub reason: Option<String>,
    /// The interaction it was, where it reached the buyer.
    pub touch_id: Option<TouchId>,
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
    type Id = ActivityEventId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Note | Column::Reason)
    }
}
