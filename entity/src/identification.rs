//! That an anonymous person became known, and when: the newest row of a person counts.

use sea_orm::entity::prelude::*;

use crate::ids::{IdentificationId, MemberId, OrganizationId, PersonId};
use crate::kinds::IdentifiedBy;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That an anonymous person became known, and when: the newest row of a person counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identification")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentificationId,
    /// The person.
    pub person_id: PersonId,
    /// By what.
    pub how: IdentifiedBy,
    /// When they became known.
    pub occurred_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: Option<MemberId>,
    /// Since when it is known.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = IdentificationId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
