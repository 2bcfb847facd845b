//! One interaction of a person or account; a correction is a new row.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ContentId, OrganizationId, PersonId, TacticId, TouchId};
use crate::kinds::{ActorKind, Channel, Direction, Resource, TouchKind};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// One interaction of a person or account; a correction is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "touch")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TouchId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: TouchKind,
    /// Where.
    pub channel: Channel,
    /// Who acted.
    pub actor_kind: ActorKind,
    /// The resource it belongs to.
    pub resource: Resource,
    /// Who began it.
    pub direction: Option<Direction>,
    /// The tactic it is part of.
    pub tactic_id: Option<TacticId>,
    /// The content that was used.
    pub content_id: Option<ContentId>,
    /// The person, where one is known.
    pub person_id: Option<PersonId>,
    /// The account, where one is known.
    pub account_id: Option<AccountId>,
    /// The row this one corrects.
    pub supersedes_id: Option<TouchId>,
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
    type Id = TouchId;

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
