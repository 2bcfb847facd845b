//! The hours of a business calendar from a version on.

use sea_orm::entity::prelude::*;

use crate::business_hours::{SpecialDays, WeekHours};
use crate::ids::{BusinessCalendarId, CalendarVersionId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The hours of a business calendar from a version on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_version")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarVersionId,
    /// The calendar.
    pub calendar_id: BusinessCalendarId,
    /// From 1.
    pub calendar_version: i32,
    /// Where the days are days: an IANA zone.
    pub time_zone: String,
    /// The hours of each weekday.
    pub week: WeekHours,
    /// Holidays, and days with other hours.
    pub special_days: SpecialDays,
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
    type Id = CalendarVersionId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
