//! The tenant: one company and its settings.

use sea_orm::entity::prelude::*;

use crate::ids::OrganizationId;
use crate::kinds::WeekStart;
use crate::money::CurrencyCode;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// The tenant: one company and its settings.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// The currency of every total; fixed once money is recorded.
    pub base_currency: CurrencyCode,
    /// IANA zone of its local days.
    pub timezone: String,
    /// The day its weeks begin with.
    pub week_start: WeekStart,
    /// 1 to 12.
    pub fiscal_year_start_month: i16,
    /// Days in which a cancellation counts as a refund.
    pub refund_window_days: i16,
    /// When it was created.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = OrganizationId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::OrganizationId
    }
}

impl Mutable for Entity {}
