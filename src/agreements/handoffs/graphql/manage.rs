//! Clocks that stand still, go on, end, or are reckoned by other hours.

use async_graphql::{Context, Enum, ID, InputObject, Object};

use super::SlaClock;
use crate::agreements::handoffs::service;
use crate::auth::permission::grant::ClockManage;
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::context::Authorize;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::int;
use crate::payloads;

/// Why nothing is owed to a buyer any more.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::agreements::handoffs::service::CancelReason")]
pub enum ClockCancelReason {
    /// They are somebody else who was handed over already.
    Duplicate,
    /// They do not want to be contacted.
    OptOut,
}

/// That a clock stands still.
#[derive(InputObject)]
pub struct PauseClockInput {
    /// The clock.
    clock_id: ID,
    /// Why, in words.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a clock goes on.
#[derive(InputObject)]
pub struct ResumeClockInput {
    /// The clock.
    clock_id: ID,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a clock ends before its time.
#[derive(InputObject)]
pub struct CancelClockInput {
    /// The clock.
    clock_id: ID,
    /// Why.
    reason: ClockCancelReason,
    /// More about that, in words.
    note: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// Which clocks are reckoned by the newest version of their calendar: those of an agreement, or one.
#[derive(InputObject)]
pub struct RepinCalendarInput {
    /// The agreement: all its clocks for which something is still owed, by the sides you manage clocks for.
    agreement_id: Option<ID>,
    /// The clock.
    clock_id: Option<ID>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of stopping a clock.
    PauseClockPayload {
        /// The clock as it is now.
        clock: SlaClock
    }
    /// What came of letting a clock go on.
    ResumeClockPayload {
        /// The clock as it is now.
        clock: SlaClock
    }
    /// What came of ending a clock.
    CancelClockPayload {
        /// The clock as it is now.
        clock: SlaClock
    }
    /// What came of reckoning clocks by other hours.
    RepinCalendarPayload {
        /// How many clocks go by other hours now.
        repinned: i32
    }
}

/// What whoever leads those who owe something does about their clocks.
#[derive(Debug, Default)]
pub struct ClockMutation;

#[Object]
impl ClockMutation {
    /// Stops a clock for a while that runs for somebody else. The business time until it goes on does not count.
    async fn pause_clock(&self, ctx: &Context<'_>, input: PauseClockInput) -> Result<PauseClockPayload> {
        let scope = ctx.authorize::<ClockManage>()?;
        let change = service::PauseClock {
            clock_id: parse_id(&input.clock_id, "input.clockId")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        PauseClockPayload::settle(service::pause_clock(&scope, &change).await.map(SlaClock::from))
    }

    /// Lets a clock go on that stands still.
    async fn resume_clock(&self, ctx: &Context<'_>, input: ResumeClockInput) -> Result<ResumeClockPayload> {
        let scope = ctx.authorize::<ClockManage>()?;
        let change = service::ResumeClock { clock_id: parse_id(&input.clock_id, "input.clockId")?, idempotency_key: input.idempotency_key };
        ResumeClockPayload::settle(service::resume_clock(&scope, &change).await.map(SlaClock::from))
    }

    /// Ends a clock that runs for somebody else while there is time left. It counts neither as met nor as missed; a breach stays a breach.
    async fn cancel_clock(&self, ctx: &Context<'_>, input: CancelClockInput) -> Result<CancelClockPayload> {
        let scope = ctx.authorize::<ClockManage>()?;
        let change = service::CancelClock {
            clock_id: parse_id(&input.clock_id, "input.clockId")?,
            reason: input.reason.into(),
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        CancelClockPayload::settle(service::cancel_clock(&scope, &change).await.map(SlaClock::from))
    }

    /// Reckons clocks that have time left anew, from their start, by the newest version of their calendar. A change of a calendar counts
    /// for new clocks only, unless it is said here. A breach stays a breach.
    async fn repin_calendar(&self, ctx: &Context<'_>, input: RepinCalendarInput) -> Result<RepinCalendarPayload> {
        let scope = ctx.authorize::<ClockManage>()?;
        let agreement = parse_optional_id(input.agreement_id.as_ref(), "input.agreementId")?;
        let clock = parse_optional_id(input.clock_id.as_ref(), "input.clockId")?;
        let which = match (agreement, clock) {
            (Some(agreement), None) => service::Repinned::Agreement(agreement),
            (None, Some(clock)) => service::Repinned::Clock(clock),
            (None, None) => return RepinCalendarPayload::settle(Err(one_of(ProblemCode::Required))),
            (Some(_), Some(_)) => return RepinCalendarPayload::settle(Err(one_of(ProblemCode::Invalid))),
        };
        let change = service::RepinCalendar { which, idempotency_key: input.idempotency_key };
        RepinCalendarPayload::settle(service::repin_calendar(&scope, &change).await.map(int))
    }
}

fn one_of(code: ProblemCode) -> Error {
    Error::invalid("agreementId", code, "name an agreement or a clock, not both")
}
