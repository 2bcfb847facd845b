//! Which company a person buys for: the newest row of a person counts.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AffiliationId, MemberId, OrganizationId, PersonId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// Which company a person buys for: the newest row of a person counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "affiliation")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AffiliationId,
    /// The person.
    pub person_id: PersonId,
    /// The company; none if they buy for none any more.
    pub account_id: Option<AccountId>,
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
    type Id = AffiliationId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
