//! What entries into one stage of a version of a pipeline have to meet.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, StageId, StageRuleId};
use crate::kinds::StageRuleKind;
use crate::tenant::TenantEntity;

/// What entries into one stage of a version of a pipeline have to meet.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stage_rule")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StageRuleId,
    /// The stage entered.
    pub stage_id: StageId,
    /// What they have to meet.
    pub kind: StageRuleKind,
    /// One of the stages they may come from, where the rule names them; a row for each.
    pub from_stage_id: Option<StageId>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = StageRuleId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
