//! What is sent back: the result of an execution, or why there was none.

use std::collections::BTreeMap;
use std::fmt::Write;

use async_graphql::{ServerError, Value};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{graphql::Refusal, negotiation::MediaType};
use crate::{
    budget::WINDOW_SECONDS,
    graphql::{code::ErrorCode, meter::Reading},
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What a page of another origin may read of an answer, beside its body.
pub(super) const EXPOSED_HEADERS: [HeaderName; 4] = [header::RETRY_AFTER, RATE_LIMIT, RATE_LIMIT_POLICY, super::REQUEST_ID];

/// Bytes of a header that tells what is left to spend.
const BUDGET_BYTES: usize = 128;

/// After how many seconds it makes sense to ask again a server that was too busy.
const RETRY_SECONDS: u64 = 1;

/// An answer that is not the result of an execution.
pub(super) struct Failure {
    /// `None` if the request was well-formed and its document is at fault: then the media type decides.
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
    errors: Vec<ServerError>,
    extensions: BTreeMap<String, Value>,
}

impl Failure {
    fn new(status: Option<StatusCode>, errors: Vec<ServerError>) -> Self {
        Self { status, headers: Vec::new(), errors, extensions: BTreeMap::new() }
    }

    /// The request is at fault.
    pub(super) fn http(status: StatusCode, code: ErrorCode, message: &str) -> Self {
        Self::new(Some(status), vec![code.error(message)])
    }

    /// The document is at fault.
    pub(super) fn document(error: impl Into<ServerError>) -> Self {
        Self::new(None, vec![error.into()])
    }

    /// Something is longer than it may be.
    pub(super) fn too_long(status: StatusCode, what: &str, limit: &str, maximum: usize) -> Self {
        let (message, maximum) = (format!("{what} too long: at most {maximum} bytes"), u32::try_from(maximum).unwrap_or(u32::MAX));
        Self::new(Some(status), vec![ErrorCode::BadUserInput.over_limit(message, limit, None, maximum)])
    }

    /// The errors of a response that nothing was executed for.
    pub(super) fn refused(response: async_graphql::Response, reading: Option<&Reading>) -> Self {
        let wait = reading.and_then(|reading| reading.receipt.wait);
        let failure = Self { extensions: response.extensions, ..Self::new(None, response.errors) };
        match wait {
            None => failure,
            Some(wait) => {
                // rounded up, so that a client that waits so long is not refused again
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                let failure = Self { status: Some(StatusCode::TOO_MANY_REQUESTS), ..failure };
                failure.with(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
        }
    }

    /// The same text for every bad token (RFC 6750 section 3).
    pub(super) fn invalid_token() -> Self {
        Self::http(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, "the token is not valid")
            .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
    }

    /// The server can do nothing now. Nothing was executed.
    pub(super) fn unavailable(message: &str) -> Self {
        Self::http(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
            .with(header::RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))
    }

    /// The application executed nothing.
    pub(super) fn of_refusal(refusal: Refusal, reading: Option<&Reading>) -> Self {
        match refusal {
            Refusal::InvalidToken => Self::invalid_token(),
            Refusal::RateLimited(error) => Self::refused(async_graphql::Response::from_errors(vec![*error]), reading),
            Refusal::NotActingFor => {
                Self::http(StatusCode::FORBIDDEN, ErrorCode::Forbidden, "Acting-For: nobody lets you act for this member now")
            }
            Refusal::Unavailable => Self::unavailable("temporarily unavailable"),
            Refusal::Request(errors) => Self::refused(async_graphql::Response::from_errors(errors), reading),
        }
    }

    /// More is open at once than may be.
    pub(super) fn too_many(what: &str, limit: &str, maximum: usize) -> Self {
        let maximum = u32::try_from(maximum).unwrap_or(u32::MAX);
        let error = ErrorCode::RateLimited.over_limit(format!("too many {what} at once: at most {maximum}"), limit, None, maximum);
        Self::new(Some(StatusCode::TOO_MANY_REQUESTS), vec![error])
    }

    /// Whether it is the token that is at fault.
    pub(super) fn is_of_token(&self) -> bool {
        self.status == Some(StatusCode::UNAUTHORIZED)
    }

    /// What it says.
    pub(super) fn into_errors(self) -> Vec<ServerError> {
        self.errors
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn into_response(self, media_type: MediaType) -> Response {
        let status = self.status.unwrap_or(match media_type {
            MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        });
        let mut response = write(status, media_type, &Answer { errors: &self.errors, data: None, extensions: &self.extensions });
        response.headers_mut().extend(self.headers);
        response
    }
}

/// The body of an answer. It borrows, so that the result is written as it was resolved: its keys keep the order of the document.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> Answer<'a> {
    /// The result of an execution.
    pub(super) const fn of(response: &'a async_graphql::Response) -> Self {
        Self { errors: response.errors.as_slice(), data: Some(&response.data), extensions: &response.extensions }
    }
}

fn write(status: StatusCode, media_type: MediaType, body: &Answer<'_>) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, media_type.content_type())], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The result of an execution.
pub(super) fn executed(response: &async_graphql::Response, media_type: MediaType) -> Response {
    write(StatusCode::OK, media_type, &Answer::of(response))
}

/// Tells in the headers what is left to spend, as draft-ietf-httpapi-ratelimit-headers-10 has it.
pub(super) fn tell_budget(response: &mut Response, reading: &Reading) {
    let seconds = |micros: i64| u64::try_from(micros).unwrap_or_default().div_ceil(1_000_000);
    // room for two payers, so that neither text grows
    let (mut policy, mut left) = (String::with_capacity(BUDGET_BYTES), String::with_capacity(BUDGET_BYTES));
    for balance in &reading.receipt.balances {
        let (name, maximum) = (balance.payer.policy(), balance.maximum);
        let full_in = seconds(balance.full_at.micros().saturating_sub(reading.receipt.at.micros()));
        let comma = if policy.is_empty() { "" } else { ", " };
        // writing to a text cannot fail
        let _ = write!(policy, "{comma}\"{name}\";q={maximum};w={WINDOW_SECONDS};qu=\"points\"");
        let _ = write!(left, "{comma}\"{name}\";r={};t={full_in}", balance.remaining);
    }
    for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, left)] {
        if let Some(value) = HeaderValue::try_from(text).ok().filter(|value| !value.is_empty()) {
            response.headers_mut().insert(name, value);
        }
    }
}
