//! Tokens for API clients: OAuth 2's client credentials (RFC 6749, section 4.4).
//!
//! A client shows its secret by HTTP Basic or in the form, and gets an access token for a quarter of an hour. Each try is
//! paid by the address it comes from, whatever comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tower_http::timeout::TimeoutLayer;

use super::address;
use crate::app::App;
use crate::auth::{Session, System};
use crate::budget::{Budgets, Payer};
use crate::clients::service::{self, TokenRequest};
use crate::error::{Error, ProblemCode};

/// Points a try costs.
const POINTS: u32 = 20;

/// Bytes of a form: a secret has some 90.
const MAX_FORM_BYTES: usize = 4 * 1024;

#[derive(Clone)]
struct Desk {
    app: Arc<App>,
    budgets: Arc<Budgets>,
    trusted_proxies: u8,
}

pub(super) fn routes(app: &Arc<App>, budgets: &Arc<Budgets>, trusted_proxies: u8, timeout: Duration) -> Router {
    let desk = Desk { app: Arc::clone(app), budgets: Arc::clone(budgets), trusted_proxies };
    Router::new()
        .route("/oauth/token", post(token))
        .with_state(desk)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
}

/// Why there is no token, in the words of RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    InvalidRequest(&'static str),
    InvalidClient,
    UnsupportedGrantType,
    InvalidScope,
    TooMany(Duration),
    Unavailable,
}

async fn token(State(desk): State<Desk>, head: Parts, body: Result<Bytes, BytesRejection>) -> Response {
    let address = Payer::address(address::of(&head, desk.trusted_proxies));
    if let Some(wait) = desk.budgets.spend(&[address], POINTS).wait {
        return Refused::TooMany(wait).into_response();
    }
    let body = body.map_err(|_| Refused::InvalidRequest("the form is too long, or ended early"));
    let form = body.and_then(|body| form(&head.headers, &body));
    match form.and_then(|form| wanted(&head.headers, form)) {
        Ok(wanted) => given(&desk.app, &wanted).await.unwrap_or_else(IntoResponse::into_response),
        Err(refused) => refused.into_response(),
    }
}

/// The fields of a form, each of which may stand once.
fn form(headers: &HeaderMap, body: &Bytes) -> Result<BTreeMap<String, String>, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refused::InvalidRequest("the body must be application/x-www-form-urlencoded"));
    }
    let mut form = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refused::InvalidRequest("a parameter stands twice"));
        }
    }
    // What is sent without a value counts as left out.
    form.retain(|_, value| !value.is_empty());
    Ok(form)
}

/// What a client wants. It shows its secret in one way only.
fn wanted(headers: &HeaderMap, mut form: BTreeMap<String, String>) -> Result<TokenRequest, Refused> {
    match form.remove("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::UnsupportedGrantType),
        None => return Err(Refused::InvalidRequest("grant_type is missing")),
    }
    let (client_id, secret) = match (headers.get(header::AUTHORIZATION), form.remove("client_secret")) {
        (Some(_), Some(_)) => return Err(Refused::InvalidRequest("the secret stands twice")),
        (Some(basic), None) => basic_credentials(basic).map(|(id, secret)| (Some(id), secret)).ok_or(Refused::InvalidClient)?,
        (None, Some(secret)) => (form.remove("client_id"), secret),
        (None, None) => return Err(Refused::InvalidClient),
    };
    Ok(TokenRequest { client_id, secret, scope: form.remove("scope") })
}

/// Name and password of HTTP Basic, form-encoded as RFC 6749, section 2.3.1, wants them.
fn basic_credentials(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, credentials) = header.to_str().ok()?.split_once(' ')?;
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (name, password) = credentials.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let plain = |text: &str| {
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        pairs.next().map(|(name, _)| name.into_owned())
    };
    Some((plain(name)?, plain(password)?))
}

async fn given(app: &Arc<App>, wanted: &TokenRequest) -> Result<Response, Refused> {
    let organization = service::door(&wanted.secret).ok_or(Refused::InvalidClient)?;
    let desk = Session::system(app, organization, System::SignIn).authorize().map_err(refusal)?;
    let token = service::token(&desk, wanted).await.map_err(refusal)?;
    let body = json!({
        "access_token": token.access_token, "token_type": "Bearer", "expires_in": token.expires_in, "scope": token.scope,
    });
    Ok(no_store(Json(body).into_response()))
}

fn refusal(error: Error) -> Refused {
    match error {
        Error::Unauthenticated => Refused::InvalidClient,
        Error::Invalid(problems) if problems.iter().all(|problem| problem.code == ProblemCode::NotAllowed) => Refused::InvalidScope,
        other => {
            tracing::error!(error.cause = %other.for_operator(), "a token could not be given");
            Refused::Unavailable
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, description) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown, or its secret is not good"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type", "only client_credentials is served"),
            Self::InvalidScope => (StatusCode::BAD_REQUEST, "invalid_scope", "the client was not given one of these permissions"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "too many tries: wait"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "temporarily unavailable"),
        };
        let mut response = (status, Json(json!({ "error": error, "error_description": description }))).into_response();
        let headers = response.headers_mut();
        match self {
            Self::InvalidClient => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"tandem\""));
            }
            Self::TooMany(wait) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
            }
            _ => {}
        }
        no_store(response)
    }
}

/// Nobody in between keeps a token.
fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
