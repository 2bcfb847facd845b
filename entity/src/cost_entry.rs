//! Money a resource spent over some days; a correction is a new row.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{CostEntryId, MemberId, OrganizationId, TacticId, TeamId};
use crate::kinds::{Channel, CostCategory, CostOwner};
use crate::money::CurrencyCode;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Money a resource spent over some days; a correction is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cost_entry")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CostEntryId,
    /// Who bears it.
    pub owner: CostOwner,
    /// What it was spent on.
    pub category: CostCategory,
    /// In minor units of the currency; never negative.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: CurrencyCode,
    /// First local day it covers.
    pub first_on: NaiveDate,
    /// Last local day it covers.
    pub last_on: NaiveDate,
    /// The tactic it was spent on.
    pub tactic_id: Option<TacticId>,
    /// The team that spent it.
    pub team_id: Option<TeamId>,
    /// The channel it was spent on.
    pub channel: Option<Channel>,
    /// What for, in words.
    pub note: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// The row this one corrects.
    pub supersedes_id: Option<CostEntryId>,
    /// Whether this row only takes the corrected one back.
    pub retracted: bool,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// How many people it pays; none where it is not said.
    pub people: Option<i32>,
    /// Whether this row is a correction that its system told; one made by hand stays until the system tells something else.
    pub told_by_books: bool,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = CostEntryId;

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
