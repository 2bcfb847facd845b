//! The front door: routes, and the layers every request passes.
//!
//! | route | answers |
//! |---|---|
//! | `GET`, `POST /graphql` | GraphQL, see [`graphql`] |
//! | `GET /healthz` | 200 while the process lives; asks nobody |
//! | `GET /readyz` | 200 if requests can be served, else 503 |
//! | `GET /`, `GET /explorer/…` | the explorer page, if it is switched on |
//!
//! Other paths are 404, other methods 405 with `Allow`. No header tells a version.

mod executor;
mod explorer;
pub mod graphql;
mod negotiation;
mod parameters;
#[cfg(test)]
mod tests;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    sensitive_headers::SetSensitiveRequestHeadersLayer,
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer},
};
use tracing::Level;

pub use self::executor::service;
use self::graphql::{Executor, error_response};
use crate::graphql::{code::ErrorCode, guard::Limits};

/// How the front door behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Whether the explorer page is served. Off by default: it is for development.
    pub explorer: bool,
    /// Bytes of a request body. 1 MB.
    pub max_body_bytes: usize,
    /// From the first byte of the body to the end of execution. 30 s.
    pub request_timeout: Duration,
    /// What a document may ask for.
    pub limits: Limits,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { explorer: false, max_body_bytes: 1_000_000, request_timeout: Duration::from_secs(30), limits: Limits::default() }
    }
}

/// Bytes of a path with its query.
const MAX_URL_BYTES: usize = 16 * 1024;
/// Bytes of one header's value; a token has to fit.
const MAX_HEADER_BYTES: usize = 8 * 1024;
/// Bytes of all headers, names and values.
const MAX_HEADERS_BYTES: usize = 32 * 1024;
/// Characters of a request id that a client chooses.
const MAX_REQUEST_ID_CHARS: usize = 64;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The explorer loads its own files and nothing else; no page may frame it.
const CONTENT_SECURITY_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'");

/// The routes and their layers, in front of `executor`.
pub fn router<E: Executor>(executor: E, settings: HttpSettings) -> Router {
    let no_store = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let settings = Arc::new(settings);
    // a probe must not hang with the database; `/graphql` keeps time itself, to answer in the shape of GraphQL
    let probes = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(readyz::<E>).with_state(executor.clone()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, settings.request_timeout));
    let explorer = if settings.explorer { explorer::routes() } else { Router::new() };
    let routes = Router::new()
        .route("/graphql", get(graphql::handle::<E>).post(graphql::handle::<E>).fallback(graphql::method_not_allowed))
        .with_state((executor, settings))
        .merge(probes)
        // answers depend on who asks and when
        .layer(no_store)
        .merge(explorer)
        .fallback(async || (StatusCode::NOT_FOUND, "not found"));
    layered(routes)
}

/// The layers, from the innermost to the outermost: a request passes the last one first.
fn layered(routes: Router) -> Router {
    let header = |name, value| SetResponseHeaderLayer::overriding(name, value);
    routes
        // numbers compress well; no answer mixes a secret with what a stranger chose, so that its length may show
        .layer(CompressionLayer::new())
        // before anything reads them: no URL or header of unbounded length
        .layer(middleware::from_fn(bound_head))
        // what panics outside a resolver costs one request, not the connection; inside the headers and the trace
        .layer(CatchPanicLayer::custom(panic_response))
        // every answer, errors included: nothing is sniffed, framed, loaded from elsewhere or told to other sites
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(header(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        // one line for a request; the path without its query, for that holds documents and variables
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(DefaultOnFailure::new().level(Level::WARN)),
        )
        // outside the trace, so that it prints no token
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, header::COOKIE]))
        // outside all that logs or answers: the id stands in the log, in internal errors and in the answer
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        // a client may choose the id, but not forge log lines or fill the log with it
        .layer(middleware::map_request(drop_odd_request_id))
}

async fn readyz<E: Executor>(State(executor): State<E>) -> Response {
    if executor.ready().await { "ready".into_response() } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response() }
}

async fn bound_head(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URL_BYTES {
        return error_response(StatusCode::URI_TOO_LONG, ErrorCode::BadUserInput, "the URL is too long");
    }
    let longest = request.headers().values().map(HeaderValue::len).max().unwrap_or_default();
    let all: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if longest > MAX_HEADER_BYTES || all > MAX_HEADERS_BYTES {
        return error_response(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode::BadUserInput, "the headers are too long");
    }
    next.run(request).await
}

async fn drop_odd_request_id(mut request: Request) -> Request {
    let plain = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        (1..=MAX_REQUEST_ID_CHARS).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if !request.headers().get(REQUEST_ID).is_none_or(plain) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn request_span(request: &HttpRequest<Body>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let (method, path) = (request.method(), request.uri().path());
    tracing::info_span!("request", %method, path, id, operation = tracing::field::Empty)
}

fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
    let cause = crate::graphql::extension::panic_message(panic.as_ref());
    tracing::error!(cause, "panic outside a resolver");
    error_response(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "internal error")
}
