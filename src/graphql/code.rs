//! The closed list of error codes a client may see, in `errors[].extensions.code`.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

/// Why a request or a field failed. Clients switch on it, so that a code is never renamed and never means two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// Nobody is signed in, or the token is not valid.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// An argument, a variable or the request itself is not acceptable.
    BadUserInput,
    /// The state changed meanwhile, or an id is taken.
    Conflict,
    /// Too much was asked for in too short a time.
    RateLimited,
    /// The document costs more points than one document may.
    CostLimitExceeded,
    /// The server has too much to do, or cannot reach its database; nothing was executed.
    Unavailable,
    /// The time for one request is over.
    Timeout,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The document is over one of the limits of [`Limits`](super::guard::Limits).
    QueryTooComplex,
    /// No trusted document has this hash or text.
    PersistedQueryNotFound,
    /// The client took its events too slowly; those that were not delivered are lost.
    SlowConsumer,
    /// The events that come next are not kept any more: begin anew.
    EventsGone,
    /// The fault is ours. The message never says more; the log does, under the error id.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 16] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::BadUserInput,
        Self::Conflict,
        Self::RateLimited,
        Self::CostLimitExceeded,
        Self::Unavailable,
        Self::Timeout,
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::QueryTooComplex,
        Self::PersistedQueryNotFound,
        Self::SlowConsumer,
        Self::EventsGone,
        Self::Internal,
    ];

    /// The code as it stands in an answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::SlowConsumer => "SLOW_CONSUMER",
            Self::EventsGone => "EVENTS_GONE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The code an error carries, if it carries one of the list.
    #[must_use]
    pub fn of(error: &ServerError) -> Option<Self> {
        let Some(Value::String(name)) = error.extensions.as_ref()?.get("code") else { return None };
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// An error with this code and no place in a document.
    #[must_use]
    pub fn error(self, message: impl Into<String>) -> ServerError {
        self.mark(ServerError::new(message, None))
    }

    /// An error that names the limit that was passed, what is allowed, and what was asked for where that is known.
    #[must_use]
    pub fn over_limit(self, message: impl Into<String>, limit: &str, value: Option<u32>, maximum: u32) -> ServerError {
        let mut error = self.error(message);
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("limit", limit);
        if let Some(value) = value {
            extensions.set("value", value);
        }
        extensions.set("maximum", maximum);
        error
    }

    /// The same error, with this code.
    #[must_use]
    pub fn mark(self, mut error: ServerError) -> ServerError {
        error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", self.name());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_error_tells_its_code() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::of(&code.error("x")), Some(code));
        }
    }

    #[test]
    fn a_code_outside_the_list_is_none() {
        let mut error = ServerError::new("x", None);
        assert_eq!(ErrorCode::of(&error), None);
        error.extensions.get_or_insert_default().set("code", "TEAPOT");
        assert_eq!(ErrorCode::of(&error), None);
    }
}
