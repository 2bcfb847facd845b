//! A campaign, programme or play, owned by one resource.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, TacticId, TeamId};
use crate::kinds::{Channel, Resource};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A campaign, programme or play, owned by one resource.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tactic")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TacticId,
    /// What it is called.
    pub name: String,
    /// Who owns it; fixed once it has costs or touches.
    pub resource: Resource,
    /// Where it mostly happens.
    pub channel: Channel,
    /// The team that runs it.
    pub team_id: Option<TeamId>,
    /// The member who runs it.
    pub owner_id: Option<MemberId>,
    /// First local day.
    pub starts_on: Option<NaiveDate>,
    /// Last local day.
    pub ends_on: Option<NaiveDate>,
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
    type Id = TacticId;

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
