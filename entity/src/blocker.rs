//! What keeps a buyer from deciding.

use sea_orm::entity::prelude::*;

use crate::ids::{BlockerId, MemberId, OpportunityId, OrganizationId};
use crate::kinds::{BlockerKind, BlockerSide};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What keeps a buyer from deciding.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocker")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockerId,
    /// What they do not decide on.
    pub opportunity_id: OpportunityId,
    /// What it is.
    pub kind: BlockerKind,
    /// Whose it is.
    pub side: BlockerSide,
    /// Since when it is known.
    pub raised_at: Timestamp,
    /// More about it, in words.
    pub note: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = BlockerId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Note)
    }
}
