//! Use cases of the journey.

mod catalogue;
mod contents;
mod enablement;
mod history;
mod order;
mod past;
mod pipelines;
mod rules;
mod stage_events;
mod tactics;
mod touched;
mod touches;

use entity::ids::{AccountId, PersonId};
use entity::time::Timestamp;

pub use catalogue::{Catalogue, catalogue, catalogue_as_of, install_default_pipeline, pipeline, pipelines, stages_by_id, versions_of};
pub use contents::{
    ContentFilter, CoverContent, Coverage, NewContent, ReviseContent, contents, contents_by_id, cover_content, coverage_of, create_content,
    revise_content,
};
pub use enablement::{Enablement, EnablementPoint, EnablementQuestion, EnablementRow, enablement_coverage, enablement_rows};
pub use pipelines::{DefinePipeline, Duty, Move, NewStage, define_pipeline, duties, movements};
pub use rules::{EntryRule, entry_rules};
pub use stage_events::{
    CorrectStageEvent, NewStageEvent, StageEventFilter, correct_stage_event, record_stage_event, record_stage_events,
    record_stage_events_in, stage_event_corrections, stage_events, stage_events_by_id, stage_events_of,
};
pub use tactics::{
    NewTactic, ReviseTactic, TacticFilter, create_tactic, create_tactics_in, revise_tactic, tactics, tactics_by_id, tactics_named,
};
pub use touched::{Engaged, TouchValue, Touched, TouchedWho, blockers_covered, engaged, teams_by_tactic, touch_values, touched};
pub use touches::{
    CorrectTouch, NewTouch, TouchFilter, TouchesOf, correct_touch, first_touch_at, record_touch, record_touches, record_touches_in,
    record_touches_of, touch_corrections, touches, touches_by_id, touches_of,
};

use crate::error::{Error, ProblemCode, Result};

/// Whose stages are recorded: a person's or an account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person.
    Person(PersonId),
    /// An account.
    Account(AccountId),
}

impl Subject {
    /// From the two columns that name it, of which just one must have a value.
    #[must_use]
    pub const fn of(person: Option<PersonId>, account: Option<AccountId>) -> Option<Self> {
        match (person, account) {
            (Some(person), None) => Some(Self::Person(person)),
            (None, Some(account)) => Some(Self::Account(account)),
            _ => None,
        }
    }

    /// The person, if it is one.
    #[must_use]
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Account(_) => None,
        }
    }

    /// The account, if it is one.
    #[must_use]
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Person(_) => None,
            Self::Account(account) => Some(account),
        }
    }
}

/// A span of time, without its end; what is `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first instant in it.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub to: Option<Timestamp>,
}

impl Span {
    /// Checks that there is something in it.
    ///
    /// # Errors
    /// A problem with the field where it ends before it begins.
    pub fn checked(self, field: &str) -> Result<Self> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if to <= from => Err(Error::invalid(field, ProblemCode::PeriodEmpty, "must lie after its beginning")),
            _ => Ok(self),
        }
    }
}
