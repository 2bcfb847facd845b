//! Something that counts for a clock.

use sea_orm::entity::prelude::*;

use crate::ids::{ActivityId, CalendarVersionId, ClockEventId, MemberId, OrganizationId, SlaClockId};
use crate::kinds::ClockEventKind;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Something that counts for a clock.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clock_event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClockEventId,
    /// The clock.
    pub clock_id: SlaClockId,
    /// Counts its events, from 0, in the order in which they were recorded.
    pub sequence: i32,
    /// What happened.
    pub kind: ClockEventKind,
    /// The activity that was an attempt.
    pub activity_id: Option<ActivityId>,
    /// The hours by which it is reckoned from now on.
    pub calendar_version_id: Option<CalendarVersionId>,
    /// Why, in words.
    pub reason: Option<String>,
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
    type Id = ClockEventId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Reason)
    }
}
