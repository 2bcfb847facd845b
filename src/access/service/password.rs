//! Changing a password.

use entity::ids::MemberId;
use entity::kinds::RevokedBecause;
use entity::{member, password};

use super::refusal;
use super::sign_out::end_sign_ins;
use super::throttle::{self, ATTEMPTS, Tried};
use crate::access::{policy, store};
use crate::auth::Scope;
use crate::auth::permission::grant::SessionOwn;
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::organization;

/// The name of the house, which everybody would try.
const PRODUCT: &str = "Tandem";

/// A new password in place of the caller's.
#[derive(Clone)]
pub struct ChangePassword {
    /// The password as it is.
    pub current: String,
    /// The password as it shall be.
    pub new: String,
}

impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ChangePassword").finish_non_exhaustive()
    }
}

/// Changes the caller's password and ends their other sign-ins. Tries count like sign-ins: whoever found a token must
/// not find the password with it.
///
/// # Errors
/// `SIGN_IN_FAILED` where the current password is another one, or there is none; problems with `newPassword`.
pub async fn change_password(scope: &Scope<SessionOwn>, change: &ChangePassword) -> Result<Tried<()>> {
    let member_id = scope.member_id().ok_or(Error::Forbidden)?;
    let tx = scope.read().await?;
    let member = tx.get::<member::Entity>(member_id).await?.ok_or(Error::NotFound)?;
    let new = acceptable(&tx, "newPassword", &change.new, &member).await?;
    let known = store::password_of(&tx, member_id).await?;
    drop(tx);
    let thing = [throttle::of_account(&member.email)];
    if let Tried::Wait(seconds) = count(scope, &thing).await? {
        return Ok(Tried::Wait(seconds));
    }
    let result = replace_known(scope, change, known, new, &thing).await;
    refusal::told_of_oneself(scope, "currentPassword", &member.email, result)
}

/// Puts a new password in the place of one that the caller knows.
async fn replace_known(
    scope: &Scope<SessionOwn>,
    change: &ChangePassword,
    known: Option<password::Model>,
    new: String,
    thing: &[throttle::Thing],
) -> Result<Tried<()>> {
    let member_id = scope.member_id().ok_or(Error::Forbidden)?;
    let wrong = || Error::invalid("currentPassword", ProblemCode::SignInFailed, "is not the current password");
    let hasher = scope.access().hasher();
    let current = policy::normalized(&change.current).ok_or_else(wrong)?;
    let verdict = hasher.verify(known.as_ref().map(|known| known.phc.clone()), current).await?;
    let known = known.filter(|_| verdict.matches).ok_or_else(wrong)?;
    let phc = hasher.hash(new).await?;

    let (tx, now) = (scope.write().await?, scope.now());
    store::password_locked(&tx, member_id).await?.filter(|row| row.phc == known.phc).ok_or_else(wrong)?;
    store::keep_password(&tx, scope.next_id(), member_id, phc, now).await?;
    store::close_tickets(&tx, member_id, now).await?;
    end_sign_ins(&tx, member_id, scope.sign_in_id(), RevokedBecause::PasswordChanged, now).await?;
    throttle::forgive(&tx, scope, thing).await?;
    tx.commit().await?;
    Ok(Tried::Done(()))
}

async fn count(scope: &Scope<SessionOwn>, things: &[throttle::Thing]) -> Result<Tried<()>> {
    for attempt in 1..=ATTEMPTS {
        let tx = scope.write().await?;
        match throttle::count(&tx, scope, things).await {
            Err(Error::Conflict(_)) if attempt < ATTEMPTS => {}
            Ok(Tried::Done(())) => {
                tx.commit().await?;
                return Ok(Tried::Done(()));
            }
            other => return other,
        }
    }
    Err(Error::Conflict("another change came first; try again"))
}

/// A new password as it is hashed, if the member may have it.
pub(super) async fn acceptable(tx: &TenantTx, field: &str, password: &str, member: &member::Model) -> Result<String> {
    let organization = organization::service::settings(tx).await?;
    policy::check(field, password, &[PRODUCT, &organization.name, &member.name, &member.email])
}

/// Gives a member a password, ends every sign-in and closes every ticket.
pub(super) async fn replace(
    tx: &crate::db::TenantWrite,
    scope: &Scope<crate::auth::permission::grant::CredentialManage>,
    member: MemberId,
    phc: String,
) -> Result<()> {
    let now = scope.now();
    store::keep_password(tx, scope.next_id(), member, phc, now).await?;
    store::close_tickets(tx, member, now).await?;
    end_sign_ins(tx, member, None, RevokedBecause::PasswordReset, now).await.map(|_| ())
}
