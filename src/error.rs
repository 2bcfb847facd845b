//! The one error of the crate, by whose fault it is.
//!
//! It has no `Display` on purpose: the GraphQL library turns every `Display` error into a message for the
//! client, and a cause (an SQL text, a path) must never get there.

use std::sync::Arc;

/// What went wrong.
#[derive(Clone, Debug)]
pub enum Error {
    /// Nobody is signed in, or the token is not good.
    Unauthenticated,
    /// The caller may not do this, and may know that it exists.
    Forbidden,
    /// There is no such object, or the caller may not see it.
    NotFound,
    /// The input cannot be accepted; each problem names its field.
    Invalid(Vec<Problem>),
    /// Somebody else changed the same thing first; trying again may work.
    Conflict(&'static str),
    /// The events that come next are not kept any more.
    EventsGone,
    /// The database did not answer in time, or all connections were taken.
    Timeout,
    /// Our fault. The cause is for the log.
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

/// The result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One reason why an input cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// Where in the input, as a path: `items.3.amount`.
    pub field: String,
    /// What kind of problem.
    pub code: ProblemCode,
    /// For a person to read.
    pub message: String,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Stable codes for what a caller can put right.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
        #[graphql(name = "UserErrorCode")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)+
        }
    };
}

problem_codes! {
    /// The value is not allowed here.
    Invalid,
    /// A value is missing.
    Required,
    /// No such object in this organization.
    NotFound,
    /// Another object has this name or address.
    Taken,
    /// The text is too long.
    TooLong,
    /// The list is longer than allowed.
    TooMany,
    /// The text holds characters that cannot be stored.
    InvalidText,
    /// Not an IANA time zone.
    UnknownTimeZone,
    /// Not an ISO 4217 currency.
    UnknownCurrency,
    /// The amount is negative, finer than the currency's minor unit, or too large.
    InvalidAmount,
    /// Before 1970, or more than a day ahead of the clock.
    DateOutOfRange,
    /// A period or span ends before it begins.
    PeriodEmpty,
    /// Shares do not add up to 10 000 basis points.
    SharesDoNotSum,
    /// The person this is about was erased, and nothing more is recorded of them.
    Erased,
    /// The external id is known with other content.
    ExternalIdConflict,
    /// The idempotency key was used with other input, or by somebody else.
    IdempotencyMismatch,
    /// It lies before what was already recorded; flag an event as backdated if that is true.
    OutOfOrder,
    /// The subject is in this stage already.
    SameStage,
    /// Another change came first; read again.
    StaleVersion,
    /// It was corrected already; correct the newest row.
    AlreadyCorrected,
    /// The tree would have a cycle.
    Cycle,
    /// The value can no longer be changed.
    Fixed,
    /// The donor holds less credit than this.
    CreditOverdraw,
    /// It would change the figures of a month that is locked.
    PeriodLocked,
    /// The month is not locked.
    PeriodOpen,
    /// The state of the close does not allow it.
    CloseState,
    /// The transfer was posted, declined or withdrawn already.
    TransferState,
    /// The dispute was settled or withdrawn already.
    DisputeState,
    /// The goal is pursued no longer.
    GoalState,
    /// The same is disputed already.
    DisputeOpen,
    /// Nobody decides about what they asked for themselves, nor somebody who acts for them or for whom they act.
    SelfApproval,
    /// The caller decided about it already.
    AlreadyDecided,
    /// It was undone already.
    AlreadyReversed,
    /// The state of the opportunity does not allow it.
    OpportunityState,
    /// The state of the agreement does not allow it.
    AgreementState,
    /// The buyer was handed to that resource already, and that is not at its end.
    HandoffOpen,
    /// The state of the handoff does not allow it.
    HandoffState,
    /// The state of the clock does not allow it.
    ClockState,
    /// It holds at the same time as another one of its kind.
    Overlap,
    /// Nothing says who earned the credit: name the source resource.
    NoEvidence,
    /// Nobody may do this to themselves.
    SelfReference,
    /// The caller may not do this to that object.
    NotAllowed,
    /// Organization, address and password do not belong together, or the member may not sign in; which of these is not said.
    SignInFailed,
    /// Too many tries: wait as long as `retryAfter` says.
    RateLimited,
    /// The token is unknown, was used already, is too old, or was revoked; which of these is not said.
    InvalidToken,
    /// The password is too short.
    TooShort,
    /// The password is easily guessed.
    TooCommon,
}

impl Error {
    /// The stable code, as clients see it in `extensions.code`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "BAD_USER_INPUT",
            Self::Conflict(_) => "CONFLICT",
            Self::EventsGone => "EVENTS_GONE",
            Self::Timeout => "TIMEOUT",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// One problem with one field.
    #[must_use]
    pub fn invalid(field: impl Into<String>, code: ProblemCode, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), code, message: message.into() }])
    }

    /// The object a field names does not exist, or belongs to somebody else: the text is the same.
    #[must_use]
    pub fn unknown(field: impl Into<String>) -> Self {
        Self::invalid(field, ProblemCode::NotFound, "there is no such object")
    }

    /// The same problems, with their fields inside of another one.
    #[must_use]
    pub fn below(self, field: &str) -> Self {
        let inside = |problem: Problem| Problem { field: format!("{field}.{}", problem.field), ..problem };
        match self {
            Self::Invalid(problems) => Self::Invalid(problems.into_iter().map(inside).collect()),
            other => other,
        }
    }

    /// Calls a field as the caller does, where another use case calls it differently.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        let rename = |problem: Problem| {
            let rest = problem.field.strip_prefix(from).filter(|rest| rest.is_empty() || rest.starts_with('.'));
            Problem { field: rest.map_or_else(|| problem.field.clone(), |rest| format!("{to}{rest}")), ..problem }
        };
        match self {
            Self::Invalid(problems) => Self::Invalid(problems.into_iter().map(rename).collect()),
            other => other,
        }
    }

    /// A failure of ours, with its cause.
    #[must_use]
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// A broken promise inside the program.
    #[must_use]
    pub fn broken(promise: &'static str) -> Self {
        #[derive(Debug)]
        struct Broken(&'static str);
        impl std::fmt::Display for Broken {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.0)
            }
        }
        impl std::error::Error for Broken {}
        Self::internal(Broken(promise))
    }

    /// For the command line, where the reader is the operator.
    #[must_use]
    pub fn for_operator(&self) -> String {
        match self {
            Self::Invalid(problems) => {
                problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect::<Vec<_>>().join("; ")
            }
            Self::Internal(cause) => cause.to_string(),
            Self::Conflict(message) => (*message).to_owned(),
            Self::Unauthenticated | Self::Forbidden | Self::NotFound | Self::EventsGone | Self::Timeout => {
                self.code().to_lowercase().replace('_', " ")
            }
        }
    }
}

/// Gathers problems, so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub fn push(&mut self, field: impl Into<String>, code: ProblemCode, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), code, message: message.into() });
    }

    /// Keeps the value, or the problem.
    ///
    /// # Errors
    /// Anything that is not a problem with the input.
    pub fn take<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(problems)) => {
                self.0.extend(problems);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes on where there is none.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
