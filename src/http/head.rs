//! The head of every request and answer: what is bounded, hidden and added before and after all else.

use std::task::{Context, Poll};

use axum::{
    extract::Request,
    http::{HeaderValue, Response as HttpResponse, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{
    FutureExt, TryFutureExt,
    future::{Either, MapOk, Ready, ready},
};
use tower::{Layer, Service};

use super::{REQUEST_ID, answer::Failure, negotiation::MediaType};

/// Bytes of a path with its query.
const MAX_URL_BYTES: usize = 16 * 1024;
/// Bytes of one header's value; a token has to fit.
const MAX_HEADER_BYTES: usize = 8 * 1024;
/// Bytes of all headers, names and values.
const MAX_HEADERS_BYTES: usize = 32 * 1024;
/// Characters of a request id that a client chooses.
const MAX_REQUEST_ID_CHARS: usize = 64;
/// Headers that are added to an answer, here and for its budget.
const ADDED_HEADERS: usize = 16;

/// The explorer loads its own files and nothing else; no page may frame it.
const CONTENT_SECURITY_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'");

/// Answers depend on who asks and when.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Browsers that heard this use TLS for two years.
const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// A client may choose the id, but not forge log lines or fill the log with it. What says who is calling is marked, so that
/// nothing that prints headers prints it.
pub(super) fn settle(mut request: Request) -> Request {
    let plain = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        (1..=MAX_REQUEST_ID_CHARS).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let headers = request.headers_mut();
    if !headers.get(REQUEST_ID).is_none_or(plain) {
        headers.remove(REQUEST_ID);
    }
    for name in [header::AUTHORIZATION, header::COOKIE] {
        if let header::Entry::Occupied(mut entry) = headers.entry(name) {
            entry.iter_mut().for_each(|value| value.set_sensitive(true));
        }
    }
    request
}

/// What every answer says, errors included: nothing is sniffed, framed, loaded from elsewhere or told to other sites, nor kept
/// where it does not say so itself.
pub(super) fn seal<B>(mut response: HttpResponse<B>, behind_tls: bool) -> HttpResponse<B> {
    let headers = response.headers_mut();
    headers.reserve(ADDED_HEADERS);
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if behind_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY);
    }
    response
}

/// Refuses URLs and headers of unbounded length before anything reads them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds;

impl<S> Layer<S> for Bounds {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded { inner }
    }
}

/// A service behind [`Bounds`].
#[derive(Clone, Debug)]
pub(super) struct Bounded<S> {
    inner: S,
}

type Passed<S> = MapOk<<S as Service<Request>>::Future, fn(<S as Service<Request>>::Response) -> Response>;

impl<S> Service<Request> for Bounded<S>
where
    S: Service<Request, Response: IntoResponse>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Passed<S>, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match unbounded(&request) {
            None => self.inner.call(request).map_ok(S::Response::into_response as fn(S::Response) -> Response).left_future(),
            Some(failure) => ready(Ok(failure.into_response(MediaType::Json))).right_future(),
        }
    }
}

/// What is too long, if anything is.
fn unbounded(request: &Request) -> Option<Failure> {
    if request.uri().path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URL_BYTES {
        return Some(Failure::too_long(StatusCode::URI_TOO_LONG, "the URL is", "urlBytes", MAX_URL_BYTES));
    }
    let longest = request.headers().values().map(HeaderValue::len).max().unwrap_or_default();
    let all: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let refused = |what, limit, maximum| Some(Failure::too_long(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, what, limit, maximum));
    if longest > MAX_HEADER_BYTES {
        refused("a header is", "headerBytes", MAX_HEADER_BYTES)
    } else if all > MAX_HEADERS_BYTES {
        refused("the headers are", "headersBytes", MAX_HEADERS_BYTES)
    } else {
        None
    }
}
