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

use std::{future::Future, sync::Arc};

use async_graphql::{
    Request, Response as Executed, ServerError,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use axum::{
    body::{Body, HttpBody},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request as HttpRequest, StatusCode, header, request::Parts},
    response::Response,
};
use entity::ids::{MemberId, TypedId};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};
use tower_http::request_id::RequestId as HeaderRequestId;

use super::{
    HttpSettings, address,
    answer::{self, Failure},
    gate::{Full, Gate},
    negotiation::{MediaType, negotiate, sends_json, sends_plain},
    parameters::{Malformed, Parameters},
};
use crate::{
    auth::{ActingFor, ClientAddress},
    budget::Budgets,
    graphql::{
        code::ErrorCode,
        documents::{Documents, Read},
        extension::{ExecutionFlag, RequestId},
        meter::Meter,
        omitted::leave_out,
    },
};

/// How many times the allowed length is read and thrown away before the answer: a client that is still sending when the
/// connection closes never sees why. One that waits for leave to send (`Expect`) is told at once.
const DRAINED_BODIES: usize = 64;

/// Whom a member acts for.
pub(super) const ACTING_FOR: HeaderName = HeaderName::from_static("acting-for");
/// Points that a request costs which is refused before its document is validated, by its headers, its body or its document:
/// reading it took time, whatever came of it. The address pays, for nobody has asked yet whose token it is, and asking would
/// cost more.
const REFUSED_POINTS: u32 = 2;

/// Bytes of the name of an operation in the log.
const MAX_LOGGED_BYTES: usize = 64;

/// What the front door needs of the application behind it.
pub trait Executor: Clone + Send + Sync + 'static {
    /// Authenticates the bearer and executes the request. Without a token the caller is anonymous. The request's document is
    /// parsed and admitted; its data hold the [`RequestId`], the [`ExecutionFlag`] that
    /// [`Hardening`](crate::graphql::extension::Hardening) sets, and the [`Meter`] it charges, which has to be told who pays.
    ///
    /// # Errors
    /// [`Refusal`] if nothing was executed.
    fn execute(&self, request: Request, bearer: Option<&str>, meter: &Meter) -> impl Future<Output = Result<Executed, Refusal>> + Send;

    /// Whether requests can be served: the database answers and its tables are those of this version.
    fn ready(&self) -> impl Future<Output = bool> + Send;
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
}

/// What every request needs.
pub(super) struct Door<E> {
    pub(super) executor: E,
    pub(super) settings: HttpSettings,
    pub(super) budgets: Arc<Budgets>,
    pub(super) documents: Documents,
    pub(super) gate: Gate,
}

/// An error in the shape of GraphQL for what goes wrong outside the handler.
pub(super) fn error_response(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    Failure::http(status, code, message).into_response(MediaType::Json)
}

/// Any method but GET, HEAD and POST; the router adds `Allow`.
pub(super) async fn method_not_allowed() -> Response {
    error_response(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, "use GET for queries or POST")
}

/// Answers one GraphQL request.
pub(super) async fn handle<E: Executor>(State(door): State<Arc<Door<E>>>, request: HttpRequest<Body>) -> Response {
    let (head, body) = request.into_parts();
    let meter = Meter::new(&door.budgets, address::of(&head, door.settings.trusted_proxies));
    let Some(media_type) = negotiate(&head.headers) else {
        let message = "acceptable are application/graphql-response+json and application/json";
        let failure = Failure::http(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message);
        return paid(failure, &meter).into_response(MediaType::Json);
    };
    let mut response = match serve(&door, &head, body, &meter).await {
        Ok(executed) => answer::executed(&executed, media_type),
        Err(failure) => failure.into_response(media_type),
    };
    if let Some(reading) = meter.reading() {
        answer::tell_budget(&mut response, reading);
    }
    response
}

/// The result of the execution, if there was one.
async fn serve<E: Executor>(door: &Door<E>, head: &Parts, body: Body, meter: &Meter) -> Result<Executed, Failure> {
    let deadline = Instant::now() + door.settings.request_timeout;
    let Asked { request, bearer, flag } = asked(door, head, body, deadline).await.map_err(|failure| paid(failure, meter))?;
    let request = request.data(meter.clone());
    let _place = door.gate.enter().await.map_err(|Full| Failure::unavailable("too busy; ask again"))?;
    // the future is dropped when time is over or the client is gone, and with it what it asked of the database
    let executed = timeout_at(deadline, door.executor.execute(request, bearer, meter)).await;
    let late = |_| Failure::http(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, "the request took too long");
    let executed = executed.map_err(late)?.map_err(|refusal| Failure::of_refusal(refusal, meter.reading()))?;
    if executed.is_err() && !flag.began() { Err(Failure::refused(executed, meter.reading())) } else { Ok(executed) }
}

/// A request as it is executed.
struct Asked<'a> {
    request: Request,
    bearer: Option<&'a str>,
    /// Set once execution begins.
    flag: ExecutionFlag,
}

/// Reads what is asked and by whom, and whether it may be executed at all. Nobody knows yet who pays.
async fn asked<'a, E>(door: &Door<E>, head: &'a Parts, body: Body, deadline: Instant) -> Result<Asked<'a>, Failure> {
    let settings = &door.settings;
    let (bearer, principal) = (bearer(&head.headers)?, acting_for(&head.headers)?);
    let parameters = if head.method == Method::POST {
        let body = timeout_at(deadline, read_body(&head.headers, body, settings.max_body_bytes)).await;
        let late = |_| Failure::http(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, "the request body took too long");
        Parameters::from_body(&body.map_err(late)??)
    } else {
        Parameters::from_url(&head.uri)
    };
    let malformed = |malformed: Malformed| Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, malformed.0);
    let mut parameters = parameters.map_err(malformed)?;
    let text = settings.trusted_documents.text(&mut parameters)?;
    let Read { mut document, admitted, fixed } = read(&text, &parameters, door, &head.method)?;
    if let Some(name) = parameters.operation_name.as_ref().filter(|name| name.len() <= MAX_LOGGED_BYTES) {
        tracing::Span::current().record("operation", name);
    }

    leave_out(&mut document, &parameters.variables);
    let flag = ExecutionFlag::default();
    // Where no listener tells the address, as in a test, nobody's failures are counted for it.
    let address = address::of(head, settings.trusted_proxies);
    let address = ClientAddress((!address.is_unspecified()).then_some(address));
    let mut request = Request::new(text).variables(parameters.variables).data(admitted).data(flag.clone()).data(address);
    if let Some(principal) = principal {
        request = request.data(principal);
    }
    if let Some(fixed) = fixed {
        request = request.data(fixed);
    }
    request.operation_name = parameters.operation_name;
    request.set_parsed_query(document);
    if let Some(id) = head.extensions.get::<HeaderRequestId>().and_then(|id| id.header_value().to_str().ok()) {
        request = request.data(RequestId(id.into()));
    }
    Ok(Asked { request, bearer, flag })
}

/// The document a request asks for, if it may be executed over this method.
fn read<E>(text: &str, parameters: &Parameters, door: &Door<E>, method: &Method) -> Result<Read, Failure> {
    let read = door.documents.read(text, &parameters.variables, &door.settings.limits).map_err(Failure::document)?;
    let operation = chosen_operation(&read.document, parameters.operation_name.as_deref()).map_err(Failure::document)?;
    match operation.ty {
        OperationType::Query => {}
        OperationType::Mutation if method == Method::POST => {}
        OperationType::Mutation => {
            return Err(Failure::http(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, "mutations must be sent with POST")
                .with(header::ALLOW, HeaderValue::from_static("POST")));
        }
        OperationType::Subscription => {
            return Err(Failure::document(ErrorCode::BadUserInput.error("subscriptions are not served over this transport")));
        }
    }
    Ok(read)
}

/// The failure, or that the budget is spent: being refused is not for nothing.
fn paid(failure: Failure, meter: &Meter) -> Failure {
    match meter.charge(REFUSED_POINTS, REFUSED_POINTS) {
        Ok(()) => failure,
        Err(error) => Failure::refused(Executed::from_errors(vec![error]), meter.reading()),
    }
}

/// The token of `Authorization: Bearer …`, or none for an anonymous caller. Tokens are read from nowhere else.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(Failure::invalid_token()),
    }
}

/// Whom the caller says they act for.
fn acting_for(headers: &HeaderMap) -> Result<Option<ActingFor>, Failure> {
    let mut values = headers.get_all(ACTING_FOR).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let member = value.to_str().ok().and_then(|value| MemberId::parse(value.trim()).ok());
    match (member, values.next()) {
        (Some(member), None) => Ok(Some(ActingFor(member))),
        _ => Err(Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, "Acting-For must be the id of a member, once")),
    }
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

/// The operation a request asks for: the named one, or the only one.
fn chosen_operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, ServerError> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() > 1 => {
            return Err(ErrorCode::BadUserInput.error("the document has several operations: name one in \"operationName\""));
        }
        (DocumentOperations::Multiple(operations), None) => operations.values().next(),
    };
    operation.map(|operation| &operation.node).ok_or_else(|| ErrorCode::BadUserInput.error("the document has no operation of this name"))
}
