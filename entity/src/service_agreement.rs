//! What two resources owe each other; the terms stand in its versions.

use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, ServiceAgreementId};
use crate::kinds::Resource;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// What two resources owe each other; the terms stand in its versions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_agreement")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceAgreementId,
    /// What it is called; unique.
    pub name: String,
    /// Who offers.
    pub from_resource: Resource,
    /// Who receives.
    pub to_resource: Resource,
    /// Who recorded it.
    pub recorded_by: Option<MemberId>,
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
    type Id = ServiceAgreementId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
