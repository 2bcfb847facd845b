//! What an opportunity was like from a moment on: one row for each of its versions.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OpportunityId, OpportunityRevisionId, OrganizationId, TeamId};
use crate::kinds::Resource;
use crate::money::CurrencyCode;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What an opportunity was like from a moment on: one row for each of its versions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity_revision")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpportunityRevisionId,
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// Its version.
    pub opportunity_version: i64,
    /// What it might have been worth, in minor units of the currency.
    pub amount_minor: Option<i64>,
    /// The currency of the amount.
    pub currency: Option<CurrencyCode>,
    /// The local day it was expected to close.
    pub expected_close_on: Option<NaiveDate>,
    /// The resource it was sourced by.
    pub source_resource: Option<Resource>,
    /// The member who looked after it.
    pub owner_id: Option<MemberId>,
    /// The team they were in.
    pub team_id: Option<TeamId>,
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
    type Id = OpportunityRevisionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
