//! What happened to an opportunity: how it stands follows from the last of them.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, MemberId, OpportunityEventId, OpportunityId, OrganizationId};
use crate::kinds::{OpportunityEventKind, OpportunityOutcome};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What happened to an opportunity: how it stands follows from the last of them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity_event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpportunityEventId,
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// Counts its events, from 0, in the order in which they happened.
    pub sequence: i32,
    /// What happened.
    pub kind: OpportunityEventKind,
    /// How it ended, where it did.
    pub outcome: Option<OpportunityOutcome>,
    /// Why, in words; none where account generation won it.
    pub reason: Option<String>,
    /// Who they bought from instead, in words.
    pub competitor: Option<String>,
    /// The local day it is expected to go on, where it stalled.
    pub resumes_on: Option<NaiveDate>,
    /// The close that won it.
    pub close_id: Option<CloseId>,
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
    type Id = OpportunityEventId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Reason | Column::Competitor)
    }
}
