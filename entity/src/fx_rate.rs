//! What one currency was worth in another one on a day, as one said; what is said later is a new version.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{FxRateId, MemberId, OrganizationId};
use crate::money::CurrencyCode;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What one currency was worth in another one on a day, as one said; what is said later is a new version.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fx_rate")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FxRateId,
    /// The currency that is converted.
    pub base: CurrencyCode,
    /// The currency it is converted into.
    pub quote: CurrencyCode,
    /// The day it holds for.
    pub day: NaiveDate,
    /// From 1, for each pair and day.
    pub rate_version: i32,
    /// The digits of how much of the quote a unit of the base is.
    pub mantissa: i64,
    /// How many of them stand after the point.
    pub scale: i16,
    /// Whether it is the rate of the day before, for want of one of its own.
    pub carried: bool,
    /// Who publishes it.
    pub publisher: String,
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
    type Id = FxRateId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
