//! A secret of an API client.

use sea_orm::entity::prelude::*;

use crate::ids::{ApiClientId, ClientSecretId, OrganizationId};
use crate::tenant::{Mutable, TenantEntity};
use crate::time::Timestamp;

/// A secret of an API client. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secret")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClientSecretId,
    /// Whose it is.
    pub client_id: ApiClientId,
    /// SHA-256 of the secret.
    pub hash: String,
    /// How the secret begins and ends, to know it by.
    pub hint: String,
    /// When it was made.
    pub recorded_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// No relations: the composite foreign keys stand in the schema, and stores join by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantEntity for Entity {
    type Id = ClientSecretId;

    const OF_ACCESS: bool = true;

    fn organization_column() -> Column {
        Column::OrganizationId
    }

    fn id_column() -> Column {
        Column::Id
    }

    fn confidential(column: Column) -> bool {
        matches!(column, Column::Hash)
    }

    fn incidental(column: Column) -> bool {
        matches!(column, Column::LastUsedAt)
    }
}

impl Mutable for Entity {}
