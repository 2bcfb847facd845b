//! That the books of a month are locked. What opens it again takes the place of the lock.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

use crate::ids::{MemberId, OrganizationId, PeriodLockId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That the books of a month are locked. What opens it again takes the place of the lock.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "period_lock")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PeriodLockId,
    /// The first local day of the month.
    pub month: NaiveDate,
    /// Why, in words.
    pub reason: String,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// The lock this row ends.
    pub supersedes_id: Option<PeriodLockId>,
    /// Whether this row only ends a lock.
    pub retracted: bool,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = PeriodLockId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
