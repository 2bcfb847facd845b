//! That a side agreed to a version of a service agreement.

use sea_orm::entity::prelude::*;

use crate::ids::{AgreementSignatureId, AgreementVersionId, MemberId, OrganizationId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a side agreed to a version of a service agreement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_signature")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementSignatureId,
    /// The version.
    pub version_id: AgreementVersionId,
    /// The side.
    pub side: Resource,
    /// Who signed for it.
    pub signed_by: MemberId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AgreementSignatureId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
