//! One entry of a person or account into a stage; a correction is a new row.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MemberId, OrganizationId, PersonId, PipelineId, StageEventId, StageId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// One entry of a person or account into a stage; a correction is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stage_event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StageEventId,
    /// The pipeline version.
    pub pipeline_id: PipelineId,
    /// The stage entered.
    pub stage_id: StageId,
    /// The stage left, where the subject was in one.
    pub from_stage_id: Option<StageId>,
    /// The subject, if a person.
    pub person_id: Option<PersonId>,
    /// The subject, if an account.
    pub account_id: Option<AccountId>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Whether it lies before what had already happened.
    pub backdated: bool,
    /// Why, for a regress or a side stage.
    pub reason: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// The row this one corrects.
    pub supersedes_id: Option<StageEventId>,
    /// Whether this row only takes the corrected one back.
    pub retracted: bool,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = StageEventId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }
}
