//! That a buyer was erased: the row that keeps them from coming back.

use sea_orm::entity::prelude::*;

use crate::ids::{ErasureId, MemberId, OrganizationId, PersonId};
use crate::kinds::ErasureReason;
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That a buyer was erased: the row that keeps them from coming back.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ErasureId,
    /// The anonymous subject that is left; erased once.
    pub person_id: PersonId,
    /// Why. One of a few: words might name the buyer again.
    pub reason: Option<ErasureReason>,
    /// Who did it.
    pub recorded_by: Option<MemberId>,
    /// When.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ErasureId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
