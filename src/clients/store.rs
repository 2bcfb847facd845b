//! Queries on API clients and their secrets.

use entity::ids::{ApiClientId, ClientSecretId, TypedId};
use entity::time::Timestamp;
use entity::{api_client, client_secret};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

impl Sorted for api_client::Entity {
    fn sort_column() -> Option<api_client::Column> {
        None
    }

    fn cursor(row: &api_client::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// All clients.
pub(super) fn clients(tx: &TenantTx) -> Scoped<'_, api_client::Entity> {
    tx.find::<api_client::Entity>()
}

/// A client, held until the transaction ends.
pub(super) async fn client_locked(tx: &TenantTx, id: ApiClientId) -> Result<Option<api_client::Model>> {
    tx.find::<api_client::Entity>().filter(api_client::Column::Id.eq(id)).locked().one().await
}

/// Writes what may change about a client.
pub(super) async fn keep_client(tx: &TenantWrite, row: &api_client::Model) -> Result<()> {
    let changes = api_client::ActiveModel {
        name: Set(row.name.clone()),
        grants: Set(row.grants.clone()),
        fields: Set(row.fields.clone()),
        source: Set(row.source.clone()),
        expires_at: Set(row.expires_at),
        revoked_at: Set(row.revoked_at),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<api_client::Entity>(row.id, changes).await
}

/// The secret with a hash.
pub(super) async fn secret_by_hash(tx: &TenantTx, hash: &str) -> Result<Option<client_secret::Model>> {
    tx.find::<client_secret::Entity>().filter(client_secret::Column::Hash.eq(hash)).one().await
}

/// The secrets of some clients, latest first.
pub(super) async fn secrets_of(tx: &TenantTx, clients: &[ApiClientId]) -> Result<Vec<client_secret::Model>> {
    let secrets = tx.find::<client_secret::Entity>().filter(client_secret::Column::ClientId.is_in(clients.iter().copied()));
    secrets.order_by_desc(client_secret::Column::Id).all().await
}

/// The secrets of a client that go on, held until the transaction ends.
pub(super) async fn live_secrets(tx: &TenantTx, client: ApiClientId, now: Timestamp) -> Result<Vec<client_secret::Model>> {
    use client_secret::Column;
    let live = tx.find::<client_secret::Entity>().filter(Column::ClientId.eq(client)).filter(Column::RevokedAt.is_null());
    live.filter(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now))).locked().all().await
}

/// Writes when a secret ends.
pub(super) async fn end_secret(tx: &TenantWrite, row: &client_secret::Model, at: Timestamp) -> Result<()> {
    let changes = client_secret::ActiveModel { expires_at: Set(Some(at)), version: Set(row.version + 1), ..Default::default() };
    tx.update::<client_secret::Entity>(row.id, changes).await
}

/// Writes that a secret was ended.
pub(super) async fn revoke_secret(tx: &TenantWrite, row: &client_secret::Model, now: Timestamp) -> Result<()> {
    let changes = client_secret::ActiveModel { revoked_at: Set(Some(now)), version: Set(row.version + 1), ..Default::default() };
    tx.update::<client_secret::Entity>(row.id, changes).await
}

/// Writes when a secret was used.
pub(super) async fn mark_used(tx: &TenantWrite, id: ClientSecretId, now: Timestamp) -> Result<()> {
    let changes = client_secret::ActiveModel { last_used_at: Set(Some(now)), ..Default::default() };
    tx.update::<client_secret::Entity>(id, changes).await
}
