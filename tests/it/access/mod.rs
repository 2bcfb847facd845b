//! Signing in: passwords, sessions, tickets, keys and identity providers, over HTTP on both engines.

mod command_line;
mod issuer;
mod lockout;
mod oidc;
mod passwords;
mod refusals;
mod sessions;
mod tickets;
mod tokens;

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use entity::ids::{MemberId, OrganizationId};
use entity::kinds::{Resource, Role};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tandem::access::service::{issue_invitation, issue_reset};
use tandem::auth::{Session, System};
use tandem::organization::service::{AddMember, add_member};

use crate::support::{Caller, TestApp, TestOrganization};

/// A password that is good enough, and another one.
pub const PASSWORD: &str = "copper kettle by the sea";
pub const OTHER_PASSWORD: &str = "gravel trumpet on the roof";

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    session { memberId accessToken accessExpiresAt refreshToken refreshExpiresAt sessionExpiresAt }
    retryAfter userErrors { field code message } } }";
const REFRESH: &str = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
    session { memberId accessToken refreshToken refreshExpiresAt sessionExpiresAt } userErrors { field code } } }";
const ACCEPT: &str = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
    session { memberId accessToken refreshToken } userErrors { field code } } }";
const RESET: &str = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { changed userErrors { field code } } }";
const REQUEST_RESET: &str = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
    accepted retryAfter userErrors { code } } }";
const CHANGE: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
    changed retryAfter userErrors { field code } } }";
const SIGN_OUT: &str = "mutation($input: SignOutInput!) { signOut(input: $input) { endedSessions userErrors { field code } } }";
const SIGN_OUT_EVERYWHERE: &str =
    "mutation($input: SignOutEverywhereInput!) { signOutEverywhere(input: $input) { endedSessions userErrors { code } } }";
const REVISE: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { version } userErrors { code } } }";
const ME: &str = "{ me { id role } }";

/// A member without a password.
async fn person(organization: &TestOrganization<'_>, email: &str, role: Role) -> MemberId {
    let resource = (role == Role::SalesRep).then_some(Resource::Sales);
    let new = AddMember {
        email: email.to_owned(),
        name: "Some Body".to_owned(),
        role,
        custom_role_id: None,
        resource,
        team_id: None,
        idempotency_key: None,
    };
    add_member(&organization.setup().authorize().unwrap(), &new).await.unwrap().id
}

/// A member with a password.
async fn with_password(organization: &TestOrganization<'_>, email: &str, password: &str) -> MemberId {
    let member = person(organization, email, Role::SalesRep).await;
    let ticket = invitation(organization, email).await;
    let input = json!({ "input": { "token": ticket, "password": password } });
    let data = organization.app.anonymous().gql(ACCEPT, input).await;
    assert_eq!(data["acceptInvitation"]["userErrors"], json!([]));
    member
}

async fn invitation(organization: &TestOrganization<'_>, email: &str) -> String {
    let scope = Session::system(&organization.app.app, organization.id, System::SignIn).authorize().unwrap();
    issue_invitation(&scope, email).await.unwrap()
}

async fn reset(organization: &TestOrganization<'_>, email: &str) -> String {
    let scope = Session::system(&organization.app.app, organization.id, System::SignIn).authorize().unwrap();
    issue_reset(&scope, email).await.unwrap()
}

/// The answer to a try to sign in, from nowhere in particular.
async fn try_sign_in(app: &TestApp, organization: OrganizationId, email: &str, password: &str) -> Value {
    let input = json!({ "input": { "organizationId": organization.to_string(), "email": email, "password": password } });
    app.anonymous().gql(SIGN_IN, input).await["signIn"].take()
}

/// The answer to a try to sign in from an address.
async fn try_sign_in_from(app: &TestApp, organization: OrganizationId, email: &str, password: &str, address: IpAddr) -> Value {
    let input = json!({ "input": { "organizationId": organization.to_string(), "email": email, "password": password } });
    let body = json!({ "query": SIGN_IN, "variables": input }).to_string();
    let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
    let bytes = app.respond(request).await.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice::<Value>(&bytes).unwrap()["data"]["signIn"].take()
}

/// The session of a member who signs in.
async fn sign_in(app: &TestApp, organization: OrganizationId, email: &str, password: &str) -> Value {
    let mut answer = try_sign_in(app, organization, email, password).await;
    assert_eq!(answer["userErrors"], json!([]));
    answer["session"].take()
}

async fn refresh(app: &TestApp, session: &Value) -> Value {
    app.anonymous().gql(REFRESH, json!({ "input": { "refreshToken": session["refreshToken"] } })).await["refreshSession"].take()
}

/// A caller with the access token of a session.
fn holder<'a>(app: &'a TestApp, session: &Value) -> Caller<'a> {
    Caller { app, token: Some(session["accessToken"].as_str().unwrap().to_owned()), member: None }
}

/// Whether the access token of a session is good now.
async fn is_in(app: &TestApp, session: &Value) -> bool {
    holder(app, session).answer(ME, json!({})).await["data"]["me"].is_object()
}

/// The codes of the user errors of a payload.
fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}
