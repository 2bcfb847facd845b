//! That something was recorded or changed, for those who wait for it.

use sea_orm::entity::prelude::*;

use crate::ids::{EventId, OrganizationId};
use crate::kinds::EventTopic;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That something was recorded or changed, for those who wait for it. It says that much and no more: what it was is read by whoever
/// hears of it, with their own rights.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// Its number in the organization: without a gap, and in the order in which changes came to last.
    pub sequence: i64,
    /// What it is about.
    pub topic: EventTopic,
    /// The object, where each is told of.
    pub object_id: Option<Uuid>,
    /// How many rows.
    pub row_count: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = EventId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
