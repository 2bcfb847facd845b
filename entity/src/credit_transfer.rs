//! Credit somebody asks to move from one resource to another. How it stands follows from the decisions about it.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CreditPolicyId, CreditTransferId, MemberId, OrganizationId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Credit somebody asks to move from one resource to another. How it stands follows from the decisions about it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_transfer")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditTransferId,
    /// The close.
    pub close_id: CloseId,
    /// Who gives.
    pub from_resource: Resource,
    /// Who receives.
    pub to_resource: Resource,
    /// How much, in basis points of the close.
    pub basis_points: i32,
    /// From when on it is to count.
    pub effective_at: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// The policy in force when it was asked for: it says whose approval is needed.
    pub policy_id: CreditPolicyId,
    /// Who asks.
    pub requested_by: Option<MemberId>,
    /// For whom they ask, where they act for somebody.
    pub requested_for: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditTransferId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
