//! Where the chain of audit entries ends, and the sequence of events with it: whoever holds it is the only one who ends.

use sea_orm::entity::prelude::*;

use crate::ids::{AuditHeadId, OrganizationId};
use crate::tenant::TenantEntity;

/// Where the chain of audit entries ends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditHeadId,
    /// The number of the last entry.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
    /// The number of the last [`event`](crate::event).
    pub event_sequence: i64,
    /// The number up to which events are not kept any more.
    pub pruned_sequence: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AuditHeadId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
