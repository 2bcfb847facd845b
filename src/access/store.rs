//! Queries on passwords, sign-ins, tickets, counts of failures and external identities.

use entity::ids::{AccessTicketId, ExternalIdentityId, MemberId, PasswordId, RefreshTokenId, SignInId, ThrottleId};
use entity::kinds::{RevokedBecause, ThrottleKind, TicketKind};
use entity::time::Timestamp;
use entity::{access_ticket, external_identity, member, password, refresh_token, sign_in, throttle};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter};

use super::wait::Count;
use crate::db::{TenantTx, TenantWrite};
use crate::error::Result;

/// A member, kept from changing until the transaction ends.
pub(super) async fn member_shared(tx: &TenantTx, id: MemberId) -> Result<Option<member::Model>> {
    tx.find::<member::Entity>().filter(member::Column::Id.eq(id)).shared().one().await
}

/// A member, held until the transaction ends.
pub(super) async fn member_locked(tx: &TenantTx, id: MemberId) -> Result<Option<member::Model>> {
    tx.find::<member::Entity>().filter(member::Column::Id.eq(id)).locked().one().await
}

/// The member with an address, in lower case.
pub(super) async fn member_by_email(tx: &TenantTx, email: &str) -> Result<Option<member::Model>> {
    tx.find::<member::Entity>().filter(member::Column::Email.eq(email)).one().await
}

/// The password of a member.
pub(super) async fn password_of(tx: &TenantTx, member: MemberId) -> Result<Option<password::Model>> {
    tx.find::<password::Entity>().filter(password::Column::MemberId.eq(member)).one().await
}

/// The password of a member, held until the transaction ends.
pub(super) async fn password_locked(tx: &TenantTx, member: MemberId) -> Result<Option<password::Model>> {
    tx.find::<password::Entity>().filter(password::Column::MemberId.eq(member)).locked().one().await
}

/// Writes the hash of a new password, in place of the old one where there is one.
pub(super) async fn keep_password(tx: &TenantWrite, id: PasswordId, member: MemberId, phc: String, now: Timestamp) -> Result<()> {
    match password_locked(tx, member).await? {
        Some(row) => {
            let changes =
                password::ActiveModel { phc: Set(phc), recorded_at: Set(now), version: Set(row.version + 1), ..Default::default() };
            tx.update::<password::Entity>(row.id, changes).await
        }
        None => {
            let organization_id = tx.organization_id();
            let row = password::Model { organization_id, id, member_id: member, phc, recorded_at: now, version: 1 };
            tx.insert::<password::Entity>(row).await.map(|_| ())
        }
    }
}

/// Writes the same password, hashed anew.
pub(super) async fn rehash(tx: &TenantWrite, row: &password::Model, phc: String) -> Result<()> {
    let changes = password::ActiveModel { phc: Set(phc), version: Set(row.version + 1), ..Default::default() };
    tx.update::<password::Entity>(row.id, changes).await
}

/// A sign-in, held until the transaction ends.
pub(super) async fn sign_in_locked(tx: &TenantTx, id: SignInId) -> Result<Option<sign_in::Model>> {
    tx.find::<sign_in::Entity>().filter(sign_in::Column::Id.eq(id)).locked().one().await
}

/// The sign-ins of a member that go on, held until the transaction ends.
pub(super) async fn live_sign_ins(tx: &TenantTx, member: MemberId, now: Timestamp) -> Result<Vec<sign_in::Model>> {
    let live = tx.find::<sign_in::Entity>().filter(sign_in::Column::MemberId.eq(member)).filter(sign_in::Column::ExpiresAt.gt(now));
    live.filter(sign_in::Column::RevokedAt.is_null()).locked().all().await
}

/// Writes that a sign-in was ended.
pub(super) async fn end(tx: &TenantWrite, row: &sign_in::Model, because: RevokedBecause, now: Timestamp) -> Result<()> {
    let changes = sign_in::ActiveModel {
        revoked_at: Set(Some(now)),
        revoked_because: Set(Some(because)),
        version: Set(row.version + 1),
        ..Default::default()
    };
    tx.update::<sign_in::Entity>(row.id, changes).await
}

/// The refresh token with a hash.
pub(super) async fn refresh_token(tx: &TenantTx, hash: &str) -> Result<Option<refresh_token::Model>> {
    tx.find::<refresh_token::Entity>().filter(refresh_token::Column::Hash.eq(hash)).one().await
}

/// Writes that a refresh token was used.
pub(super) async fn mark_used(tx: &TenantWrite, id: RefreshTokenId, now: Timestamp) -> Result<()> {
    let changes = refresh_token::ActiveModel { used_at: Set(Some(now)), version: Set(2), ..Default::default() };
    tx.update::<refresh_token::Entity>(id, changes).await
}

/// The ticket with a hash, held until the transaction ends.
pub(super) async fn ticket_locked(tx: &TenantTx, hash: &str) -> Result<Option<access_ticket::Model>> {
    tx.find::<access_ticket::Entity>().filter(access_ticket::Column::Hash.eq(hash)).locked().one().await
}

/// The ticket with a hash.
pub(super) async fn ticket(tx: &TenantTx, hash: &str) -> Result<Option<access_ticket::Model>> {
    tx.find::<access_ticket::Entity>().filter(access_ticket::Column::Hash.eq(hash)).one().await
}

/// Writes that the tickets of a member that are open can no longer be used.
pub(super) async fn close_tickets(tx: &TenantWrite, member: MemberId, now: Timestamp) -> Result<()> {
    let open = tx.find::<access_ticket::Entity>().filter(access_ticket::Column::MemberId.eq(member));
    for row in open.filter(access_ticket::Column::ClosedAt.is_null()).locked().all().await? {
        let changes = access_ticket::ActiveModel { closed_at: Set(Some(now)), version: Set(row.version + 1), ..Default::default() };
        tx.update::<access_ticket::Entity>(row.id, changes).await?;
    }
    Ok(())
}

/// A new ticket.
pub(super) async fn add_ticket(
    tx: &TenantWrite,
    id: AccessTicketId,
    member: MemberId,
    kind: TicketKind,
    hash: String,
    (recorded_at, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    let organization_id = tx.organization_id();
    let row =
        access_ticket::Model { organization_id, id, member_id: member, kind, hash, recorded_at, expires_at, closed_at: None, version: 1 };
    tx.insert::<access_ticket::Entity>(row).await.map(|_| ())
}

/// The count of failures for something, held until the transaction ends.
pub(super) async fn throttle_locked(tx: &TenantTx, kind: ThrottleKind, hash: &str) -> Result<Option<throttle::Model>> {
    let found = tx.find::<throttle::Entity>().filter(throttle::Column::Kind.eq(kind)).filter(throttle::Column::Hash.eq(hash));
    found.locked().one().await
}

/// What a row counts.
pub(super) fn count_of(row: Option<&throttle::Model>) -> Count {
    row.map_or(Count::NONE, |row| Count { failures: row.failures, counted_at: row.counted_at, blocked_until: row.blocked_until })
}

/// Writes a count of failures.
pub(super) async fn keep_count(
    tx: &TenantWrite,
    row: Option<&throttle::Model>,
    id: ThrottleId,
    (kind, hash): (ThrottleKind, &str),
    count: Count,
) -> Result<()> {
    let Count { failures, counted_at, blocked_until } = count;
    match row {
        Some(row) => {
            let changes = throttle::ActiveModel {
                failures: Set(failures),
                counted_at: Set(counted_at),
                blocked_until: Set(blocked_until),
                version: Set(row.version + 1),
                ..Default::default()
            };
            tx.update::<throttle::Entity>(row.id, changes).await
        }
        None => {
            let organization_id = tx.organization_id();
            let row = throttle::Model { organization_id, id, kind, hash: hash.to_owned(), failures, counted_at, blocked_until, version: 1 };
            tx.insert::<throttle::Entity>(row).await.map(|_| ())
        }
    }
}

/// Whom an identity provider means.
pub(super) async fn external_identity(tx: &TenantTx, issuer: &str, subject: &str) -> Result<Option<external_identity::Model>> {
    let found = tx.find::<external_identity::Entity>().filter(external_identity::Column::Issuer.eq(issuer));
    found.filter(external_identity::Column::Subject.eq(subject)).one().await
}

/// Whether a member is known to an identity provider.
pub(super) async fn has_external_identity(tx: &TenantTx, member: MemberId) -> Result<bool> {
    Ok(tx.find::<external_identity::Entity>().filter(external_identity::Column::MemberId.eq(member)).one().await?.is_some())
}

/// Links a member to an identity provider.
pub(super) async fn link(
    tx: &TenantWrite,
    id: ExternalIdentityId,
    member_id: MemberId,
    (issuer, subject): (&str, &str),
    recorded_at: Timestamp,
) -> Result<()> {
    let organization_id = tx.organization_id();
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    tx.insert::<external_identity::Entity>(external_identity::Model { organization_id, id, member_id, issuer, subject, recorded_at })
        .await
        .map(|_| ())
}
