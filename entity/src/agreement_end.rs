//! That a service agreement ends.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{AgreementEndId, MemberId, OrganizationId, ServiceAgreementId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a service agreement ends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_end")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementEndId,
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// The first day on which it no longer holds.
    pub ends_on: NaiveDate,
    /// Why, in words.
    pub reason: String,
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
    type Id = AgreementEndId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
