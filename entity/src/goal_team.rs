//! A team that answers for a goal.

use sea_orm::entity::prelude::*;

use crate::ids::{GoalId, GoalTeamId, OrganizationId, TeamId};
use crate::tenant::TenantEntity;

/// A team that answers for a goal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal_team")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoalTeamId,
    /// The goal.
    pub goal_id: GoalId,
    /// The team.
    pub team_id: TeamId,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = GoalTeamId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
