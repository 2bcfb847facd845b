//! Tickets: invitations and resets.

use std::net::IpAddr;

use entity::ids::MemberId;
use entity::kinds::TicketKind;
use entity::member;

use super::password::{acceptable, replace};
use super::refusal::{self, With};
use super::throttle::{self, ATTEMPTS, Thing, Tried};
use super::tokens::{self, SignedIn};
use crate::access::mail::{Letter, Post};
use crate::access::store;
use crate::auth::Scope;
use crate::auth::permission::grant::{CredentialManage, OrganizationManage};
use crate::auth::secret::{Purpose, Secret};
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::organization::service::{AddMember, add_member, settings};

const SECOND: i64 = 1_000_000;

/// How long a ticket lives, in seconds.
const fn life_seconds(kind: TicketKind) -> i64 {
    match kind {
        TicketKind::Invitation => 7 * 24 * 3_600,
        TicketKind::Reset => 3_600,
    }
}

/// Adds a member and sends them an invitation. Says whether a letter is on its way; without a mail server the operator
/// prints the invitation with `tandem invite`.
///
/// # Errors
/// Problems with the member, as [`add_member`].
pub async fn invite(scope: &Scope<OrganizationManage>, new: &AddMember) -> Result<(member::Model, bool)> {
    let desk = scope.also::<CredentialManage>()?;
    let member = add_member(scope, new).await?;
    let Some(post) = desk.access().post.clone() else { return Ok((member, false)) };
    // A repeated call for somebody who has come in since must not invite them again.
    let has_password = store::password_of(&desk.read().await?, member.id).await?.is_some();
    if has_password || !member.active {
        return Ok((member, false));
    }
    let (ticket, organization) = issue(&desk, member.id, TicketKind::Invitation).await?;
    post.dispatch(letter(&post, TicketKind::Invitation, &member, &organization, &ticket));
    Ok((member, true))
}

/// Makes an invitation for an active member, for the operator to hand over.
///
/// # Errors
/// A problem with `email` where no active member has the address.
pub async fn issue_invitation(scope: &Scope<CredentialManage>, email: &str) -> Result<String> {
    let member = known(&scope.read().await?, email).await?;
    Ok(issue(scope, member.id, TicketKind::Invitation).await?.0)
}

/// Makes a reset for an active member, for the operator to hand over.
///
/// # Errors
/// A problem with `email` where no active member has the address.
pub async fn issue_reset(scope: &Scope<CredentialManage>, email: &str) -> Result<String> {
    let member = known(&scope.read().await?, email).await?;
    Ok(issue(scope, member.id, TicketKind::Reset).await?.0)
}

async fn known(tx: &TenantTx, email: &str) -> Result<member::Model> {
    let found = store::member_by_email(tx, &input::email("email", email)?).await?;
    found.filter(|member| member.active).ok_or_else(|| Error::invalid("email", ProblemCode::NotFound, "no active member has this address"))
}

/// Stores a ticket in place of those that are open. Gives it with the name of the organization.
async fn issue(scope: &Scope<CredentialManage>, member: MemberId, kind: TicketKind) -> Result<(String, String)> {
    let (tx, now) = (scope.write().await?, scope.now());
    // Held, so that of two tickets at once one is closed.
    store::member_locked(&tx, member).await?.filter(|member| member.active).ok_or_else(|| Error::unknown("email"))?;
    let secret = Secret::new(Purpose::Ticket, scope.organization_id())?;
    store::close_tickets(&tx, member, now).await?;
    let until = now.saturating_add_micros(life_seconds(kind) * SECOND);
    store::add_ticket(&tx, scope.next_id(), member, kind, secret.hash(), (now, until)).await?;
    let organization = settings(&tx).await?.name;
    tx.commit().await?;
    Ok((secret.text(), organization))
}

/// Asks for a letter with a reset.
#[derive(Clone, Debug)]
pub struct RequestReset {
    /// The e-mail address.
    pub email: String,
    /// Where the call comes from, where that is known.
    pub address: Option<IpAddr>,
}

/// Sends a reset to an address, if an active member has it. The answer is the same, and as fast, if nobody has: the
/// rest is done after it was given.
///
/// # Errors
/// What the database says.
pub async fn request_reset(scope: &Scope<CredentialManage>, request: &RequestReset) -> Result<Tried<()>> {
    let email = request.email.trim().to_lowercase();
    let things = throttle::of_mail(&email, request.address);
    for attempt in 1..=ATTEMPTS {
        match count(scope, &things).await {
            Err(Error::Conflict(_)) if attempt < ATTEMPTS => {}
            Ok(Tried::Done(())) => break,
            other => return other,
        }
    }
    let scope = scope.clone();
    tokio::spawn(async move {
        if let Err(error) = send_reset(&scope, &email).await {
            tracing::error!(error.cause = %error.for_operator(), "a reset could not be sent");
        }
    });
    Ok(Tried::Done(()))
}

async fn count(scope: &Scope<CredentialManage>, things: &[Thing]) -> Result<Tried<()>> {
    let tx = scope.write().await?;
    if !throttle::exists(&tx).await? {
        let counted = scope.access().strangers.count(scope.organization_id(), things, scope.now());
        return Ok(counted.map_or_else(Tried::Wait, Tried::Done));
    }
    let counted = throttle::count(&tx, scope, things).await?;
    if counted == Tried::Done(()) {
        tx.commit().await?;
    }
    Ok(counted)
}

async fn send_reset(scope: &Scope<CredentialManage>, email: &str) -> Result<()> {
    let Some(post) = scope.access().post.clone() else {
        tracing::warn!("a reset was asked for, and no mail server is configured; `tandem reset-password` prints one");
        return Ok(());
    };
    if input::email("email", email).is_err() {
        return Ok(());
    }
    let tx = scope.read().await?;
    let Some(member) = store::member_by_email(&tx, email).await?.filter(|member| member.active) else { return Ok(()) };
    // Whoever comes in through an identity provider alone gets no second door.
    if store::password_of(&tx, member.id).await?.is_none() && store::has_external_identity(&tx, member.id).await? {
        return Ok(());
    }
    drop(tx);
    let (ticket, organization) = issue(scope, member.id, TicketKind::Reset).await?;
    post.dispatch(letter(&post, TicketKind::Reset, &member, &organization, &ticket));
    Ok(())
}

fn letter(post: &Post, kind: TicketKind, member: &member::Model, organization: &str, ticket: &str) -> Letter {
    // A header is one line, whatever the organization is called.
    let organization = organization.replace(['\r', '\n'], " ");
    let (subject, text) = match kind {
        TicketKind::Invitation => (
            format!("Your invitation to {organization}"),
            format!("You were invited to {organization}. Choose a password within 7 days:\n\n{}\n", post.link("accept-invitation", ticket)),
        ),
        TicketKind::Reset => (
            format!("Your password for {organization}"),
            format!(
                "Somebody asked for a new password of yours for {organization}. Choose one within an hour:\n\n{}\n\n\
                 If it was not you, do nothing.\n",
                post.link("reset-password", ticket)
            ),
        ),
    };
    Letter { to: member.email.clone(), subject, text }
}

/// Sets the first password of a member and signs them in.
///
/// # Errors
/// `INVALID_TOKEN` for the ticket, whatever the reason; problems with `password`.
pub async fn accept_invitation(scope: &Scope<CredentialManage>, ticket: &str, password: &str) -> Result<SignedIn> {
    let (tx, member) = redeem(scope, TicketKind::Invitation, ticket, password).await?;
    let signed_in = tokens::begin(&tx, scope, member).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Sets a new password of a member, ends every sign-in, and forgets the failures of the account.
///
/// # Errors
/// `INVALID_TOKEN` for the ticket, whatever the reason; problems with `password`.
pub async fn reset_password(scope: &Scope<CredentialManage>, ticket: &str, password: &str) -> Result<()> {
    let (tx, _) = redeem(scope, TicketKind::Reset, ticket, password).await?;
    tx.commit().await
}

/// Uses a ticket up. Nothing lasts until the transaction is committed.
async fn redeem(scope: &Scope<CredentialManage>, kind: TicketKind, ticket: &str, password: &str) -> Result<(TenantWrite, MemberId)> {
    let invalid = || Error::invalid("token", ProblemCode::InvalidToken, "ask for a new one");
    let secret = Secret::parse(Purpose::Ticket, ticket).filter(|secret| secret.organization_id == scope.organization_id());
    let hash = secret.ok_or_else(invalid)?.hash();
    let result = redeem_hash(scope, kind, &hash, password).await;
    refusal::told(scope, "token", With::Ticket(hash), result)
}

async fn redeem_hash(scope: &Scope<CredentialManage>, kind: TicketKind, hash: &str, password: &str) -> Result<(TenantWrite, MemberId)> {
    let invalid = || Error::invalid("token", ProblemCode::InvalidToken, "ask for a new one");
    let (tx, now) = (scope.read().await?, scope.now());
    let good = |row: &entity::access_ticket::Model| row.kind == kind && row.closed_at.is_none() && now < row.expires_at;
    let found = store::ticket(&tx, hash).await?.filter(good).ok_or_else(invalid)?;
    let member = tx.get::<member::Entity>(found.member_id).await?.filter(|member| member.active).ok_or_else(invalid)?;
    // A password that is refused leaves the ticket as it is.
    let password = acceptable(&tx, "password", password, &member).await?;
    drop(tx);
    let phc = scope.access().hasher().hash(password).await?;

    let tx = scope.write().await?;
    let member = store::member_locked(&tx, member.id).await?.filter(|member| member.active).ok_or_else(invalid)?;
    store::ticket_locked(&tx, hash).await?.filter(good).ok_or_else(invalid)?;
    replace(&tx, scope, member.id, phc).await?;
    throttle::forgive(&tx, scope, &[throttle::of_account(&member.email)]).await?;
    Ok((tx, member.id))
}
