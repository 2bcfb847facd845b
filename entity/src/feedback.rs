//! What one resource tells another.

use sea_orm::entity::prelude::*;

use crate::ids::{ContentId, FeedbackId, HandoffId, MemberId, OrganizationId, SlaClockId, TacticId};
use crate::kinds::{FeedbackKind, Resource};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What one resource tells another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feedback")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FeedbackId,
    /// Who tells.
    pub from_resource: Resource,
    /// Who is told.
    pub to_resource: Resource,
    /// What it is.
    pub kind: FeedbackKind,
    /// The handoff it is about.
    pub handoff_id: Option<HandoffId>,
    /// The clock whose breach it tells of.
    pub clock_id: Option<SlaClockId>,
    /// The tactic it is about.
    pub tactic_id: Option<TacticId>,
    /// The content it is about.
    pub content_id: Option<ContentId>,
    /// The key of the metric whose definition it is about.
    pub metric_key: Option<String>,
    /// What is told, in words; empty where the breach tells all, and once whoever it is about was erased.
    pub body: String,
    /// Until when it is to be acknowledged.
    pub acknowledge_by: Option<Timestamp>,
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
    type Id = FeedbackId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Body)
    }
}
