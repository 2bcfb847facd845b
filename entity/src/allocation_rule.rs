//! How shared cost is split from a day on; on each day the rule recorded last counts.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{AllocationRuleId, OrganizationId};
use crate::kinds::AllocationMethod;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// How shared cost is split from a day on; on each day the rule recorded last counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "allocation_rule")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AllocationRuleId,
    /// First local day.
    pub first_on: NaiveDate,
    /// Last local day; none while open.
    pub last_on: Option<NaiveDate>,
    /// Equal or fixed.
    pub method: AllocationMethod,
    /// Share of SALES.
    pub sales_bp: i32,
    /// Share of MARKETING.
    pub marketing_bp: i32,
    /// Share of PRODUCT.
    pub product_bp: i32,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AllocationRuleId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
