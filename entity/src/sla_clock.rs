//! The time that runs for one clause of one handoff. What counts for it stands in its events; the columns that change repeat what follows from them, so that lists find by them.

use sea_orm::entity::prelude::*;

use crate::ids::{AgreementClauseId, CalendarVersionId, HandoffId, OrganizationId, SlaClockId};
use crate::kinds::Resource;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// The time that runs for one clause of one handoff. What counts for it stands in its events; the columns that change repeat what follows from them, so that lists find by them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sla_clock")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SlaClockId,
    /// The handoff.
    pub handoff_id: HandoffId,
    /// The clause.
    pub clause_id: AgreementClauseId,
    /// Who owes it.
    pub resource: Resource,
    /// How many attempts it takes.
    pub wanted: i16,
    /// The hours by which it is reckoned.
    pub calendar_version_id: CalendarVersionId,
    /// When it began.
    pub started_at: Timestamp,
    /// The business time it has, in microseconds.
    pub target_micros: i64,
    /// Until when it has to be done; none while it is paused.
    pub due_at: Option<Timestamp>,
    /// When it was done.
    pub met_at: Option<Timestamp>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = SlaClockId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
