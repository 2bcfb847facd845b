//! The arguments of the funnel.

use async_graphql::{Enum, ID, InputObject};

use crate::breakdown::graphql::{BreakdownGroupInput, Dimension, wanted};
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::metric::{Grain, PeriodInput};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{DateTime, Duration};
use crate::input::WantedPeriod;
use crate::journey::funnel::service::{
    FunnelBreakdown, Mode, Moment, Question, RowFilter, RowState, SubjectKind, WantedExclusion, WantedStepWindow,
};
use crate::metrics::funnel::Order;

/// How subjects are counted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::journey::funnel::service::Mode")]
pub enum FunnelMode {
    /// Those who entered the funnel in the period, followed for a window.
    #[default]
    Cohort,
    /// What happened in the period, whoever it happened to: a later step may count more subjects than an earlier one.
    Period,
    /// Where everybody stands at the end of the period.
    Stock,
}

/// When a subject of a cohort has reached a step.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::funnel::Order")]
pub enum FunnelOrder {
    /// With the first event at or beyond the step: a later stage implies the earlier ones.
    #[default]
    ReachedOrPassed,
    /// With the first event of exactly this step after the step before was reached.
    Strict,
    /// With the first event of exactly this step, in whatever order. Rates from step to step would mean nothing and are null.
    Any,
}

/// Who is counted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::journey::funnel::service::SubjectKind")]
pub enum FunnelSubject {
    /// Buyers.
    #[default]
    Person,
    /// Buying companies.
    Account,
}

/// At which step of a cohort the value of a breakdown is taken.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum FunnelMoment {
    /// At the entry.
    FirstStep,
    /// At the furthest step the subject reached.
    LastStep,
    /// At the step that `step` names; subjects that have not reached it have no value.
    AtStep,
}

/// Which subjects of an answer are wanted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::journey::funnel::service::RowState")]
pub enum FunnelRowState {
    /// Everybody that is counted; subjects that an exclusion removed are not.
    #[default]
    All,
    /// COHORT: those whose time is over.
    Matured,
    /// COHORT: those whose time is not yet over.
    Pending,
    /// COHORT: those an exclusion removed.
    Excluded,
    /// STOCK: those that stand before the first step.
    Before,
    /// STOCK: those that stand beside the way.
    Aside,
}

/// How a funnel is split.
#[derive(Clone, Debug, InputObject)]
pub struct FunnelBreakdownInput {
    /// By what.
    by: Dimension,
    /// SEGMENT: by which, 1 to 20. Needed there, and of no use elsewhere.
    segments: Option<Vec<ID>>,
    /// COHORT: at which step the value is taken; of no use for SEGMENT. Default: FIRST_STEP.
    at: Option<FunnelMoment>,
    /// The key of the step, for AT_STEP.
    step: Option<String>,
}

/// How long a step may take.
#[derive(Clone, Debug, InputObject)]
pub struct FunnelStepWindowInput {
    /// The key of the step; not of the first one.
    step: String,
    /// Since the step before it was reached.
    window: Duration,
}

/// Removes the subjects that enter a stage between two steps.
#[derive(Clone, Debug, InputObject)]
pub struct FunnelExclusionInput {
    /// The key of the stage, which may lie beside the way.
    stage: String,
    /// The key of the step from whose moment on it counts.
    after_step: String,
    /// The key of the step before whose moment it counts.
    before_step: String,
}

/// The arguments of a question, as they were given.
pub(super) struct Asked {
    pub(super) period: PeriodInput,
    pub(super) pipeline: Option<ID>,
    pub(super) mode: FunnelMode,
    pub(super) order: FunnelOrder,
    pub(super) stages: Option<Vec<String>>,
    pub(super) subject: FunnelSubject,
    pub(super) window: Option<Duration>,
    pub(super) step_windows: Option<Vec<FunnelStepWindowInput>>,
    pub(super) breakdown: Option<FunnelBreakdownInput>,
    pub(super) exclusions: Option<Vec<FunnelExclusionInput>>,
    pub(super) as_of: Option<DateTime>,
}

impl Asked {
    /// Reads the arguments.
    pub(super) fn question(self, grain: Option<Grain>) -> Result<Question> {
        let step_windows = self.step_windows.unwrap_or_default().into_iter().enumerate();
        let exclusions = self.exclusions.unwrap_or_default().into_iter();
        Ok(Question {
            period: WantedPeriod::from(&self.period),
            grain: grain.map(Into::into),
            pipeline: parse_optional_id(self.pipeline.as_ref(), "pipeline")?,
            subject: SubjectKind::from(self.subject),
            mode: Mode::from(self.mode),
            order: Order::from(self.order),
            stages: self.stages,
            window: self.window.map(|window| window.micros("window")).transpose()?,
            step_windows: step_windows.map(|(index, wanted)| wanted.read(index)).collect::<Result<_>>()?,
            breakdown: self.breakdown.map(FunnelBreakdownInput::read).transpose()?,
            exclusions: exclusions
                .map(|wanted| WantedExclusion { stage: wanted.stage, after_step: wanted.after_step, before_step: wanted.before_step })
                .collect(),
            as_of: self.as_of.map(|as_of| as_of.0),
        })
    }
}

impl FunnelStepWindowInput {
    fn read(self, index: usize) -> Result<WantedStepWindow> {
        let window = self.window.micros(&format!("stepWindows.{index}.window"))?;
        Ok(WantedStepWindow { step: self.step, window })
    }
}

impl FunnelBreakdownInput {
    fn read(self) -> Result<FunnelBreakdown> {
        let at = match (self.at, self.step) {
            (Some(FunnelMoment::AtStep), Some(step)) => Some(Moment::AtStep(step)),
            (Some(FunnelMoment::AtStep), None) => {
                return Err(Error::invalid("breakdown.step", ProblemCode::Required, "AT_STEP needs the key of a step"));
            }
            (_, Some(_)) => return Err(Error::invalid("breakdown.step", ProblemCode::Invalid, "only AT_STEP has a use for this")),
            (Some(FunnelMoment::FirstStep), None) => Some(Moment::FirstStep),
            (Some(FunnelMoment::LastStep), None) => Some(Moment::LastStep),
            (None, None) => None,
        };
        Ok(FunnelBreakdown { split: wanted(self.by, self.segments.as_deref())?, at })
    }
}

/// Reads the arguments of rows.
pub(super) fn row_filter(step: Option<String>, group: Option<BreakdownGroupInput>, state: FunnelRowState) -> RowFilter {
    RowFilter { step, group: group.map(|group| group.value), state: RowState::from(state) }
}
