//! A buyer whom one resource offers to another; what becomes of it stands in its events.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AgreementVersionId, HandoffId, MemberId, OrganizationId, PersonId, TacticId};
use crate::kinds::Resource;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// A buyer whom one resource offers to another; what becomes of it stands in its events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "handoff")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HandoffId,
    /// The version of the agreement under which it is offered.
    pub version_id: AgreementVersionId,
    /// Who offers.
    pub from_resource: Resource,
    /// Who receives.
    pub to_resource: Resource,
    /// The person, where one is named.
    pub person_id: Option<PersonId>,
    /// The account, where one is named.
    pub account_id: Option<AccountId>,
    /// The tactic that brought them.
    pub tactic_id: Option<TacticId>,
    /// Whether it is above what the receiving side agreed to take.
    pub over_delivery: bool,
    /// When it was offered.
    pub offered_at: Timestamp,
    /// Until when an answer is awaited; none where the calendar has no more hours.
    pub answer_due_at: Option<Timestamp>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
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
    type Id = HandoffId;

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
