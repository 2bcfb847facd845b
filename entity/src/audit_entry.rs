//! What somebody did, or was denied.

use sea_orm::entity::prelude::*;

use crate::ids::{ApiClientId, AuditEntryId, MemberId, OrganizationId};
use crate::kinds::AuditOutcome;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What somebody did, or was denied.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// Its place in the chain of the organization, from 1 and without a gap.
    pub sequence: i64,
    /// The member who did it; none for API clients and background work.
    pub member_id: Option<MemberId>,
    /// The member they acted for.
    pub on_behalf_of: Option<MemberId>,
    /// Background work and the operator's command line, by name.
    pub system: Option<String>,
    /// The mutation, or the command.
    pub action: String,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// The request it came with.
    pub request_id: Option<String>,
    /// What changed, as JSON.
    pub detail: String,
    /// The hash of the entry before; empty for the first.
    pub previous_hash: String,
    /// SHA-256 of all of the above.
    pub hash: String,
    /// When.
    pub recorded_at: Timestamp,
    /// The API client that did it.
    pub client_id: Option<ApiClientId>,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AuditEntryId;

    const AUDITED: bool = false;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
