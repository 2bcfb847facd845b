//! Signing in with a password.

use std::net::IpAddr;

use entity::{member, password};

use super::refusal::{self, With};
use super::throttle::{self, ATTEMPTS, Thing, Tried};
use super::tokens::{self, SignedIn};
use crate::access::{policy, store};
use crate::auth::Scope;
use crate::auth::permission::grant::CredentialManage;
use crate::error::{Error, Result};
use crate::input;

/// What somebody says to come in.
#[derive(Clone)]
pub struct Credentials {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Where the call comes from, where that is known.
    pub address: Option<IpAddr>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Who might be coming in.
type Candidate = Option<(member::Model, password::Model)>;

/// Signs a member in. Whoever is refused is refused alike, after the same work; a try is counted before it is made, so
/// that many at once are as slow as one after the other.
///
/// # Errors
/// `SIGN_IN_FAILED`, whatever the reason.
pub async fn sign_in(scope: &Scope<CredentialManage>, with: &Credentials) -> Result<Tried<SignedIn>> {
    let email = with.email.trim().to_lowercase();
    let result = come_in(scope, with, &email).await;
    refusal::told(scope, "password", With::Email(email), result)
}

async fn come_in(scope: &Scope<CredentialManage>, with: &Credentials, email: &str) -> Result<Tried<SignedIn>> {
    let things = throttle::of_sign_in(email, with.address);
    let candidate = match knock(scope, email, &things).await? {
        Tried::Wait(seconds) => return Ok(Tried::Wait(seconds)),
        Tried::Done(candidate) => candidate,
    };
    let hasher = scope.access().hasher();
    let phc = candidate.as_ref().map(|(_, password)| password.phc.clone());
    let (phc, password) = match policy::normalized(&with.password) {
        Some(password) => (phc, password),
        // Nobody's password is so long, but finding out takes as long.
        None => (None, String::new()),
    };
    let verdict = hasher.verify(phc, password.clone()).await?;
    let Some((member, known)) = candidate.filter(|_| verdict.matches) else { return Err(throttle::refused()) };
    let fresh = if verdict.stale { Some(hasher.hash(password).await?) } else { None };

    let tx = scope.write().await?;
    // Between the look and now the member may have been sent away, or may have changed the password.
    let member = store::member_shared(&tx, member.id).await?.filter(|member| member.active).ok_or_else(throttle::refused)?;
    let same = store::password_locked(&tx, member.id).await?.filter(|now| now.phc == known.phc).ok_or_else(throttle::refused)?;
    if let Some(fresh) = fresh {
        store::rehash(&tx, &same, fresh).await?;
    }
    throttle::forgive(&tx, scope, &things).await?;
    let signed_in = tokens::begin(&tx, scope, member.id).await?;
    tx.commit().await?;
    Ok(Tried::Done(signed_in))
}

/// Counts the try and looks who it might be.
async fn knock(scope: &Scope<CredentialManage>, email: &str, things: &[Thing]) -> Result<Tried<Candidate>> {
    for _ in 1..ATTEMPTS {
        match knock_once(scope, email, things).await {
            // Two first tries at once: one of them made the row, and the other counts in it.
            Err(Error::Conflict(_)) => {}
            done => return done,
        }
    }
    knock_once(scope, email, things).await
}

async fn knock_once(scope: &Scope<CredentialManage>, email: &str, things: &[Thing]) -> Result<Tried<Candidate>> {
    let tx = scope.write().await?;
    if !throttle::exists(&tx).await? {
        let counted = scope.access().strangers.count(scope.organization_id(), things, scope.now());
        return Ok(counted.map_or_else(Tried::Wait, |()| Tried::Done(None)));
    }
    if let Tried::Wait(seconds) = throttle::count(&tx, scope, things).await? {
        return Ok(Tried::Wait(seconds));
    }
    let candidate = candidate(&tx, email).await?;
    tx.commit().await?;
    Ok(Tried::Done(candidate))
}

async fn candidate(tx: &crate::db::TenantTx, email: &str) -> Result<Candidate> {
    // What is no address cannot be stored, and the database need not be asked for it.
    if input::email("email", email).is_err() {
        return Ok(None);
    }
    let Some(member) = store::member_by_email(tx, email).await?.filter(|member| member.active) else { return Ok(None) };
    Ok(store::password_of(tx, member.id).await?.map(|password| (member, password)))
}
