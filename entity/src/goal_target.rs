//! How much is to be reached, by version.

use sea_orm::entity::prelude::*;

use crate::ids::{GoalId, GoalTargetId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// How much is to be reached, by version.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal_target")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoalTargetId,
    /// The goal.
    pub goal_id: GoalId,
    /// From 1.
    pub target_version: i32,
    /// In the unit of the metric: a decimal above zero, as text so that no engine rounds it.
    pub amount: String,
    /// Why it changed, in words.
    pub reason: Option<String>,
    /// Who set it.
    pub recorded_by: Option<MemberId>,
    /// When.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = GoalTargetId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
