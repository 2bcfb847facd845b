//! Errors: what a caller can put right is data in the payload; the rest is an error of the request.

use async_graphql::{ErrorExtensions, SimpleObject};

use super::connection::MAX_ROWS;
use crate::error::{Error, Problem, ProblemCode, Result};

/// Something the caller can put right.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The path of the input field: `["input", "items", "3", "amount"]`.
    field: Vec<String>,
    /// What kind of problem.
    code: ProblemCode,
    /// For a person to read.
    message: String,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let path = std::iter::once("input").chain(problem.field.split('.')).map(str::to_owned).collect();
        Self { field: path, code: problem.code, message: problem.message }
    }
}

/// Parts a result into the object and what the caller can put right.
///
/// # Errors
/// Everything else.
pub fn settle<T>(result: Result<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Invalid(problems)) => Ok((None, problems.into_iter().map(UserError::from).collect())),
        Err(other) => Err(other),
    }
}

/// A payload: the changed object, or why it was not changed.
#[macro_export]
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty })*) => {$(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            $field: Option<$type>,
            /// What to put right; empty when it was done.
            user_errors: Vec<$crate::graphql::user_error::UserError>,
        }

        impl $name {
            fn settle(result: $crate::Result<$type>) -> $crate::Result<Self> {
                let ($field, user_errors) = $crate::graphql::user_error::settle(result)?;
                Ok(Self { $field, user_errors })
            }
        }
    )*};
}

/// Here, and nowhere else, an error becomes text for a client. What is ours goes to the log with an id.
#[expect(clippy::disallowed_types, reason = "the one place that makes the library's error")]
impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let code = error.code();
        let message = match &error {
            Error::Unauthenticated => "sign in first".to_owned(),
            Error::Forbidden => "you may not do this".to_owned(),
            Error::NotFound => "there is no such object".to_owned(),
            Error::Conflict(message) => (*message).to_owned(),
            Error::EventsGone => "events that come next are not kept any more; begin anew, without `after`".to_owned(),
            Error::Timeout => "took too long; try again".to_owned(),
            Error::Invalid(problems) => problems.first().map(|problem| problem.message.clone()).unwrap_or_default(),
            Error::Internal(_) => "something went wrong on our side".to_owned(),
        };
        let error_id = if let Error::Internal(cause) = &error {
            let id = format!("{:016x}", rand::random::<u64>());
            tracing::error!(error.id = %id, error.cause = %cause, "internal error");
            Some(id)
        } else {
            None
        };
        Self::new(message).extend_with(|_, extensions| {
            extensions.set("code", code);
            if let Some(id) = error_id.as_deref() {
                extensions.set("errorId", id);
            }
            if let Error::Invalid(problems) = &error
                && let Some(problem) = problems.first()
            {
                extensions.set("field", problem.field.as_str());
                extensions.set("reason", async_graphql::Value::Enum(async_graphql::Name::new(reason(problem.code))));
                if problem.code == ProblemCode::TooMany && matches!(problem.field.as_str(), "first" | "last" | "ids") {
                    extensions.set("limit", problem.field.as_str());
                    extensions.set("maximum", MAX_ROWS);
                }
            }
        })
    }
}

/// The name of a code as clients see it in payloads.
fn reason(code: ProblemCode) -> String {
    match async_graphql::resolver_utils::enum_value(code) {
        async_graphql::Value::Enum(name) => name.to_string(),
        _ => String::new(),
    }
}
