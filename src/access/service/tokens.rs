//! The pair of tokens of a sign-in.

use entity::ids::{MemberId, OrganizationId, RefreshTokenId, SignInId, TypedId};
use entity::time::Timestamp;
use entity::{refresh_token, sign_in};

use crate::auth::Scope;
use crate::auth::permission::grant::CredentialManage;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::token::{Claims, MAX_LIFE_SECONDS};
use crate::db::TenantWrite;
use crate::error::Result;

const SECOND: i64 = 1_000_000;

/// How long a refresh token lives unused, in seconds.
const IDLE_SECONDS: i64 = 7 * 24 * 3_600;

/// How long a sign-in lives however often it is refreshed, in seconds.
const ABSOLUTE_SECONDS: i64 = 30 * 24 * 3_600;

/// What a member holds after signing in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who signed in.
    pub member_id: MemberId,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// When the access token dies.
    pub access_expires_at: Timestamp,
    /// Good for one refresh.
    pub refresh_token: String,
    /// When the refresh token dies if it is not used.
    pub refresh_expires_at: Timestamp,
    /// When the member has to sign in again.
    pub session_expires_at: Timestamp,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SignedIn").field("member_id", &self.member_id).finish_non_exhaustive()
    }
}

/// Whose door a refresh token opens; `None` where it is none.
#[must_use]
pub fn door_of_refresh_token(text: &str) -> Option<OrganizationId> {
    Secret::parse(Purpose::Refresh, text).map(|secret| secret.organization_id)
}

/// Whose door a ticket opens; `None` where it is none.
#[must_use]
pub fn door_of_ticket(text: &str) -> Option<OrganizationId> {
    Secret::parse(Purpose::Ticket, text).map(|secret| secret.organization_id)
}

/// Begins a sign-in.
pub(super) async fn begin(tx: &TenantWrite, scope: &Scope<CredentialManage>, member_id: MemberId) -> Result<SignedIn> {
    let (organization_id, now) = (scope.organization_id(), scope.now());
    tx.acts_for(member_id);
    let row = tx
        .insert::<sign_in::Entity>(sign_in::Model {
            organization_id,
            id: scope.next_id(),
            member_id,
            recorded_at: now,
            expires_at: now.saturating_add_micros(ABSOLUTE_SECONDS * SECOND),
            revoked_at: None,
            revoked_because: None,
            version: 1,
        })
        .await?;
    give_refresh_token(tx, scope, &row, &Secret::new(Purpose::Refresh, organization_id)?).await
}

/// Stores a refresh token of a sign-in and gives it out with an access token.
pub(super) async fn give_refresh_token(
    tx: &TenantWrite,
    scope: &Scope<CredentialManage>,
    sign_in: &sign_in::Model,
    secret: &Secret,
) -> Result<SignedIn> {
    let now = scope.now();
    let row = tx
        .insert::<refresh_token::Entity>(refresh_token::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id::<RefreshTokenId>(),
            sign_in_id: sign_in.id,
            hash: secret.hash(),
            recorded_at: now,
            expires_at: now.saturating_add_micros(IDLE_SECONDS * SECOND).min(sign_in.expires_at),
            used_at: None,
            version: 1,
        })
        .await?;
    give(scope, sign_in, secret, row.expires_at)
}

/// Gives a refresh token that is stored out with a new access token.
pub(super) fn give(
    scope: &Scope<CredentialManage>,
    sign_in: &sign_in::Model,
    secret: &Secret,
    refresh_expires_at: Timestamp,
) -> Result<SignedIn> {
    let now = scope.now();
    let claims = Claims::of_member(scope.organization_id(), sign_in.member_id, Some(sign_in.id));
    // No longer than the sign-in itself.
    let left = (sign_in.expires_at.micros() - now.micros()) / SECOND;
    let life = MAX_LIFE_SECONDS.min(left);
    let token_id = scope.next_id::<SignInId>().uuid().to_string();
    Ok(SignedIn {
        member_id: sign_in.member_id,
        access_token: scope.keys().sign(claims, now, life, token_id)?,
        access_expires_at: now.saturating_add_micros(life * SECOND),
        refresh_token: secret.text(),
        refresh_expires_at,
        session_expires_at: sign_in.expires_at,
    })
}
