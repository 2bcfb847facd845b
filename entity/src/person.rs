//! A buyer, anonymous or known.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, MemberId, OrganizationId, PersonId};
use crate::kinds::PersonKind;
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A buyer, anonymous or known.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// Whether they told us who they are.
    pub kind: PersonKind,
    /// Contact data.
    pub name: Option<String>,
    /// Contact data, lower case.
    pub email: Option<String>,
    /// The company they buy for.
    pub account_id: Option<AccountId>,
    /// When they became known.
    pub known_at: Option<Timestamp>,
    /// The member who looks after them.
    pub owner_id: Option<MemberId>,
    /// The system that named it.
    pub source: Option<String>,
    /// Its name there; unique per source.
    pub external_id: Option<String>,
    /// What a search looks through: name and address in lower case. The engines lower letters differently.
    pub search_key: String,
    /// When everything that says who they are was erased. What is left is an anonymous subject: that they were known, and
    /// since when, stays true of it.
    pub erased_at: Option<Timestamp>,
    /// When they were recorded.
    pub recorded_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = PersonId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn namespace_column() -> Option<Column> {
        Some(Column::Source)
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Name | Column::Email | Column::SearchKey | Column::ExternalId)
    }
}

impl Mutable for Entity {}
