//! What somebody decided about credit that its policy would give otherwise by now.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CreditBatchId, CreditProposalDecisionId, MemberId, OrganizationId};
use crate::kinds::ProposalDecisionKind;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What somebody decided about credit that its policy would give otherwise by now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_proposal_decision")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditProposalDecisionId,
    /// The close.
    pub close_id: CloseId,
    /// What they decided.
    pub kind: ProposalDecisionKind,
    /// What was suggested for Sales, in basis points.
    pub sales_bp: i32,
    /// What was suggested for Marketing.
    pub marketing_bp: i32,
    /// What was suggested for Product.
    pub product_bp: i32,
    /// What was posted, where they accepted.
    pub batch_id: Option<CreditBatchId>,
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
    type Id = CreditProposalDecisionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
