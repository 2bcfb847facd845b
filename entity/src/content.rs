//! A piece of content or a play, owned by one resource.

use sea_orm::entity::prelude::*;

use crate::ids::{ContentId, MemberId, OrganizationId};
use crate::kinds::{ContentKind, Resource};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A piece of content or a play, owned by one resource.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "content")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContentId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: ContentKind,
    /// Who owns it.
    pub resource: Resource,
    /// Where it is.
    pub url: Option<String>,
    /// Whom it is for.
    pub audience: Option<String>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// Since when it is no longer used.
    pub retired_at: Option<Timestamp>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ContentId;

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

impl Mutable for Entity {}
