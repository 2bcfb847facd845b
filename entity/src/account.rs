//! A buying company.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MemberId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A buying company.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// Its internet domain, lower case.
    pub domain: Option<String>,
    /// When it became a customer; written by account generation only.
    pub generated_at: Option<Timestamp>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// What a search looks through: name and domain in lower case. The engines lower letters differently.
    pub search_key: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = AccountId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }
}

impl Mutable for Entity {}
