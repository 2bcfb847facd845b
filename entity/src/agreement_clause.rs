//! One thing that a side owes by a version of a service agreement.

use sea_orm::entity::prelude::*;

use crate::ids::{AgreementClauseId, AgreementVersionId, BusinessCalendarId, OrganizationId};
use crate::kinds::{ClauseKind, CommitmentPer};
use crate::tenant::TenantEntity;

/// One thing that a side owes by a version of a service agreement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_clause")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementClauseId,
    /// The version.
    pub version_id: AgreementVersionId,
    /// Its place among the clauses, from 1.
    pub ordinal: i16,
    /// What is owed.
    pub kind: ClauseKind,
    /// How many: handoffs for VOLUME, attempts for DEPTH.
    pub quantity: Option<i32>,
    /// In which span, for VOLUME.
    pub per: Option<CommitmentPer>,
    /// The least share of decided handoffs that is accepted, for QUALITY.
    pub minimum_bp: Option<i32>,
    /// In which time: minutes of business time.
    pub within_minutes: Option<i32>,
    /// The same as business days after that of receipt; 0 is the same business day.
    pub within_days: Option<i32>,
    /// After how much of the time a warning is due.
    pub warn_percent: Option<i16>,
    /// After how much of the time the lead is told.
    pub escalate_percent: Option<i16>,
    /// After how much of the time somebody else is to do it.
    pub reassign_percent: Option<i16>,
    /// Another calendar than that of the agreement.
    pub calendar_id: Option<BusinessCalendarId>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AgreementClauseId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
