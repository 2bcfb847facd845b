//! The version of a rate by which a close or a cost entry is converted; pinned once, for good.

use sea_orm::entity::prelude::*;

use crate::ids::{CloseId, CostEntryId, FxConversionId, FxRateId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// The version of a rate by which a close or a cost entry is converted; pinned once, for good.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fx_conversion")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FxConversionId,
    /// The close; just one of this and the cost entry.
    pub close_id: Option<CloseId>,
    /// The cost entry.
    pub cost_entry_id: Option<CostEntryId>,
    /// The rate.
    pub rate_id: FxRateId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = FxConversionId;

    /// It follows from the rows and the rates, which the log tells of.
    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
