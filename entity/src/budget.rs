//! Money a resource may spend over some days, in all or on one tactic.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{BudgetId, MemberId, OrganizationId, TacticId};
use crate::kinds::CostOwner;
use crate::money::CurrencyCode;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Money a resource may spend over some days; a revision is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "budget")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BudgetId,
    /// Who may spend it.
    pub owner: CostOwner,
    /// The only tactic it is for; none where it is for everything the owner does.
    pub tactic_id: Option<TacticId>,
    /// First local day.
    pub first_on: NaiveDate,
    /// Last local day.
    pub last_on: NaiveDate,
    /// In minor units of the currency; never negative.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: CurrencyCode,
    /// Why, in words.
    pub note: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// The row this one takes the place of.
    pub supersedes_id: Option<BudgetId>,
    /// Whether this row only takes the earlier one back.
    pub retracted: bool,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = BudgetId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
