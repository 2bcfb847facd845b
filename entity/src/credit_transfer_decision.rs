//! What somebody decided about a transfer of credit.

use sea_orm::entity::prelude::*;

use crate::ids::{CreditTransferDecisionId, CreditTransferId, MemberId, OrganizationId};
use crate::kinds::{Resource, TransferDecisionKind};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What somebody decided about a transfer of credit.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_transfer_decision")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditTransferDecisionId,
    /// The transfer.
    pub transfer_id: CreditTransferId,
    /// What they decided.
    pub kind: TransferDecisionKind,
    /// The resource they decided for; none for all of them.
    pub side: Option<Resource>,
    /// Who decided.
    pub decided_by: MemberId,
    /// Why, in words.
    pub reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditTransferDecisionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
