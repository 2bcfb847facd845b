//! What is asked and by whom, whichever way it comes: one request of HTTP, or one of many operations on a socket.
//!
//! Nothing here knows how a request was carried, so that no transport can forget the guard, the trusted documents, the budget,
//! the gate or the time a request may take.

use std::{net::IpAddr, sync::Arc};

use async_graphql::{
    Positioned, Request, Response as Executed, ServerError,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use entity::ids::{MemberId, TypedId};
use tokio::time::{Instant, timeout_at};
use tower_http::request_id::RequestId as HeaderRequestId;

use super::{
    address,
    answer::Failure,
    gate::Full,
    graphql::{Door, Executor, Live},
    parameters::Parameters,
};
use crate::{
    auth::{ActingFor, ClientAddress},
    graphql::{
        code::ErrorCode,
        documents::Read,
        extension::{ExecutionFlag, RequestId},
        meter::Meter,
        omitted::leave_out,
    },
};

/// Whom a member acts for.
pub(super) const ACTING_FOR: HeaderName = HeaderName::from_static("acting-for");
/// Points that a request costs which is refused before its document is validated, by its headers, its body or its document:
/// reading it took time, whatever came of it. The address pays, for nobody has asked yet whose token it is, and asking would
/// cost more.
const REFUSED_POINTS: u32 = 2;

/// Bytes of the name of an operation in the log.
const MAX_LOGGED_BYTES: usize = 64;

/// Who asks, as far as that is known before anybody asked whose token it is.
#[derive(Clone)]
pub(super) struct Caller {
    /// `None` for somebody who is not signed in.
    pub(super) bearer: Option<Arc<str>>,
    pub(super) acting_for: Option<ActingFor>,
    pub(super) address: IpAddr,
    pub(super) request_id: Option<RequestId>,
}

impl Caller {
    /// As the head of a request has it.
    ///
    /// # Errors
    /// [`Failure`] if there is a token or a member to act for, and it is malformed.
    pub(super) fn of(head: &Parts, proxies: u8) -> Result<Self, Failure> {
        let (bearer, acting_for) = (bearer(&head.headers)?, acting_for(&head.headers)?);
        let request_id = head.extensions.get::<HeaderRequestId>().and_then(|id| id.header_value().to_str().ok());
        let request_id = request_id.map(|id| RequestId(id.into()));
        Ok(Self { bearer: bearer.map(Arc::from), acting_for, address: address::of(head, proxies), request_id })
    }
}

/// The token of `Authorization: Bearer …`, or none for an anonymous caller. Of a request it is read from nowhere else.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str().ok().and_then(token), values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(Failure::invalid_token()),
    }
}

/// The token of `Bearer …`.
pub(super) fn token(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// Whom the caller says they act for.
fn acting_for(headers: &HeaderMap) -> Result<Option<ActingFor>, Failure> {
    let mut values = headers.get_all(ACTING_FOR).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str().ok().and_then(principal), values.next()) {
        (Some(principal), None) => Ok(Some(principal)),
        _ => Err(Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, "Acting-For must be the id of a member, once")),
    }
}

/// The member of an id.
pub(super) fn principal(id: &str) -> Option<ActingFor> {
    MemberId::parse(id.trim()).ok().map(ActingFor)
}

/// Which operations a transport carries beside queries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    pub(super) mutations: bool,
    pub(super) subscriptions: bool,
}

/// A request as it is executed.
pub(super) struct Asked {
    request: Request,
    /// Set once execution begins.
    flag: ExecutionFlag,
    /// Whether it is a subscription.
    pub(super) lasts: bool,
}

/// Reads what is asked, and whether it may be executed at all. Nobody knows yet who pays.
///
/// # Errors
/// [`Failure`], which has to be [`paid`].
pub(super) fn ask<E>(door: &Door<E>, caller: &Caller, mut parameters: Parameters, carried: Carried) -> Result<Asked, Failure> {
    let text = door.settings.trusted_documents.text(&mut parameters)?;
    let read = door.documents.read(&text, &parameters.variables, &door.settings.limits).map_err(Failure::document)?;
    let Read { mut document, admitted, fixed } = read;
    let kind = chosen_operation(&document, parameters.operation_name.as_deref()).and_then(|operation| {
        if operation.ty == OperationType::Subscription && !is_one_field(&operation.selection_set) {
            return Err(ErrorCode::GraphqlValidationFailed.error("a subscription must ask for exactly one field, outside of fragments"));
        }
        Ok(operation.ty)
    });
    let kind = kind.map_err(Failure::document)?;
    may_be_carried(kind, carried)?;
    if let Some(name) = parameters.operation_name.as_ref().filter(|name| name.len() <= MAX_LOGGED_BYTES) {
        tracing::Span::current().record("operation", name);
    }

    leave_out(&mut document, &parameters.variables);
    let flag = ExecutionFlag::default();
    // Where no listener tells the address, as in a test, nobody's failures are counted for it.
    let address = ClientAddress((!caller.address.is_unspecified()).then_some(caller.address));
    let mut request = Request::new(text).variables(parameters.variables).data(admitted).data(flag.clone()).data(address);
    if let Some(principal) = caller.acting_for {
        request = request.data(principal);
    }
    if let Some(fixed) = fixed {
        request = request.data(fixed);
    }
    if let Some(id) = &caller.request_id {
        request = request.data(id.clone());
    }
    request.operation_name = parameters.operation_name;
    request.set_parsed_query(document);
    Ok(Asked { request, flag, lasts: kind == OperationType::Subscription })
}

fn may_be_carried(kind: OperationType, carried: Carried) -> Result<(), Failure> {
    match kind {
        OperationType::Mutation if !carried.mutations => {
            Err(Failure::http(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, "mutations must be sent with POST")
                .with(header::ALLOW, HeaderValue::from_static("POST")))
        }
        OperationType::Subscription if !carried.subscriptions => {
            let message = "subscriptions are answered as text/event-stream, if that is accepted, or over a WebSocket with the \
                           sub-protocol graphql-transport-ws";
            Err(Failure::document(ErrorCode::BadUserInput.error(message)))
        }
        _ => Ok(()),
    }
}

/// The failure, or that the budget is spent: being refused is not for nothing.
pub(super) fn paid(failure: Failure, meter: &Meter) -> Failure {
    match meter.charge(REFUSED_POINTS, REFUSED_POINTS) {
        Ok(()) => failure,
        Err(error) => Failure::refused(Executed::from_errors(vec![error]), meter.reading()),
    }
}

/// Executes a query or mutation, in its turn and in its time.
///
/// # Errors
/// [`Failure`] if nothing was executed, or not to its end.
pub(super) async fn execute<E: Executor>(
    door: &Door<E>,
    asked: Asked,
    caller: &Caller,
    meter: &Meter,
    deadline: Instant,
) -> Result<Executed, Failure> {
    let _place = door.gate.enter().await.map_err(|Full| busy())?;
    let request = asked.request.data(meter.clone());
    // the future is dropped when time is over or the client is gone, and with it what it asked of the database
    let executed = timeout_at(deadline, door.executor.execute(request, caller.bearer.as_deref(), meter)).await;
    let executed = executed.map_err(|_| late())?.map_err(|refusal| Failure::of_refusal(refusal, meter.reading()))?;
    if executed.is_err() && !asked.flag.began() { Err(Failure::refused(executed, meter.reading())) } else { Ok(executed) }
}

/// Begins a subscription, in its turn and in its time. What it costs is paid now, once, as for a query; its events come when
/// they come, take no turn at the gate and cost nothing more.
///
/// # Errors
/// [`Failure`] if it did not begin.
pub(super) async fn subscribe<E: Executor>(
    door: &Door<E>,
    asked: Asked,
    caller: &Caller,
    meter: &Meter,
    deadline: Instant,
) -> Result<Live, Failure> {
    let _place = door.gate.enter().await.map_err(|Full| busy())?;
    let request = asked.request.data(meter.clone());
    let live = timeout_at(deadline, door.executor.subscribe(request, caller.bearer.clone(), meter)).await;
    live.map_err(|_| late())?.map_err(|refusal| Failure::of_refusal(refusal, meter.reading()))
}

fn busy() -> Failure {
    Failure::unavailable("too busy; ask again")
}

fn late() -> Failure {
    Failure::http(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, "the request took too long")
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

/// Whether a selection asks for one field, as the specification has it of subscriptions; that of a fragment the library does not
/// find, and of several it would mix the events.
fn is_one_field(set: &Positioned<SelectionSet>) -> bool {
    matches!(set.node.items.as_slice(), [only] if matches!(only.node, Selection::Field(_)))
}
