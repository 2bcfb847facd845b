//! How a dispute about credit was settled.

use sea_orm::entity::prelude::*;

use crate::ids::{CreditBatchId, CreditDisputeEndId, CreditDisputeId, MemberId, OrganizationId};
use crate::kinds::DisputeEnd;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// How a dispute about credit was settled.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_dispute_end")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditDisputeEndId,
    /// The dispute; it ends once.
    pub dispute_id: CreditDisputeId,
    /// How it ended.
    pub kind: DisputeEnd,
    /// What was posted, where it was upheld.
    pub batch_id: Option<CreditBatchId>,
    /// Who settled it.
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
    type Id = CreditDisputeEndId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
