//! That one person or account is another one; the end of it is a row of its own.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, IdentityPointerId, MemberId, OrganizationId, PersonId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// That one person or account is another one; the end of it is a row of its own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_pointer")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityPointerId,
    /// The person who is somebody else.
    pub from_person_id: Option<PersonId>,
    /// Who that is.
    pub to_person_id: Option<PersonId>,
    /// The account that is another one.
    pub from_account_id: Option<AccountId>,
    /// Which that is.
    pub to_account_id: Option<AccountId>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who said so.
    pub recorded_by: Option<MemberId>,
    /// Since when it is known.
    pub recorded_at: Timestamp,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = IdentityPointerId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Reason)
    }
}
