//! GraphQL over HTTP: one handler for GET and POST, in place of async-graphql-axum's, whose status codes, content types and
//! lack of limits are not those of the specification (<https://graphql.github.io/graphql-over-http/draft/>).
//!
//! - POST takes `application/json` alone, GET runs queries alone: no page of the web can send either of them with effect
//!   without asking first, and no cookie is ever read.
//! - A document may be sent by the hash of a [trusted](super::trusted) one.
//! - A document passes the [guard](crate::graphql::guard) before anybody asks whose token it is. One that is refused there is
//!   paid for by the address it comes from.
//! - An answer without `data` is a request error: 400 as `application/graphql-response+json`; 200 as `application/json` once
//!   the request was well-formed, as that type always was used.
//! - A subscription is answered as an [event stream](super::live::events) to whoever accepts one, or over a
//!   [WebSocket](super::live::socket). A query or mutation is answered as JSON to whoever takes JSON too.

use std::{future::Future, sync::Arc};

use async_graphql::{Request, Response as Executed, ServerError};
use axum::{
    body::{Body, HttpBody},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Request as HttpRequest, StatusCode, header, request::Parts},
    response::Response,
};
use futures_util::{StreamExt, stream::BoxStream};
use tokio::time::{Instant, timeout_at};

use super::{
    HttpSettings, address,
    answer::{self, Failure},
    asked::{Caller, Carried, ask, execute, paid},
    gate::Gate,
    live::{Farewell, Places, events, socket},
    negotiation::{MediaType, accepts_events, negotiate, sends_json, sends_plain},
    parameters::{Malformed, Parameters},
};
use crate::{
    budget::Budgets,
    graphql::{code::ErrorCode, documents::Documents, meter::Meter},
};

/// How many times the allowed length is read and thrown away before the answer: a client that is still sending when the
/// connection closes never sees why. One that waits for leave to send (`Expect`) is told at once.
const DRAINED_BODIES: usize = 64;

/// What the front door needs of the application behind it.
pub trait Executor: Clone + Send + Sync + 'static {
    /// Authenticates the bearer and executes the request. Without a token the caller is anonymous. The request's document is
    /// parsed and admitted; its data hold the [`RequestId`](crate::graphql::extension::RequestId), the
    /// [`ExecutionFlag`](crate::graphql::extension::ExecutionFlag) that [`Hardening`](crate::graphql::extension::Hardening)
    /// sets, and the [`Meter`] it charges, which has to be told who pays.
    ///
    /// # Errors
    /// [`Refusal`] if nothing was executed.
    fn execute(&self, request: Request, bearer: Option<&str>, meter: &Meter) -> impl Future<Output = Result<Executed, Refusal>> + Send;

    /// Lets a caller in for a connection that lasts, and is asked now and then whether they still may be: who they are is
    /// asked again for everything they ask. The meter has to be told who pays.
    ///
    /// # Errors
    /// [`Refusal`] if they are not let in.
    fn admit(&self, bearer: Option<&str>, meter: &Meter) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Begins a subscription: request, bearer and meter are as for [`execute`](Self::execute). The stream ends when the
    /// subscription does, and is dropped when nobody listens any more. It is asked for the next event once the last one was
    /// put where the client can fetch it.
    ///
    /// # Errors
    /// [`Refusal`] if the subscription did not begin.
    fn subscribe(&self, request: Request, bearer: Option<Arc<str>>, meter: &Meter) -> impl Future<Output = Result<Live, Refusal>> + Send;

    /// Whether requests can be served: the database answers and its tables are those of this version.
    fn ready(&self) -> impl Future<Output = bool> + Send;
}

/// A subscription that began.
pub type Live = BoxStream<'static, Heard>;

/// What a subscription says.
#[derive(Debug)]
pub enum Heard {
    /// An event, with errors of its fields or without.
    Next(Arc<Executed>),
    /// The subscription can go on no longer, or did not begin after all. It is the last thing heard.
    Failed(Vec<ServerError>),
    /// The caller's token ended. It is the last thing heard; a socket is closed for all that was asked over it.
    Expired,
    /// The caller is let in no longer, whatever their token: they are no member any more. Otherwise as
    /// [`Expired`](Self::Expired).
    ShutOut,
}

/// Why an [`Executor`] executed nothing.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The token is not valid. Why is not said.
    InvalidToken,
    /// The meter says that the budget is spent.
    RateLimited(Box<ServerError>),
    /// The caller may not act for the member they say.
    NotActingFor,
    /// The database cannot be reached.
    Unavailable,
    /// The subscription is refused, for what its document or variables ask.
    Request(Vec<ServerError>),
}

/// What every request needs.
pub(super) struct Door<E> {
    pub(super) executor: E,
    pub(super) settings: HttpSettings,
    pub(super) budgets: Arc<Budgets>,
    pub(super) documents: Documents,
    pub(super) gate: Gate,
    pub(super) places: Places,
}

/// An error in the shape of GraphQL for what goes wrong outside the handler.
pub(super) fn error_response(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    Failure::http(status, code, message).into_response(MediaType::Json)
}

/// Any method but GET, HEAD and POST; the router adds `Allow`.
pub(super) async fn method_not_allowed() -> Response {
    error_response(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, "use GET for queries or POST")
}

/// Answers one GraphQL request, or begins a conversation of many.
pub(super) async fn handle<E: Executor>(State(door): State<Arc<Door<E>>>, request: HttpRequest<Body>) -> Response {
    let (head, body) = request.into_parts();
    let meter = Meter::new(&door.budgets, address::of(&head, door.settings.trusted_proxies));
    if socket::is_asked_for(&head) {
        return socket::upgrade(door, head, &meter).await.unwrap_or_else(|failure| failure.into_response(MediaType::Json));
    }
    let accepted = (negotiate(&head.headers), accepts_events(&head.headers));
    if accepted == (None, false) {
        let message = "acceptable are application/graphql-response+json, application/json and text/event-stream";
        let failure = Failure::http(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message);
        return paid(failure, &meter).into_response(MediaType::Json);
    }
    // a client of event streams tells a refusal from a stream by its status
    let (media_type, events) = (accepted.0.unwrap_or(MediaType::GraphqlResponse), accepted.1);
    let served = serve(&door, &head, body, &meter, events).await;
    let mut response = match served {
        Ok(Served::Executed(executed)) if accepted.0.is_some() => answer::executed(&executed, media_type),
        Ok(Served::Executed(executed)) => events::of_result(&executed),
        Ok(Served::Stream(response)) => response,
        Err(failure) => failure.into_response(media_type),
    };
    if let Some(reading) = meter.reading() {
        answer::tell_budget(&mut response, reading);
    }
    response
}

/// What came of a request.
enum Served {
    Executed(Executed),
    Stream(Response),
}

/// The result of the execution, or the stream, if there was one.
async fn serve<E: Executor>(door: &Door<E>, head: &Parts, body: Body, meter: &Meter, events: bool) -> Result<Served, Failure> {
    let (settings, deadline) = (&door.settings, Instant::now() + door.settings.request_timeout);
    let refused = |failure| paid(failure, meter);
    let caller = Caller::of(head, settings.trusted_proxies).map_err(refused)?;
    let parameters = parameters(settings, head, body, deadline).await.map_err(refused)?;
    let carried = Carried { mutations: head.method == Method::POST, subscriptions: events };
    let asked = ask(door, &caller, parameters, carried).map_err(refused)?;
    if asked.lasts {
        return events::begin(door, asked, &caller, meter, deadline, Farewell::of(head)).await.map(Served::Stream);
    }
    execute(door, asked, &caller, meter, deadline).await.map(Served::Executed)
}

/// Reads the parameters, from where the method has them.
async fn parameters(settings: &HttpSettings, head: &Parts, body: Body, deadline: Instant) -> Result<Parameters, Failure> {
    let parameters = if head.method == Method::POST {
        let body = timeout_at(deadline, read_body(&head.headers, body, settings.max_body_bytes)).await;
        let late = |_| Failure::http(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, "the request body took too long");
        Parameters::from_body(&body.map_err(late)??)
    } else {
        Parameters::from_url(&head.uri)
    };
    parameters.map_err(|Malformed(message)| Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message))
}

/// The body, if it is plain JSON and not longer than allowed. Its length is counted as it arrives, whatever it declares.
async fn read_body(headers: &HeaderMap, body: Body, maximum: usize) -> Result<Vec<u8>, Failure> {
    if !sends_json(headers) {
        let message = "the request body must be application/json in UTF-8";
        return Err(Failure::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadUserInput, message));
    }
    if !sends_plain(headers) {
        let message = "the request body must not be compressed";
        return Err(Failure::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadUserInput, message)
            .with(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    let too_large = || Failure::too_long(StatusCode::PAYLOAD_TOO_LARGE, "the request body is", "bodyBytes", maximum);
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let patience = maximum.saturating_mul(DRAINED_BODIES);
    if declared > patience || (declared > maximum && headers.contains_key(header::EXPECT)) {
        return Err(too_large());
    }
    let (mut bytes, mut received) = (Vec::new(), 0_usize);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, "the request body ended early"))?;
        received = received.saturating_add(chunk.len());
        if received > patience {
            return Err(too_large());
        } else if received > maximum {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if received > maximum { Err(too_large()) } else { Ok(bytes) }
}
