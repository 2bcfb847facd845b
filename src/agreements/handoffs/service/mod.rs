//! Use cases of handoffs and clocks.

mod admission;
mod answering;
mod attempts;
mod clocks;
mod course;
mod deciding;
mod falling_due;
mod managing;
mod offering;
mod reading;
mod standing;

pub use answering::{AnswerHandoff, acknowledge_rejection, contest_rejection, withdraw_handoff};
pub use attempts::attempted;
pub use clocks::{Counted, Spent, clock_state, counted, owe_no_more, owing, settled_by};
pub use deciding::{
    AcceptHandoff, ReassignHandoff, RecycleHandoff, RejectHandoff, ResolveContest, accept_handoff, reassign_handoff, recycle_handoff,
    reject_handoff, resolve_contest,
};
pub use falling_due::{answered_by_silence, owners_of, reassign_by_step};
pub use managing::{
    CancelClock, CancelReason, PauseClock, RepinCalendar, Repinned, ResumeClock, cancel_clock, pause_clock, repin_calendar, resume_clock,
};
pub use offering::{NewHandoff, offer_handoff, offer_handoffs};
pub use reading::{
    ClockFilter, HandoffFilter, clauses_by_id, clock_events_of, clocks_by_id, clocks_of, handoff_events_of, handoffs, handoffs_by_id,
    sla_clocks, spent, steps_of, terms_by_version, times_by_id,
};
pub use standing::{Owned, owner_at, owners, standing};
