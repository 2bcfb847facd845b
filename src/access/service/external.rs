//! Members whom an identity provider vouches for.

use entity::kinds::Role;
use entity::member;

use super::refusal::{self, With};
use super::throttle::ATTEMPTS;
use crate::access::store;
use crate::auth::Scope;
use crate::auth::oidc::Identity;
use crate::auth::permission::grant::CredentialManage;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::organization::service::{AddMember, ReviseMember, enrol, resource_needed, revise_within};

/// The member that a provider's `iss` and `sub` mean, with the role that its claims give them now.
///
/// Somebody who is not known yet is linked by an address that the provider has verified, and added where it provisions.
///
/// # Errors
/// [`Error::Unauthenticated`] where there is no such member and none may be made, or the member is not active.
pub async fn external_member(scope: &Scope<CredentialManage>, identity: &Identity) -> Result<member::Model> {
    let member = member_of(scope, identity).await;
    if matches!(member, Err(Error::Unauthenticated)) {
        refusal::tell(scope, "identityProvider", With::Identity(Box::new(identity.clone())));
    }
    member
}

async fn member_of(scope: &Scope<CredentialManage>, identity: &Identity) -> Result<member::Model> {
    let tx = scope.read().await?;
    if let Some(member) = linked(&tx, identity).await? {
        if !member.active {
            return Err(Error::Unauthenticated);
        }
        if stands_as_claimed(&member, identity.role) {
            return Ok(member);
        }
    }
    drop(tx);
    for _ in 1..ATTEMPTS {
        match settle(scope, identity).await {
            // Two first requests at once: one of them wrote the row, and the other finds it.
            Err(Error::Conflict(_)) => {}
            Err(Error::Invalid(problems)) if problems.iter().any(|problem| problem.code == ProblemCode::Taken) => {}
            done => return told(done, identity),
        }
    }
    told(settle(scope, identity).await, identity)
}

/// Why a member cannot be kept is for the operator, not for the caller.
fn told(done: Result<member::Model>, identity: &Identity) -> Result<member::Model> {
    match done {
        Err(Error::Invalid(problems)) => {
            tracing::warn!(issuer = %identity.issuer, ?problems, "a member of an identity provider cannot be kept");
            Err(Error::Unauthenticated)
        }
        done => done,
    }
}

async fn linked(tx: &TenantTx, identity: &Identity) -> Result<Option<member::Model>> {
    match store::external_identity(tx, &identity.issuer, &identity.subject).await? {
        Some(link) => tx.get::<member::Entity>(link.member_id).await,
        None => Ok(None),
    }
}

/// Links, adds or changes the member, whichever is needed.
async fn settle(scope: &Scope<CredentialManage>, identity: &Identity) -> Result<member::Model> {
    let tx = scope.write().await?;
    let member = match linked(&tx, identity).await? {
        Some(member) => member,
        None => first_time(&tx, scope, identity).await?,
    };
    if !member.active {
        return Err(Error::Unauthenticated);
    }
    tx.acts_for(member.id);
    let member = assume(&tx, scope, member, identity.role).await?;
    tx.commit().await?;
    Ok(member)
}

async fn first_time(tx: &TenantWrite, scope: &Scope<CredentialManage>, identity: &Identity) -> Result<member::Model> {
    // An address that the provider has not verified may be anybody's.
    let email = identity.verified_email.as_deref().ok_or(Error::Unauthenticated)?;
    let email = input::email("email", email).map_err(|_| Error::Unauthenticated)?;
    let member = match store::member_by_email(tx, &email).await? {
        Some(member) if member.active => member,
        None if identity.provision => {
            let name =
                identity.name.as_deref().and_then(|name| input::text("name", name, input::NAME).ok()).unwrap_or_else(|| email.clone());
            let (role, resource) = (identity.role, resource_needed(identity.role));
            let new = AddMember { email, name, role, custom_role_id: None, resource, team_id: None, idempotency_key: None };
            enrol(tx, scope, &new).await?
        }
        Some(_) | None => return Err(Error::Unauthenticated),
    };
    store::link(tx, scope.next_id(), member.id, (&identity.issuer, &identity.subject), scope.now()).await?;
    Ok(member)
}

/// Whether a member has the role of the claims, and nothing beside it.
fn stands_as_claimed(member: &member::Model, role: Role) -> bool {
    member.role == role && member.custom_role_id.is_none()
}

/// Gives a member the role of the claims. Where that would take the last admin away it is refused, and the caller with
/// it: nobody comes in with more than the claims say.
async fn assume(tx: &TenantWrite, scope: &Scope<CredentialManage>, member: member::Model, role: Role) -> Result<member::Model> {
    if stands_as_claimed(&member, role) {
        return Ok(member);
    }
    let change = ReviseMember {
        member_id: member.id,
        name: None,
        role: Some(role),
        custom_role_id: Some(None),
        resource: resource_needed(role).map(Some),
        team_id: None,
        active: None,
        expected_version: None,
    };
    revise_within(tx, scope, &change).await
}
