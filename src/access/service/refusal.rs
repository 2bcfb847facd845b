//! Telling the audit log who was not let in.
//!
//! It is told after the answer was given, so that no answer takes longer for it: neither text nor time says whether there
//! is such a member. An organization that does not exist has no log, and nothing is told.

use entity::ids::{ApiClientId, MemberId};
use entity::sign_in;

use super::throttle;
use crate::access::store;
use crate::auth::Scope;
use crate::auth::oidc::Identity;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::{CredentialManage, SessionOwn};
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::input;

/// What somebody knocked with, by which it may be known who they said they are.
#[derive(Clone)]
pub(super) enum With {
    /// An e-mail address, in lower case.
    Email(String),
    /// The hash of a refresh token.
    Refresh(String),
    /// The hash of a ticket.
    Ticket(String),
    /// What an identity provider calls them, and the address it has verified.
    Identity(Box<Identity>),
    /// A client, and the member who answers for it.
    Client(ApiClientId, MemberId),
}

impl With {
    async fn member(&self, tx: &TenantTx) -> Result<Option<MemberId>> {
        Ok(match self {
            Self::Email(email) if input::email("email", email).is_err() => None,
            Self::Email(email) => store::member_by_email(tx, email).await?.map(|member| member.id),
            Self::Refresh(hash) => match store::refresh_token(tx, hash).await? {
                Some(found) => tx.get::<sign_in::Entity>(found.sign_in_id).await?.map(|sign_in| sign_in.member_id),
                None => None,
            },
            Self::Ticket(hash) => store::ticket(tx, hash).await?.map(|ticket| ticket.member_id),
            Self::Identity(identity) => match store::external_identity(tx, &identity.issuer, &identity.subject).await? {
                Some(link) => Some(link.member_id),
                None => match &identity.verified_email {
                    Some(email) => store::member_by_email(tx, &email.to_lowercase()).await?.map(|member| member.id),
                    None => None,
                },
            },
            Self::Client(_, member) => Some(*member),
        })
    }
}

/// Tells the audit log where somebody was refused who wanted to come in; gives what they are told.
pub(super) fn told<T>(scope: &Scope<CredentialManage>, field: &'static str, with: With, result: Result<T>) -> Result<T> {
    let is_refusal = matches!(&result, Err(Error::Invalid(problems))
        if problems.iter().any(|problem| matches!(problem.code, ProblemCode::SignInFailed | ProblemCode::InvalidToken)));
    if is_refusal {
        tell(scope, field, with);
    }
    result
}

/// Tells the audit log where a member did not know their own password.
pub(super) fn told_of_oneself<T>(scope: &Scope<SessionOwn>, field: &'static str, email: &str, result: Result<T>) -> Result<T> {
    let is_refusal = matches!(&result, Err(Error::Invalid(problems)) if problems.iter().any(|it| it.code == ProblemCode::SignInFailed));
    if is_refusal {
        tell(scope, field, With::Email(email.to_owned()));
    }
    result
}

/// Tells the audit log where a client was refused that it knows: its secret was ended or has run out, or it was itself.
pub fn tell_client_refused(scope: &Scope<CredentialManage>, client: ApiClientId, member: MemberId) {
    tell(scope, "apiClient", With::Client(client, member));
}

pub(super) fn tell<P: Grant>(scope: &Scope<P>, field: &'static str, with: With) {
    let scope = scope.clone();
    let Some(place) = scope.access().refusals.place() else {
        tracing::warn!("too many are refused at once: the audit log is not told of all");
        return;
    };
    tokio::spawn(async move {
        if let Err(error) = write(&scope, field, &with).await {
            tracing::error!(error.cause = %error.for_operator(), "a refusal could not be told to the audit log");
        }
        drop(place);
    });
}

async fn write<P: Grant>(scope: &Scope<P>, field: &str, with: &With) -> Result<()> {
    let tx: TenantWrite = scope.write().await?;
    if !throttle::exists(&tx).await? {
        return Ok(());
    }
    let member = with.member(&tx).await?;
    if !scope.access().refusals.admit(scope.organization_id(), member, scope.now()) {
        return Ok(());
    }
    if let With::Client(client, _) = with {
        tx.concerns(*client);
    }
    // Who is signed in did it themselves.
    tx.refuse(member.filter(|member| Some(*member) != scope.member_id()), field.to_owned()).await
}
