//! Whether somebody looks for insights in an organization now, and when that was done last: one row, so that one process does at a time.

use sea_orm::entity::prelude::*;

use crate::ids::{InsightSearchId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// Whether somebody looks for insights in an organization now, and when that was done last: one row, so that one process does at a time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "insight_search")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InsightSearchId,
    /// Since when somebody does; none while nobody does.
    pub started_at: Option<Timestamp>,
    /// When it was done last.
    pub finished_at: Option<Timestamp>,
    /// Rises with every change.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = InsightSearchId;

    // It tells of no business, and changes every day.
    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
