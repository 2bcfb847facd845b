//! That a resource took note of what it was told.

use sea_orm::entity::prelude::*;

use crate::ids::{FeedbackAcknowledgementId, FeedbackId, MemberId, OrganizationId};
use crate::kinds::FeedbackOutcome;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a resource took note of what it was told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feedback_acknowledgement")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FeedbackAcknowledgementId,
    /// What it was told.
    pub feedback_id: FeedbackId,
    /// What comes of it.
    pub outcome: FeedbackOutcome,
    /// More about that, in words.
    pub note: Option<String>,
    /// Who took note.
    pub acknowledged_by: MemberId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = FeedbackAcknowledgementId;

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
