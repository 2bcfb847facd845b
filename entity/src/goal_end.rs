//! That a goal is pursued no longer.

use sea_orm::entity::prelude::*;

use crate::ids::{GoalEndId, GoalId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a goal is pursued no longer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal_end")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoalEndId,
    /// The goal.
    pub goal_id: GoalId,
    /// Why, in words.
    pub reason: String,
    /// Who says so.
    pub recorded_by: Option<MemberId>,
    /// When.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = GoalEndId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
