//! The one extension of the schema. It belongs to the schema and not to a transport, so that no transport can forget it.
//!
//! - A document that no transport has admitted goes through the [guard](super::guard) before anything else.
//! - The schema is shown to those who may see it, by [`MayIntrospect`].
//! - A document is paid for, by the [`Meter`] of its request, when its cost is known and before anything is executed.
//! - An error of a nullable field nulls that field alone; async-graphql would null its parent. A panic becomes such an error.
//! - Every error leaves with a code of [`ErrorCode`]. One without a code, or with a code outside the list, was not meant for a
//!   client: it is logged under an id, and the client gets the id.
//! - Messages and the number of errors are bounded, and errors stand in the order of the document.
//! - Whether execution began is told to the transport by [`ExecutionFlag`], because only then does an answer have `data`.

#[cfg(test)]
mod tests;

use std::{
    any::{Any, TypeId},
    cmp::Ordering,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{self, AtomicBool},
    },
};

use async_graphql::{
    PathSegment, QueryPathNode, QueryPathSegment, Request, Response, ServerError, ServerResult, ValidationResult, Value, Variables,
    async_trait::async_trait,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextPrepareRequest, NextRequest, NextResolve,
        NextSubscribe, NextValidation, ResolveInfo,
    },
    parser::types::ExecutableDocument,
};
use futures_util::{FutureExt, StreamExt, stream::BoxStream};

use super::{
    allowed,
    code::ErrorCode,
    context,
    documents::Fixed,
    guard::{Admitted, Limits, admit},
    meter::Meter,
    recorder::Recorder,
};

/// Errors in one answer; those further down the document are dropped.
pub const MAX_ERRORS: usize = 20;
/// Characters of one error message; what is cut off is replaced by an ellipsis.
pub const MAX_MESSAGE_CHARS: usize = 300;

/// The id of a request, given by the transport as request data; also the error id of what goes wrong within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Set when execution begins. A transport puts one into the request's data, keeps a clone, and reads it afterwards: an error
/// before execution is a request error, and its answer must not have `data`.
#[derive(Clone, Debug, Default)]
pub struct ExecutionFlag(Arc<AtomicBool>);

impl ExecutionFlag {
    /// Whether execution began.
    #[must_use]
    pub fn began(&self) -> bool {
        self.0.load(atomic::Ordering::Relaxed)
    }
}

/// Put into a request's data by whoever knows that the caller may read the schema.
#[derive(Clone, Copy, Debug)]
pub struct MayIntrospect;

/// Put into a request's data to have a document validated and not executed: the answer has no errors if it is good.
#[derive(Clone, Copy, Debug)]
pub struct OnlyValidate;

/// Makes the extension. It must be the first one of the schema, so that it sees what the others do.
#[derive(Clone, Debug, Default)]
pub struct Hardening {
    limits: Arc<Limits>,
}

impl Hardening {
    /// Documents are held to `limits`: those that no transport admitted to all of them, the others to the cost.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits: Arc::new(limits) }
    }
}

impl ExtensionFactory for Hardening {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Hardened { limits: Arc::clone(&self.limits), meter: OnceLock::new(), recorder: OnceLock::new(), kept: Arc::default() })
    }
}

/// The extension of one request.
struct Hardened {
    limits: Arc<Limits>,
    meter: OnceLock<Meter>,
    /// None but in tests.
    recorder: OnceLock<Recorder>,
    kept: Arc<Kept>,
}

/// What is kept from the request to its answer, or to the events of its subscription.
#[derive(Default)]
struct Kept {
    request_id: OnceLock<RequestId>,
    executing: AtomicBool,
    /// Errors of the nullable fields that were nulled for them.
    nulled: Mutex<Vec<ServerError>>,
}

#[async_trait]
impl Extension for Hardened {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = self.kept.publish_all(next.run(ctx).await);
        match self.meter.get().and_then(Meter::reading) {
            Some(reading) => response.extension("cost", reading.extension()),
            None => response,
        }
    }

    /// The events of a subscription leave as answers do. One is resolved after the other, for a subscription asks for one field.
    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let kept = Arc::clone(&self.kept);
        next.run(ctx, stream).map(move |response| kept.publish_all(response)).boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        // a second `set` cannot happen: an extension serves one request
        if let Some(id) = given::<RequestId>(&request) {
            let _ = self.kept.request_id.set(id.clone());
        }
        if let Some(meter) = given::<Meter>(&request) {
            let _ = self.meter.set(meter.clone());
        }
        if let Some(recorder) = given::<Recorder>(&request) {
            let _ = self.recorder.set(recorder.clone());
        }
        let admitted = match given::<Admitted>(&request) {
            Some(admitted) => *admitted,
            None => {
                let (document, admitted) = admit(&request.query, &request.variables, &self.limits)?;
                request.set_parsed_query(document);
                request.data.insert(admitted);
                admitted
            }
        };
        if admitted.cost().introspects() && given::<MayIntrospect>(&request).is_none() {
            self.charge(1, 1)?;
            return Err(ErrorCode::Unauthenticated.error("the schema is shown to those who are signed in"));
        }
        refuse_fields(ctx, &mut request).inspect_err(|_| {
            // refused either way; a meter that is empty says so on the next request
            let _ = self.charge(1, 1);
        })?;
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        // the document is parsed already: what can still fail here are async-graphql's own limits
        next.run(ctx, query, variables).await.map_err(|error| ErrorCode::QueryTooComplex.mark(error))
    }

    async fn validation(&self, ctx: &ExtensionContext<'_>, next: NextValidation<'_>) -> Result<ValidationResult, Vec<ServerError>> {
        let fixed = ctx.data_opt::<Fixed>();
        let known = fixed.and_then(Fixed::validated);
        let result = match known.map(Ok) {
            Some(known) => known,
            None => next.run(ctx).await.inspect(|result| fixed.into_iter().for_each(|fixed| fixed.keep(result))),
        };
        let result = match result {
            Ok(result) => result,
            Err(errors) => {
                // validating took time, whatever came of it
                self.charge(1, 1).map_err(|error| vec![error])?;
                return Err(errors.into_iter().map(mark_validation_error).collect());
            }
        };
        let cost = u32::try_from(result.complexity).unwrap_or(u32::MAX).max(1);
        let maximum = self.meter.get().map_or(u32::MAX, Meter::ceiling).min(self.limits.cost);
        if cost > maximum {
            self.charge(cost, 1).map_err(|error| vec![error])?;
            let message = format!("the document costs {cost} points, at most {maximum}");
            return Err(vec![ErrorCode::CostLimitExceeded.over_limit(message, "cost", Some(cost), maximum)]);
        }
        if ctx.data_opt::<OnlyValidate>().is_some() {
            return Err(Vec::new());
        }
        self.charge(cost, cost).map_err(|error| vec![error])?;
        Ok(result)
    }

    async fn execute(&self, ctx: &ExtensionContext<'_>, operation_name: Option<&str>, next: NextExecute<'_>) -> Response {
        self.kept.executing.store(true, atomic::Ordering::Relaxed);
        if let Some(flag) = ctx.data_opt::<ExecutionFlag>() {
            flag.0.store(true, atomic::Ordering::Relaxed);
        }
        next.run(ctx, operation_name).await
    }

    async fn resolve(&self, ctx: &ExtensionContext<'_>, info: ResolveInfo<'_>, next: NextResolve<'_>) -> ServerResult<Option<Value>> {
        if info.is_for_introspection {
            return next.run(ctx, info).await;
        }
        let (path, position) = (info.path_node, info.field.name.pos);
        let nullable = !info.return_type.ends_with('!');
        // the items of a list are resolved one by one too, and are no fields
        let recorder = self.recorder.get().filter(|_| matches!(path.segment, QueryPathSegment::Name(_)));
        if let Some(recorder) = recorder {
            recorder.begin(&info);
        }
        let result = AssertUnwindSafe(next.run(ctx, info)).catch_unwind().await.unwrap_or_else(|panic| {
            let error = ServerError::new(format!("panic: {}", panic_message(panic.as_ref())), Some(position));
            Err(ErrorCode::Internal.mark(error).with_path(path_segments(path)))
        });
        if let Some(recorder) = recorder {
            recorder.end(path, matches!(&result, Ok(Some(value)) if *value != Value::Null));
        }
        match result {
            // `Some`, for async-graphql takes `None` in a list for a bug
            Err(error) if nullable => {
                self.kept.nulled.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                Ok(Some(Value::Null))
            }
            result => result,
        }
    }
}

/// Refuses a document that asks for, or fills in, what its caller may not.
fn refuse_fields(ctx: &ExtensionContext<'_>, request: &mut Request) -> ServerResult<()> {
    let Some(session) = context::session(&request.data).filter(|session| session.fields().is_some()).cloned() else { return Ok(()) };
    let Some(fields) = session.fields() else { return Ok(()) };
    let variables = request.variables.clone();
    let refused = allowed::refused(request.parsed_query()?, &variables, &ctx.schema_env.registry, fields);
    let Some(first) = refused.first() else { return Ok(()) };
    let message = format!("this API client may not use {first}");
    let session = session.doing(first, given::<RequestId>(request).map(|id| &id.0));
    refused.into_iter().for_each(|field| session.deny(None, field));
    Err(ErrorCode::Forbidden.error(message))
}

fn given<T: Any + Send + Sync>(request: &Request) -> Option<&T> {
    request.data.get(&TypeId::of::<T>()).and_then(|given| given.downcast_ref())
}

impl Hardened {
    /// Charges the request's meter, if it has one.
    fn charge(&self, cost: u32, points: u32) -> ServerResult<()> {
        self.meter.get().map_or(Ok(()), |meter| meter.charge(cost, points))
    }
}

impl Kept {
    /// The answer as a client may see it.
    fn publish_all(&self, mut response: Response) -> Response {
        response.errors.append(&mut self.nulled.lock().unwrap_or_else(PoisonError::into_inner));
        response.errors.sort_by(in_document_order);
        // all of them pass, so that an internal error is logged even if the client will not see it
        response.errors = response.errors.into_iter().map(|error| self.publish(error)).collect();
        response.errors.truncate(MAX_ERRORS);
        response
    }

    /// The error as a client may see it.
    fn publish(&self, mut error: ServerError) -> ServerError {
        let code = ErrorCode::of(&error).or_else(|| self.code_of_engine_error(&error)).unwrap_or(ErrorCode::Internal);
        if code == ErrorCode::Internal {
            return self.mask(error);
        }
        cut(&mut error.message);
        code.mark(error)
    }

    /// The code of an error that async-graphql itself made: it gives none.
    fn code_of_engine_error(&self, error: &ServerError) -> Option<ErrorCode> {
        let has_code = error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
        let of_input = ["Failed to parse ", "Expected input type "].iter().any(|start| error.message.starts_with(start));
        let executing = self.executing.load(atomic::Ordering::Relaxed);
        // before execution what is left is the choice of the operation
        (!has_code && (of_input || !executing)).then_some(ErrorCode::BadUserInput)
    }

    /// Logs the error, unless whoever made it did and gave it an id, and hides what it says.
    fn mask(&self, error: ServerError) -> ServerError {
        let known_id = error.extensions.as_ref().and_then(|extensions| extensions.get("errorId")).cloned();
        let id = known_id.unwrap_or_else(|| {
            let id = self.request_id.get().map_or_else(|| format!("{:016x}", rand::random::<u64>()), |id| id.0.to_string());
            let path = serde_json::to_string(&error.path).unwrap_or_default();
            tracing::error!(error_id = id, path, cause = error.message, "internal error");
            Value::from(id)
        });
        let mut masked = ErrorCode::Internal.error("internal error");
        masked.locations = error.locations;
        masked.path = error.path;
        masked.extensions.get_or_insert_default().set("errorId", id);
        masked
    }
}

/// async-graphql reports limits, wrong values and wrong documents in one list, told apart by their text.
fn mark_validation_error(error: ServerError) -> ServerError {
    let code = match error.message.as_str() {
        "Query is nested too deep." => ErrorCode::QueryTooComplex,
        message if message.starts_with("Invalid value for argument ") => ErrorCode::BadUserInput,
        _ => ErrorCode::GraphqlValidationFailed,
    };
    code.mark(error)
}

/// Fields run concurrently, so that errors come in no order; an answer must not depend on that.
fn in_document_order(a: &ServerError, b: &ServerError) -> Ordering {
    a.locations.first().cmp(&b.locations.first()).then_with(|| {
        let segments = a.path.iter().zip(&b.path).map(|(a, b)| match (a, b) {
            (PathSegment::Index(a), PathSegment::Index(b)) => a.cmp(b),
            (PathSegment::Field(a), PathSegment::Field(b)) => a.cmp(b),
            (PathSegment::Index(_), PathSegment::Field(_)) => Ordering::Less,
            (PathSegment::Field(_), PathSegment::Index(_)) => Ordering::Greater,
        });
        segments.fold(Ordering::Equal, Ordering::then).then(a.path.len().cmp(&b.path.len()))
    })
}

fn cut(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS)
        && let Some((last, _)) = message.char_indices().take_while(|(at, _)| *at < end).last()
    {
        message.truncate(last);
        message.push('…');
    }
}

fn path_segments(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut path: Vec<_> = std::iter::once(node)
        .chain(node.parents())
        .map(|node| match node.segment {
            QueryPathSegment::Index(index) => PathSegment::Index(index),
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
        })
        .collect();
    path.reverse();
    path
}

/// What was panicked with, if it is text.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
