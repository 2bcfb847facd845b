//! The terms of a service agreement from a version on. They hold once both sides have signed.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{AgreementVersionId, BusinessCalendarId, MemberId, OrganizationId, ServiceAgreementId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The terms of a service agreement from a version on. They hold once both sides have signed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_version")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementVersionId,
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// From 1.
    pub agreement_version: i32,
    /// The calendar its clocks go by.
    pub calendar_id: BusinessCalendarId,
    /// The first day on which it holds.
    pub starts_on: NaiveDate,
    /// The day after the last one.
    pub ends_on: Option<NaiveDate>,
    /// How much above what is committed may be offered, in basis points of that: 12 000 is a fifth more.
    pub capacity_bp: i32,
    /// Whether offers above that start clocks too.
    pub counts_over_delivery: bool,
    /// How long an offer waits for an answer: minutes of business time.
    pub answer_minutes: Option<i32>,
    /// The same as business days after that of the offer.
    pub answer_days: Option<i32>,
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
    type Id = AgreementVersionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
