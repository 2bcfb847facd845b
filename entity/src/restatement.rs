//! That something was written to a locked month. There is one row for each month it changes.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{
    AllocationRuleId, CloseId, CloseMovementId, CostEntryId, CreditBatchId, FxRateId, MemberId, OrganizationId, RestatementId,
};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That something was written to a locked month. There is one row for each month it changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restatement")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RestatementId,
    /// The first local day of the month.
    pub month: NaiveDate,
    /// The close that was recorded, or that something happened to.
    pub close_id: Option<CloseId>,
    /// What happened to the close.
    pub movement_id: Option<CloseMovementId>,
    /// What was posted of its credit.
    pub batch_id: Option<CreditBatchId>,
    /// The cost entry.
    pub cost_entry_id: Option<CostEntryId>,
    /// The exchange rate.
    pub rate_id: Option<FxRateId>,
    /// The rule by which shared cost is split.
    pub rule_id: Option<AllocationRuleId>,
    /// Why, in words.
    pub reason: String,
    /// Who wrote it.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = RestatementId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
