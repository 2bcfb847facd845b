//! What is asked of the funnel, and whether it can be asked.

use entity::ids::{AccountId, PersonId, PipelineId, TypedId};
use entity::time::Timestamp;
use uuid::Uuid;

use super::catalogue::NumberedStages;
use crate::breakdown::service::{Dimension, SubjectsOf, WantedBreakdown};
use crate::buyers::service::BuyerKind;
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedPeriod;
use crate::journey::service::Subject;
use crate::metrics::funnel::{CohortQuery, Exclusion, FunnelError, MAX_STEPS, Order, Steps, ValueAt};
use crate::metrics::period::Grain;

/// How subjects are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Those who entered in the period, followed for a window.
    Cohort,
    /// What happened in the period, whoever it happened to.
    Period,
    /// Where everybody stands at the end of the period.
    Stock,
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubjectKind {
    /// Buyers.
    Person,
    /// Buying companies.
    Account,
}

impl From<SubjectKind> for BuyerKind {
    fn from(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Person => Self::Person,
            SubjectKind::Account => Self::Account,
        }
    }
}

impl From<SubjectKind> for SubjectsOf {
    fn from(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Person => Self::People,
            SubjectKind::Account => Self::Accounts,
        }
    }
}

impl SubjectKind {
    /// The subject of this kind with an id.
    pub(super) fn of(self, id: Uuid) -> Subject {
        match self {
            Self::Person => Subject::Person(PersonId::from_uuid(id)),
            Self::Account => Subject::Account(AccountId::from_uuid(id)),
        }
    }
}

/// At which step of a cohort the value of a breakdown is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At the entry.
    FirstStep,
    /// At the furthest step reached.
    LastStep,
    /// At the step with a key.
    AtStep(String),
}

/// How a funnel is split, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelBreakdown {
    /// By what.
    pub split: WantedBreakdown,
    /// At which step; only a cohort has a choice.
    pub at: Option<Moment>,
}

/// A window of one step as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedStepWindow {
    /// The key of the step.
    pub step: String,
    /// Microseconds since the step before it was reached.
    pub window: i64,
}

/// An exclusion as it is asked for, by keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedExclusion {
    /// The stage that must not be entered …
    pub stage: String,
    /// … after this step is reached …
    pub after_step: String,
    /// … and before this one is.
    pub before_step: String,
}

/// A question about the funnel.
#[derive(Clone, Debug)]
pub struct Question {
    /// The days it is about.
    pub period: WantedPeriod,
    /// Into what the period is divided; not at all for a plain answer.
    pub grain: Option<Grain>,
    /// The version of a pipeline; the newest of the default one where none is named.
    pub pipeline: Option<PipelineId>,
    /// Who is counted.
    pub subject: SubjectKind,
    /// How.
    pub mode: Mode,
    /// When a subject of a cohort has reached a step; the other modes have no use for it.
    pub order: Order,
    /// The keys of the steps; the stages from `ENGAGED` to `CLOSED` where none are named.
    pub stages: Option<Vec<String>>,
    /// Microseconds since the entry within which every step has to be reached.
    pub window: Option<i64>,
    /// Windows of single steps.
    pub step_windows: Vec<WantedStepWindow>,
    /// By what the answer is split.
    pub breakdown: Option<FunnelBreakdown>,
    /// What removes a subject from a cohort.
    pub exclusions: Vec<WantedExclusion>,
    /// As seen when; now where it is not said.
    pub as_of: Option<Timestamp>,
}

/// A question that can be answered.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The stages that are steps, by number.
    pub chosen: Vec<u16>,
    /// How they are counted.
    pub count: Count,
    /// Windows of single steps in microseconds.
    pub step_windows: Vec<(u8, i64)>,
    /// What removes a subject from the cohort.
    pub exclusions: Vec<Exclusion>,
}

/// How the steps are counted.
#[derive(Clone, Debug)]
pub enum Count {
    /// As a cohort; a breakdown takes its value at a step.
    Cohort {
        /// The whole question.
        query: CohortQuery,
        /// At which step a breakdown takes its value.
        value_at: ValueAt,
    },
    /// As what happened in the period.
    Period(Steps),
    /// As where everybody stands.
    Stock(Steps),
}

impl Question {
    /// Checks the question against the stages there are.
    pub(super) fn plan(&self, stages: &NumberedStages, as_of: Timestamp) -> Result<Plan> {
        let chosen = self.chosen(stages)?;
        let steps = Steps::new(&stages.for_metrics(), &chosen).map_err(|error| steps_problem(error, &chosen))?;
        if self.mode != Mode::Cohort {
            self.refuse_what_only_cohorts_have()?;
            let count = if self.mode == Mode::Period { Count::Period(steps) } else { Count::Stock(steps) };
            return Ok(Plan { chosen, count, step_windows: Vec::new(), exclusions: Vec::new() });
        }
        let chosen = Chosen { stages, numbers: chosen };
        let mut query = CohortQuery::new(steps, self.order, as_of);
        if let Some(window) = self.window {
            query = query.with_window(window).map_err(|error| argument("window", error))?;
        }
        let step_windows = self.step_windows(&chosen)?;
        for (index, (step, window)) in step_windows.iter().enumerate() {
            query = query.with_step_window(*step, *window).map_err(|error| argument(&format!("stepWindows.{index}.step"), error))?;
        }
        let exclusions = self.exclusions(&chosen)?;
        for (index, exclusion) in exclusions.iter().enumerate() {
            query = query.with_exclusion(*exclusion).map_err(|error| argument(&format!("exclusions.{index}.beforeStep"), error))?;
        }
        let count = Count::Cohort { query, value_at: self.value_at(&chosen)? };
        Ok(Plan { chosen: chosen.numbers, count, step_windows, exclusions })
    }

    fn chosen(&self, stages: &NumberedStages) -> Result<Vec<u16>> {
        let Some(keys) = &self.stages else { return Ok(stages.default_steps()) };
        if keys.len() > MAX_STEPS {
            return Err(steps_problem(FunnelError::TooManySteps, &[]));
        }
        let number = |(index, key): (usize, &String)| stages.number_of_key(key).ok_or_else(|| no_stage(format!("stages.{index}")));
        keys.iter().enumerate().map(number).collect()
    }

    fn refuse_what_only_cohorts_have(&self) -> Result<()> {
        let given = [
            ("window", self.window.is_some()),
            ("stepWindows", !self.step_windows.is_empty()),
            ("exclusions", !self.exclusions.is_empty()),
            ("breakdown.at", self.breakdown.as_ref().is_some_and(|breakdown| breakdown.at.is_some())),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(Error::invalid(field, ProblemCode::Invalid, "only the mode COHORT has a use for this")),
            None => Ok(()),
        }
    }

    fn step_windows(&self, chosen: &Chosen<'_>) -> Result<Vec<(u8, i64)>> {
        let mut windows: Vec<(u8, i64)> = Vec::new();
        for (index, wanted) in self.step_windows.iter().enumerate() {
            let field = format!("stepWindows.{index}.step");
            let step = chosen.step(&wanted.step, &field)?;
            if windows.iter().any(|(other, _)| *other == step) {
                return Err(Error::invalid(field, ProblemCode::Taken, "this step has a window already"));
            }
            windows.push((step, wanted.window));
        }
        Ok(windows)
    }

    fn exclusions(&self, chosen: &Chosen<'_>) -> Result<Vec<Exclusion>> {
        if self.exclusions.len() > MAX_STEPS {
            return Err(Error::invalid("exclusions", ProblemCode::TooMany, format!("must be at most {MAX_STEPS}")));
        }
        let exclusion = |(index, wanted): (usize, &WantedExclusion)| {
            let field = |name: &str| format!("exclusions.{index}.{name}");
            let stage = chosen.stages.number_of_key(&wanted.stage).ok_or_else(|| no_stage(field("stage")))?;
            let after_step = chosen.step(&wanted.after_step, &field("afterStep"))?;
            Ok(Exclusion { stage, after_step, before_step: chosen.step(&wanted.before_step, &field("beforeStep"))? })
        };
        self.exclusions.iter().enumerate().map(exclusion).collect()
    }

    fn value_at(&self, chosen: &Chosen<'_>) -> Result<ValueAt> {
        if self.breakdown.as_ref().is_some_and(|breakdown| breakdown.split.by == Dimension::Segment && breakdown.at.is_some()) {
            let message = "who belongs to a segment depends on no step";
            return Err(Error::invalid("breakdown.at", ProblemCode::Invalid, message));
        }
        match self.breakdown.as_ref().and_then(|breakdown| breakdown.at.as_ref()) {
            None | Some(Moment::FirstStep) => Ok(ValueAt::FirstStep),
            Some(Moment::LastStep) => Ok(ValueAt::LastStep),
            Some(Moment::AtStep(key)) => Ok(ValueAt::AtStep(chosen.step(key, "breakdown.step")?)),
        }
    }
}

/// The steps by the keys of their stages.
struct Chosen<'a> {
    stages: &'a NumberedStages,
    numbers: Vec<u16>,
}

impl Chosen<'_> {
    fn step(&self, key: &str, field: &str) -> Result<u8> {
        step_of_key(self.stages, &self.numbers, key, field)
    }
}

/// The step whose stage has a key.
pub(super) fn step_of_key(stages: &NumberedStages, chosen: &[u16], key: &str, field: &str) -> Result<u8> {
    let number = stages.number_of_key(key);
    let step = number.and_then(|number| chosen.iter().zip(0..).find(|(chosen, _)| **chosen == number));
    step.map(|(_, step)| step).ok_or_else(|| Error::invalid(field, ProblemCode::NotFound, "must be the key of one of the funnel's steps"))
}

fn no_stage(field: String) -> Error {
    Error::invalid(field, ProblemCode::NotFound, "must be the key of a stage of the pipeline")
}

/// Says which of the chosen stages cannot be a step.
fn steps_problem(error: FunnelError, chosen: &[u16]) -> Error {
    let place = |stage: u16| format!("stages.{}", chosen.iter().rposition(|chosen| *chosen == stage).unwrap_or_default());
    match error {
        FunnelError::NoSteps => Error::invalid("stages", ProblemCode::Required, error.to_string()),
        FunnelError::TooManySteps => Error::invalid("stages", ProblemCode::TooMany, error.to_string()),
        FunnelError::SideStep(stage) => Error::invalid(place(stage), ProblemCode::Invalid, "lies beside the way and cannot be a step"),
        FunnelError::StepOutOfOrder(stage) => {
            Error::invalid(place(stage), ProblemCode::Invalid, "must stand further in the pipeline than the step before it")
        }
        other => Error::internal(other),
    }
}

/// What the caller can put right about one argument; the texts name no numbers that only we know.
fn argument(field: &str, error: FunnelError) -> Error {
    match error {
        FunnelError::NegativeWindow | FunnelError::WindowOnFirstStep | FunnelError::ExclusionOutOfOrder => {
            Error::invalid(field, ProblemCode::Invalid, error.to_string())
        }
        other => Error::internal(other),
    }
}
