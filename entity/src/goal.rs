//! What is to be reached in a period.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{CalendarVersionId, GoalId, MemberId, OrganizationId};
use crate::kinds::{GoalCurve, GoalDirection};
use crate::resource_set::ResourceSet;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What is to be reached in a period.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "goal")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoalId,
    /// What it is called.
    pub name: String,
    /// Why, in words.
    pub description: Option<String>,
    /// The metric that tells the actual.
    pub metric_key: String,
    /// The version of its formula when the goal was set.
    pub metric_version: i32,
    /// What the metric is told, as JSON.
    pub metric_args: String,
    /// The resources that answer for it.
    pub owners: ResourceSet,
    /// First local day.
    pub from_on: NaiveDate,
    /// The day after the last one.
    pub to_on: NaiveDate,
    /// Where days begin and end: IANA.
    pub time_zone: String,
    /// Whether more is better.
    pub direction: GoalDirection,
    /// How much is expected by when.
    pub curve: GoalCurve,
    /// By which hours days are business days; Monday to Friday where none is named.
    pub calendar_version_id: Option<CalendarVersionId>,
    /// SEASONAL: the basis points of the calendar months of the period, with commas between.
    pub weights: Option<String>,
    /// The goal it serves.
    pub parent_id: Option<GoalId>,
    /// Who set it.
    pub recorded_by: Option<MemberId>,
    /// When.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = GoalId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
