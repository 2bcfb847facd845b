//! What somebody says of how a goal goes.

use sea_orm::entity::prelude::*;

use crate::ids::{GoalCheckInId, GoalId, MemberId, OrganizationId};
use crate::kinds::GoalConfidence;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What somebody says of how a goal goes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal_check_in")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoalCheckInId,
    /// The goal.
    pub goal_id: GoalId,
    /// What they expect.
    pub confidence: GoalConfidence,
    /// Why, in words.
    pub comment: String,
    /// Who says it.
    pub recorded_by: Option<MemberId>,
    /// When.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = GoalCheckInId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
