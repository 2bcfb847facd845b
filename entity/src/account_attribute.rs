//! What is said of an account under a key; what is said later takes its place.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountAttributeId, AccountId, MemberId, OrganizationId};
use crate::tenant::TenantEntity;
use crate::time::Timestamp;

/// What is said of an account under a key; what is said later takes its place.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_attribute")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountAttributeId,
    /// The account.
    pub account_id: AccountId,
    /// What it is about, in upper case.
    pub key: String,
    /// What is said; empty where it is not known.
    pub value: Option<String>,
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
    type Id = AccountAttributeId;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }
}
