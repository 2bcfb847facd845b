//! What somebody plans to do with a buyer; what becomes of it stands in its events.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ActivityId, MemberId, OpportunityId, OrganizationId, PersonId};
use crate::kinds::{ActivityKind, Direction};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What somebody plans to do with a buyer; what becomes of it stands in its events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActivityId,
    /// What is to be done.
    pub kind: ActivityKind,
    /// More about it, in words; empty once whoever it is about was erased.
    pub subject: String,
    /// The person, where one is named.
    pub person_id: Option<PersonId>,
    /// The account, where one is named; that of the opportunity, where only that is.
    pub account_id: Option<AccountId>,
    /// The opportunity, where one is named.
    pub opportunity_id: Option<OpportunityId>,
    /// Who begins it.
    pub direction: Direction,
    /// The activity it follows up.
    pub follows_id: Option<ActivityId>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// Who planned it.
    pub recorded_by: Option<MemberId>,
    /// When it was planned.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ActivityId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Subject)
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }
}
