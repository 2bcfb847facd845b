//! Something in the figures that somebody should look at. It never changes.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{InsightId, OrganizationId};
use crate::kinds::{InsightKind, InsightSeverity};
use crate::money::CurrencyCode;
use crate::resource_set::ResourceSet;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Something in the figures that somebody should look at. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "insight")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InsightId,
    /// By which rule it was found.
    pub kind: InsightKind,
    /// How bad it is.
    pub severity: InsightSeverity,
    /// What it is known by; raised once for each severity.
    pub key: String,
    /// What it is about, as JSON.
    pub subject: String,
    /// Who is told; nobody in particular where it is for all.
    pub addressed_to: ResourceSet,
    /// The figures that say so, as JSON.
    pub figures: String,
    /// The currency of what was spent.
    pub currency: CurrencyCode,
    /// The first day of the period it was found in.
    pub period_from: NaiveDate,
    /// The day after the last one.
    pub period_to: NaiveDate,
    /// Where these are days.
    pub time_zone: String,
    /// What was known at this instant.
    pub as_of: Timestamp,
    /// The question that tells the figures again, as JSON.
    pub source: String,
    /// The question that tells what stands behind them, as JSON.
    pub evidence: String,
    /// The one whose place it takes: it has become worse before anybody took note.
    pub replaces_id: Option<InsightId>,
    /// When it was raised.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = InsightId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
