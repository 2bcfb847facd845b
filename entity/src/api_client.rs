//! An integration that calls as itself.

use sea_orm::entity::prelude::*;

use crate::ids::{ApiClientId, MemberId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// An integration that calls as itself, within the rights of the member who answers for it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiClientId,
    /// What it is called; unique.
    pub name: String,
    /// The member who made it and answers for it: it never may more than they may.
    pub member_id: MemberId,
    /// The permissions it was given and how far each goes, as JSON.
    pub grants: String,
    /// The fields it may ask for and fill in, as JSON; all of them where there is none.
    pub fields: Option<String>,
    /// The only system whose objects it may record and change.
    pub source: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ApiClientId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}

impl Mutable for Entity {}
