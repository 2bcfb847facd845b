//! The API of signing in.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::OrganizationId;
use entity::kinds::{Resource, Role};

use super::service::{self, Credentials, SignedIn, Tried};
use crate::auth::permission::grant::{CredentialManage, OrganizationManage, SessionOwn};
use crate::auth::{ClientAddress, Scope, Visitor};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::graphql::context::Authorize;
use crate::graphql::extension::RequestId;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::{DateTime, int};
use crate::graphql::user_error::{UserError, settle};
use crate::organization::graphql::Member;
use crate::organization::service::AddMember;
use crate::payloads;

/// What a member holds after signing in.
#[derive(SimpleObject)]
pub struct SessionTokens {
    /// The member's id.
    member_id: ID,
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// When the access token dies.
    access_expires_at: DateTime,
    /// Good for one `refreshSession`, which gives the next one. Keep it where no script of another site can read it.
    refresh_token: String,
    /// When the refresh token dies if it is not used.
    refresh_expires_at: DateTime,
    /// When the member has to sign in again, however often the session was refreshed.
    session_expires_at: DateTime,
}

impl From<SignedIn> for SessionTokens {
    fn from(given: SignedIn) -> Self {
        Self {
            member_id: ID(given.member_id.to_string()),
            access_token: given.access_token,
            access_expires_at: DateTime(given.access_expires_at),
            refresh_token: given.refresh_token,
            refresh_expires_at: DateTime(given.refresh_expires_at),
            session_expires_at: DateTime(given.session_expires_at),
        }
    }
}

/// Who wants to come in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The organization: an address may be that of members of several.
    organization_id: ID,
    /// E-mail address.
    email: String,
    /// The password. White space counts.
    password: String,
}

/// A session to go on with.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// Which session to end.
#[derive(InputObject)]
pub struct SignOutInput {
    /// A refresh token of the caller's session that is to end; if it is left out, the session of the access token ends.
    refresh_token: Option<String>,
}

/// Which sessions to end.
#[derive(InputObject)]
pub struct SignOutEverywhereInput {
    /// Whether the session of the access token goes on.
    #[graphql(default)]
    but_here: bool,
}

/// A new password in place of the old one.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password as it is.
    current_password: String,
    /// The password as it shall be: 15 to 256 characters of any kind, and not easily guessed.
    new_password: String,
}

/// A new member who is to choose a password.
#[derive(InputObject)]
pub struct InviteMemberInput {
    /// E-mail address, unique in the organization; the invitation goes there.
    email: String,
    /// What to call them.
    name: String,
    /// What they may do.
    role: Role,
    /// A role of the organization's own that says so instead.
    custom_role_id: Option<ID>,
    /// The resource they work for; roles of a resource need it.
    resource: Option<Resource>,
    /// The team they are in.
    team_id: Option<ID>,
    /// Repeating the mutation with the same key gives the same member, and a new invitation in place of the old one.
    idempotency_key: Option<String>,
}

/// An invitation and the password chosen.
#[derive(InputObject)]
pub struct AcceptInvitationInput {
    /// The ticket of the letter, or of `tandem invite`.
    token: String,
    /// 15 to 256 characters of any kind, and not easily guessed.
    password: String,
}

/// Whose password is forgotten.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The organization.
    organization_id: ID,
    /// E-mail address.
    email: String,
}

/// A reset and the password chosen.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The ticket of the letter, or of `tandem reset-password`.
    token: String,
    /// 15 to 256 characters of any kind, and not easily guessed.
    password: String,
}

payloads! {
    /// What came of going on with a session.
    RefreshSessionPayload {
        /// The new tokens; the refresh token that was sent is used up.
        session: SessionTokens
    }
    /// What came of signing out.
    SignOutPayload {
        /// How many sessions were ended: 0 where the access token belongs to none.
        ended_sessions: i32
    }
    /// What came of signing out everywhere.
    SignOutEverywherePayload {
        /// How many sessions were ended.
        ended_sessions: i32
    }
    /// What came of accepting an invitation.
    AcceptInvitationPayload {
        /// The member is signed in.
        session: SessionTokens
    }
    /// What came of resetting a password.
    ResetPasswordPayload {
        /// Whether the password is the new one; every session was ended.
        changed: bool
    }
}

/// What came of signing in.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// The tokens, if the member is signed in.
    session: Option<SessionTokens>,
    /// Seconds to wait before the next try, after too many.
    retry_after: Option<i32>,
    /// Why not. It is the same whatever does not fit.
    user_errors: Vec<UserError>,
}

/// What came of changing a password.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// Whether the password is the new one; the member's other sessions were ended.
    changed: Option<bool>,
    /// Seconds to wait before the next try, after too many.
    retry_after: Option<i32>,
    /// What to put right; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of asking for a reset.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// Whether the request was taken. It is, whether or not a member has the address; a letter comes if one has.
    accepted: Option<bool>,
    /// Seconds to wait before the next try, after too many.
    retry_after: Option<i32>,
    /// What to put right; empty when it was taken.
    user_errors: Vec<UserError>,
}

/// What came of inviting a member.
#[derive(SimpleObject)]
pub struct InviteMemberPayload {
    /// The new member.
    member: Option<Member>,
    /// Whether a letter is on its way; if not, the operator prints the invitation with `tandem invite`.
    mailed: Option<bool>,
    /// What to put right; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The object, the wait, or what to put right.
type Settled<T> = (Option<T>, Option<i32>, Vec<UserError>);

fn settle_try<T>(field: &str, result: Result<Tried<T>>) -> Result<Settled<T>> {
    match settle(result)? {
        (Some(Tried::Done(done)), user_errors) => Ok((Some(done), None, user_errors)),
        (Some(Tried::Wait(seconds)), _) => {
            let message = format!("too many tries; wait {seconds} seconds");
            let problem = Problem { field: field.to_owned(), code: ProblemCode::RateLimited, message };
            Ok((None, Some(int(seconds)), vec![UserError::from(problem)]))
        }
        (None, user_errors) => Ok((None, None, user_errors)),
    }
}

/// The door of an organization, for a caller who need not be anybody.
fn door(ctx: &Context<'_>, organization: OrganizationId) -> Result<Scope<CredentialManage>> {
    let request_id = ctx.data_opt::<RequestId>().map(|request| &request.0);
    ctx.data_opt::<Visitor>().ok_or(Error::Unauthenticated)?.knock(organization, ctx.field().name(), request_id)
}

/// The door that a token opens.
fn door_of(ctx: &Context<'_>, field: &str, organization: Option<OrganizationId>) -> Result<Scope<CredentialManage>> {
    door(ctx, organization.ok_or_else(|| Error::invalid(field, ProblemCode::InvalidToken, "is no token of ours"))?)
}

fn address(ctx: &Context<'_>) -> Option<std::net::IpAddr> {
    ctx.data_opt::<ClientAddress>().and_then(|address| address.0)
}

/// Signing in and out.
#[derive(Debug, Default)]
pub struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Signs a member in. Needs no token. Whoever is refused is not told why; too many failures cost a wait.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Result<SignInPayload> {
        let scope = door(ctx, parse_id(&input.organization_id, "input.organizationId")?)?;
        let credentials = Credentials { email: input.email, password: input.password, address: address(ctx) };
        let (session, retry_after, user_errors) = settle_try("password", service::sign_in(&scope, &credentials).await)?;
        Ok(SignInPayload { session: session.map(SessionTokens::from), retry_after, user_errors })
    }

    /// Goes on with a session. Needs no access token. Using a refresh token a second time ends its session, but for the
    /// 10 seconds in which an answer may have been lost: then it is given once more.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSessionInput) -> Result<RefreshSessionPayload> {
        let refreshed = match door_of(ctx, "refreshToken", service::door_of_refresh_token(&input.refresh_token)) {
            Ok(scope) => service::refresh_session(&scope, &input.refresh_token).await,
            Err(error) => Err(error),
        };
        RefreshSessionPayload::settle(refreshed.map(SessionTokens::from))
    }

    /// Ends a session of the caller. Its access tokens die with it.
    async fn sign_out(&self, ctx: &Context<'_>, input: SignOutInput) -> Result<SignOutPayload> {
        let scope = ctx.authorize::<SessionOwn>()?;
        SignOutPayload::settle(service::sign_out(&scope, input.refresh_token.as_deref()).await.map(i32::from))
    }

    /// Ends every session of the caller. Their access tokens die with them.
    async fn sign_out_everywhere(&self, ctx: &Context<'_>, input: SignOutEverywhereInput) -> Result<SignOutEverywherePayload> {
        let scope = ctx.authorize::<SessionOwn>()?;
        let ended = service::sign_out_everywhere(&scope, input.but_here).await;
        SignOutEverywherePayload::settle(ended.map(int))
    }

    /// Changes the caller's password and ends their other sessions.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Result<ChangePasswordPayload> {
        let scope = ctx.authorize::<SessionOwn>()?;
        let change = service::ChangePassword { current: input.current_password, new: input.new_password };
        let (changed, retry_after, user_errors) = settle_try("currentPassword", service::change_password(&scope, &change).await)?;
        Ok(ChangePasswordPayload { changed: changed.map(|()| true), retry_after, user_errors })
    }

    /// Adds a member and sends them an invitation, good for 7 days.
    async fn invite_member(&self, ctx: &Context<'_>, input: InviteMemberInput) -> Result<InviteMemberPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let new = AddMember {
            email: input.email,
            name: input.name,
            role: input.role,
            custom_role_id: parse_optional_id(input.custom_role_id.as_ref(), "input.customRoleId")?,
            resource: input.resource,
            team_id: parse_optional_id(input.team_id.as_ref(), "input.teamId")?,
            idempotency_key: input.idempotency_key,
        };
        let (invited, user_errors) = settle(service::invite(&scope, &new).await)?;
        let (member, mailed) = invited.unzip();
        Ok(InviteMemberPayload { member: member.map(Member::from), mailed, user_errors })
    }

    /// Chooses the first password and signs the member in. Needs no token but the invitation, which is used up.
    async fn accept_invitation(&self, ctx: &Context<'_>, input: AcceptInvitationInput) -> Result<AcceptInvitationPayload> {
        let accepted = match door_of(ctx, "token", service::door_of_ticket(&input.token)) {
            Ok(scope) => service::accept_invitation(&scope, &input.token, &input.password).await,
            Err(error) => Err(error),
        };
        AcceptInvitationPayload::settle(accepted.map(SessionTokens::from))
    }

    /// Sends a letter to choose a new password, good for an hour. Needs no token. The answer is the same whether or not
    /// a member has the address.
    async fn request_password_reset(&self, ctx: &Context<'_>, input: RequestPasswordResetInput) -> Result<RequestPasswordResetPayload> {
        let scope = door(ctx, parse_id(&input.organization_id, "input.organizationId")?)?;
        let request = service::RequestReset { email: input.email, address: address(ctx) };
        let (accepted, retry_after, user_errors) = settle_try("email", service::request_reset(&scope, &request).await)?;
        Ok(RequestPasswordResetPayload { accepted: accepted.map(|()| true), retry_after, user_errors })
    }

    /// Chooses a new password and ends every session. Needs no token but the reset, which is used up.
    async fn reset_password(&self, ctx: &Context<'_>, input: ResetPasswordInput) -> Result<ResetPasswordPayload> {
        let reset = match door_of(ctx, "token", service::door_of_ticket(&input.token)) {
            Ok(scope) => service::reset_password(&scope, &input.token, &input.password).await,
            Err(error) => Err(error),
        };
        ResetPasswordPayload::settle(reset.map(|()| true))
    }
}
