//! The front door: routes, and the layers every request passes.
//!
//! | route | answers |
//! |---|---|
//! | `GET`, `POST /graphql` | GraphQL, see [`graphql`]; live over a WebSocket or as an event stream, see [`live`] |
//! | `POST /oauth/token` | access tokens for API clients, see [`oauth`] |
//! | `GET /.well-known/jwks.json` | the public keys of access tokens, as a JWK set |
//! | `GET /healthz` | 200 while the process lives; asks nobody |
//! | `GET /readyz` | 200 if requests can be served, else 503 |
//! | `GET /`, `GET /explorer/…` | the explorer page, if it is switched on |
//!
//! Other paths are 404, other methods 405 with `Allow`. No header tells a version.

mod address;
mod answer;
mod asked;
pub mod connections;
mod cors;
mod executor;
mod explorer;
mod gate;
pub mod graphql;
mod head;
mod jwks;
pub mod live;
mod negotiation;
mod oauth;
mod parameters;
mod patient;
mod subscription;
#[cfg(test)]
mod tests;
pub mod trusted;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderName, Request as HttpRequest, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate, SizeAbove},
    },
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer},
};
use tracing::Level;

pub use self::{cors::Origin, executor::service, live::LiveSettings, trusted::TrustedDocuments};
use self::{
    gate::Gate,
    graphql::{Door, Executor, error_response},
    live::Places,
};
use crate::{
    budget::{Budgets, Rates},
    clock::Clock,
    graphql::{code::ErrorCode, documents::Documents, guard::Limits},
};

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
    /// What callers may spend.
    pub rates: Rates,
    /// Requests executed at once. 256.
    pub max_executing: usize,
    /// Requests that wait for that. 512.
    pub max_waiting: usize,
    /// Pages of which origins may read answers. None.
    pub allowed_origins: Vec<Origin>,
    /// Proxies of ours in front, each of which appends to `X-Forwarded-For`. 0.
    pub trusted_proxies: u8,
    /// Whether TLS ends in front, so that browsers may be told to use nothing else. Off by default.
    pub behind_tls: bool,
    /// Whether callers who are not signed in may read the schema. Off by default: it is for development.
    pub open_introspection: bool,
    /// Documents that may be sent by their hash. None.
    pub trusted_documents: Arc<TrustedDocuments>,
    /// What may stay open.
    pub live: LiveSettings,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            explorer: false,
            max_body_bytes: 1_000_000,
            request_timeout: Duration::from_secs(30),
            limits: Limits::default(),
            rates: Rates::default(),
            max_executing: 256,
            max_waiting: 512,
            allowed_origins: Vec::new(),
            trusted_proxies: 0,
            behind_tls: false,
            open_introspection: false,
            trusted_documents: Arc::default(),
            live: LiveSettings::default(),
        }
    }
}

/// How long a request waits for others before it is sent away.
const PATIENCE: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of an answer that are worth compressing: fewer fit into a packet as they are.
const COMPRESSED_BYTES: u64 = 1_024;

/// The routes and their layers, in front of `executor`.
pub fn router<E: Executor>(executor: E, settings: HttpSettings, clock: Arc<dyn Clock>) -> Router {
    let budgets = Arc::new(Budgets::new(settings.rates, clock));
    routed(executor, settings, budgets)
}

/// The same, with budgets that others take from too.
fn routed<E: Executor>(executor: E, settings: HttpSettings, budgets: Arc<Budgets>) -> Router {
    // a probe must not hang with the database; `/graphql` keeps time itself, to answer in the shape of GraphQL
    let probes = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(readyz::<E>).with_state(executor.clone()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, settings.request_timeout));
    let explorer = if settings.explorer { explorer::routes() } else { Router::new() };
    let behind_tls = settings.behind_tls;
    let mut api = get(graphql::handle::<E>).post(graphql::handle::<E>).fallback(graphql::method_not_allowed);
    if !settings.allowed_origins.is_empty() {
        // answers every OPTIONS, so that it stands where there is something to ask for and nowhere else
        api = api.layer(cors::layer(&settings.allowed_origins));
    }
    let gate = Gate::new(settings.max_executing, settings.max_waiting, PATIENCE);
    let places = Places::new(settings.live.most, settings.live.most_of_caller);
    let door = Door { executor, budgets, documents: Documents::default(), gate, places, settings };
    let routes = Router::new()
        .route("/graphql", api)
        .with_state(Arc::new(door))
        .merge(probes)
        .merge(explorer)
        .fallback(async || (StatusCode::NOT_FOUND, "not found"));
    layered(routes, behind_tls)
}

/// The layers, from the outermost to the innermost: a request passes the first one first. They are put around the routes in one
/// go, for each time costs every request a copy of all that is within.
fn layered(routes: Router, behind_tls: bool) -> Router {
    let layers = ServiceBuilder::new()
        .map_request(head::settle)
        // outside all that logs or answers: the id stands in the log, in internal errors and in the answer
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        // one line for a request; the path without its query, for that holds documents and variables
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(DefaultOnFailure::new().level(Level::WARN)),
        )
        .map_response(move |response| head::seal(response, behind_tls))
        // what panics outside a resolver costs one request, not the connection; inside the headers and the trace
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(head::Bounds)
        // numbers compress well; no answer mixes a secret with what a stranger chose, so that its length may show. Event streams
        // are left as they are: events would wait for each other
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_BYTES))));
    routes.layer(layers)
}

async fn readyz<E: Executor>(State(executor): State<E>) -> Response {
    if executor.ready().await { "ready".into_response() } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response() }
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
