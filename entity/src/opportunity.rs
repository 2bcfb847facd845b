//! A possible deal with an account; how it stands follows from its events.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MemberId, OpportunityId, OrganizationId, PipelineId};
use crate::kinds::Resource;
use crate::money::CurrencyCode;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A possible deal with an account; how it stands follows from its events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpportunityId,
    /// Who might buy.
    pub account_id: AccountId,
    /// What it is called.
    pub name: String,
    /// What it may be worth, in minor units of the currency; never negative.
    pub amount_minor: Option<i64>,
    /// The currency of the amount; there is both or neither.
    pub currency: Option<CurrencyCode>,
    /// The local day it is expected to close.
    pub expected_close_on: Option<NaiveDate>,
    /// The resource it was sourced by.
    pub source_resource: Option<Resource>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// The version of the pipeline its account moves in.
    pub pipeline_id: PipelineId,
    /// When it began.
    pub opened_at: Timestamp,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = OpportunityId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }
}

impl Mutable for Entity {}
