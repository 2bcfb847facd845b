//! A group of postings of the credit ledger.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CreditBatchId, CreditTransferId, MemberId, OrganizationId};
use crate::kinds::{BatchKind, PolicyRule};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A group of postings of the credit ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_batch")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditBatchId,
    /// The close.
    pub close_id: CloseId,
    /// From 0 per close: two writers cannot both take the next.
    pub sequence: i32,
    /// Opening, transfer or reversal.
    pub kind: BatchKind,
    /// The rule that decided an opening.
    pub rule: Option<PolicyRule>,
    /// Why, in words.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: Option<MemberId>,
    /// From when it counts in the world.
    pub effective_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What it carries out, where it was asked for and agreed to.
    pub transfer_id: Option<CreditTransferId>,
    /// What it undoes.
    pub reverses_id: Option<CreditBatchId>,
    /// From when on it was asked to count, where that lay in a locked month.
    pub asked_effective_at: Option<Timestamp>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditBatchId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
