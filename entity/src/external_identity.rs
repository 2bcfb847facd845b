//! Who a member is to an identity provider.

use sea_orm::entity::prelude::*;

use crate::ids::{ExternalIdentityId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Who a member is to an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identity")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExternalIdentityId,
    /// The member.
    pub member_id: MemberId,
    /// The provider: `iss`.
    pub issuer: String,
    /// Its name for them: `sub`; unique for the issuer.
    pub subject: String,
    /// When they were linked.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ExternalIdentityId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
