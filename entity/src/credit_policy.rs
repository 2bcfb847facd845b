//! A version of the rules by which credit is opened.

use sea_orm::entity::prelude::*;

use crate::ids::{CreditPolicyId, MemberId, OrganizationId};
use crate::kinds::TransferApproval;
use crate::policy_rules::PolicyRules;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A version of the rules by which credit is opened.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_policy")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditPolicyId,
    /// From 1.
    pub policy_version: i32,
    /// How far back evidence counts.
    pub lookback_days: i16,
    /// What evidence is rounded to.
    pub rounding_bp: i16,
    /// When it was defined.
    pub recorded_at: Timestamp,
    /// In which order the rules are asked.
    pub rules: PolicyRules,
    /// Whose approval a transfer needs.
    pub transfer_approval: TransferApproval,
    /// Who defined it.
    pub recorded_by: Option<MemberId>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CreditPolicyId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
