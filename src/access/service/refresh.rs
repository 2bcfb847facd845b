//! Going on with a sign-in: each refresh token is used once and gives the next.

use entity::kinds::RevokedBecause;
use entity::sign_in;
use entity::time::Timestamp;

use super::refusal::{self, With};
use super::tokens::{self, SignedIn};
use crate::access::store;
use crate::auth::Scope;
use crate::auth::permission::grant::CredentialManage;
use crate::auth::secret::{Purpose, Secret};
use crate::error::{Error, ProblemCode, Result};

/// How long after its use a refresh token gives the same successor again, in microseconds.
const GRACE_MICROS: i64 = 10 * 1_000_000;

/// Exchanges a refresh token for the next one.
///
/// # Errors
/// `INVALID_TOKEN`, whatever the reason. Where the token was used before, the sign-in is over.
pub async fn refresh_session(scope: &Scope<CredentialManage>, token: &str) -> Result<SignedIn> {
    let secret = Secret::parse(Purpose::Refresh, token).filter(|secret| secret.organization_id == scope.organization_id());
    let secret = secret.ok_or_else(refused)?;
    let result = exchange(scope, &secret).await;
    refusal::told(scope, "refreshToken", With::Refresh(secret.hash()), result)
}

async fn exchange(scope: &Scope<CredentialManage>, secret: &Secret) -> Result<SignedIn> {
    let (hash, now) = (secret.hash(), scope.now());
    let tx = scope.write().await?;
    let found = store::refresh_token(&tx, &hash).await?.ok_or_else(refused)?;
    let sign_in = tx.get::<sign_in::Entity>(found.sign_in_id).await?.ok_or_else(refused)?;
    // The member before the sign-in, as whoever sends the member away does: they never wait for each other.
    let member = store::member_shared(&tx, sign_in.member_id).await?;
    let sign_in = store::sign_in_locked(&tx, sign_in.id).await?.ok_or_else(refused)?;
    // As it is now that nobody else can use it.
    let found = store::refresh_token(&tx, &hash).await?.ok_or_else(refused)?;
    if sign_in.revoked_at.is_some() || now >= sign_in.expires_at || !member.is_some_and(|member| member.active) {
        return Err(refused());
    }
    let next = Secret::from_bytes(Purpose::Refresh, scope.organization_id(), scope.keys().successor(&secret.bytes)?);
    match found.used_at {
        None if now >= found.expires_at => Err(refused()),
        None => {
            store::mark_used(&tx, found.id, now).await?;
            let signed_in = tokens::give_refresh_token(&tx, scope, &sign_in, &next).await?;
            tx.commit().await?;
            Ok(signed_in)
        }
        Some(used) if within_grace(used, now) => {
            // The signing key may have been replaced meanwhile; then the successor is another one, and unknown.
            let given = store::refresh_token(&tx, &next.hash()).await?.filter(|given| given.used_at.is_none()).ok_or_else(refused)?;
            tokens::give(scope, &sign_in, &next, given.expires_at)
        }
        Some(_) => {
            store::end(&tx, &sign_in, RevokedBecause::Replayed, now).await?;
            tx.commit().await?;
            tracing::warn!(sign_in = %sign_in.id, member = %sign_in.member_id, "a refresh token was used twice; its sign-in was ended");
            Err(refused())
        }
    }
}

const fn within_grace(used: Timestamp, now: Timestamp) -> bool {
    now.micros().saturating_sub(used.micros()) < GRACE_MICROS
}

fn refused() -> Error {
    Error::invalid("refreshToken", ProblemCode::InvalidToken, "sign in again")
}
