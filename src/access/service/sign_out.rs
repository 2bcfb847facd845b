//! Ending sign-ins.

use entity::ids::{MemberId, SignInId};
use entity::kinds::RevokedBecause;
use entity::sign_in;
use entity::time::Timestamp;

use crate::access::store;
use crate::auth::Scope;
use crate::auth::permission::grant::SessionOwn;
use crate::auth::secret::{Purpose, Secret};
use crate::db::TenantWrite;
use crate::error::{Error, ProblemCode, Result};

/// Ends a sign-in of the caller: that of a refresh token, or else that of the access token. `false` where there is none
/// to end: it was ended before, or the operator or an identity provider made the access token.
///
/// # Errors
/// `INVALID_TOKEN` where the refresh token is none of the caller's.
pub async fn sign_out(scope: &Scope<SessionOwn>, refresh_token: Option<&str>) -> Result<bool> {
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    let tx = scope.write().await?;
    let named = match refresh_token {
        None => scope.sign_in_id(),
        Some(token) => Some(sign_in_of(&tx, token, member).await?),
    };
    let Some(id) = named else { return Ok(false) };
    let live = store::sign_in_locked(&tx, id).await?.filter(|row| row.revoked_at.is_none());
    let Some(sign_in) = live else { return Ok(false) };
    store::end(&tx, &sign_in, RevokedBecause::SignedOut, scope.now()).await?;
    tx.commit().await?;
    Ok(true)
}

async fn sign_in_of(tx: &TenantWrite, token: &str, member: MemberId) -> Result<SignInId> {
    let refused = || Error::invalid("refreshToken", ProblemCode::InvalidToken, "is no token of yours");
    let secret = Secret::parse(Purpose::Refresh, token).ok_or_else(refused)?;
    let found = store::refresh_token(tx, &secret.hash()).await?.ok_or_else(refused)?;
    let sign_in = tx.get::<sign_in::Entity>(found.sign_in_id).await?.filter(|row| row.member_id == member);
    sign_in.map(|row| row.id).ok_or_else(refused)
}

/// Ends every sign-in of the caller, or every one but that of the access token. Says how many.
///
/// # Errors
/// What the database says.
pub async fn sign_out_everywhere(scope: &Scope<SessionOwn>, but_here: bool) -> Result<usize> {
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    let but = scope.sign_in_id().filter(|_| but_here);
    let tx = scope.write().await?;
    let ended = end_sign_ins(&tx, member, but, RevokedBecause::SignedOut, scope.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends the sign-ins of a member but one, within a transaction of another use case. Says how many.
///
/// # Errors
/// What the database says.
pub(super) async fn end_sign_ins(
    tx: &TenantWrite,
    member: MemberId,
    but: Option<SignInId>,
    because: RevokedBecause,
    now: Timestamp,
) -> Result<usize> {
    let mut ended = 0;
    for sign_in in store::live_sign_ins(tx, member, now).await? {
        if Some(sign_in.id) != but {
            store::end(tx, &sign_in, because, now).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// What follows for sign-ins when a member has another role or is no longer active, within that transaction.
///
/// # Errors
/// What the database says.
pub async fn member_changed(tx: &TenantWrite, member: MemberId, now: Timestamp) -> Result<()> {
    store::close_tickets(tx, member, now).await?;
    end_sign_ins(tx, member, None, RevokedBecause::MemberChanged, now).await.map(|_| ())
}
