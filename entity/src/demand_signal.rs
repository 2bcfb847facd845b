//! Whether an account is looking for what is sold; each signal is a new row.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, DemandSignalId, MemberId, OrganizationId};
use crate::kinds::DemandState;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Whether an account is looking for what is sold; each signal is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "demand_signal")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DemandSignalId,
    /// The account.
    pub account_id: AccountId,
    /// Searching or not.
    pub state: DemandState,
    /// Since when; the latest signal counts.
    pub occurred_at: Timestamp,
    /// What shows it, in words.
    pub evidence: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = DemandSignalId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Evidence)
    }
}
