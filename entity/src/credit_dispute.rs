//! A claim that the credit of a close should be shared otherwise. How it stands follows from how it was settled.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CreditDisputeId, MemberId, OrganizationId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A claim that the credit of a close should be shared otherwise. How it stands follows from how it was settled.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_dispute")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditDisputeId,
    /// The close.
    pub close_id: CloseId,
    /// For whom it is claimed.
    pub resource: Resource,
    /// Why, in words.
    pub reason: String,
    /// What Sales should hold, in basis points.
    pub sales_bp: i32,
    /// What Marketing should hold.
    pub marketing_bp: i32,
    /// What Product should hold.
    pub product_bp: i32,
    /// Who disputes.
    pub opened_by: Option<MemberId>,
    /// For whom they do, where they act for somebody.
    pub opened_for: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditDisputeId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
