//! One posting of the credit ledger.

use sea_orm::entity::prelude::*;

use crate::ids::{CreditBatchId, CreditEntryId, OrganizationId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;

/// One posting of the credit ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_entry")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditEntryId,
    /// Its batch.
    pub batch_id: CreditBatchId,
    /// Whose balance it moves.
    pub resource: Resource,
    /// By how many basis points, signed.
    pub delta_bp: i32,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditEntryId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
