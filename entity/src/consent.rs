//! What a buyer allowed or no longer allows; each decision is a new row.

use sea_orm::entity::prelude::*;

use crate::ids::{ConsentId, MemberId, OrganizationId, PersonId};
use crate::kinds::{ConsentDecision, ConsentPurpose};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What a buyer allowed or no longer allows; each decision is a new row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    /// The buyer.
    pub person_id: PersonId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// Granted or withdrawn.
    pub decision: ConsentDecision,
    /// When the buyer decided; the latest decision counts.
    pub occurred_at: Timestamp,
    /// What shows that they did, in words; empty once they are erased.
    pub evidence: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ConsentId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
