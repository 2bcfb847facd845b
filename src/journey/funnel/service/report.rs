//! The answer: counts in one form for all modes, and the facts they were counted from.

use entity::stage;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::catalogue::NumberedStages;
use super::facts::Facts;
use super::question::{Count, Plan, Question, SubjectKind};
use crate::breakdown::service::{Dimension, Groups, Value};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::funnel::{
    Answer, Breakdown, Buckets, CohortFunnel, EntriesFunnel, FunnelError, Share, StockFunnel, ValueAt, cohort, entries, stock,
};
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};

/// Decimal places of a rate.
const RATE_PLACES: u32 = 4;

/// The answer to a question: a point for each part of the period.
#[derive(Debug)]
pub struct Report {
    pub(super) question: Question,
    pub(super) stages: NumberedStages,
    pub(super) plan: Plan,
    pub(super) as_of: Timestamp,
    pub(super) period: Period,
    pub(super) facts: Facts,
    pub(super) groups: Groups,
    pub(super) points: Vec<Point>,
}

/// The counts of a part of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The part.
    pub period: Period,
    /// Everybody.
    pub whole: Counts,
    /// By value, those without one last; empty without a breakdown.
    pub groups: Vec<GroupCounts>,
    /// Subjects that lacked a value at least once; `None` without a breakdown.
    pub missing: Option<u64>,
}

/// The counts of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCounts {
    /// What its subjects have in common; `None` if they have no value.
    pub value: Option<Value>,
    /// How many they are.
    pub counts: Counts,
}

/// What was counted. What a mode does not count is zero, or `None` where zero would say something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By step.
    pub steps: Vec<StepCounts>,
    /// Subjects of the cohort whose time is over.
    pub matured: Option<u64>,
    /// Subjects of the cohort whose time is not yet over.
    pub pending: u64,
    /// Subjects with a backdated event that counts for a step.
    pub backdated: u64,
    /// Subjects removed by an exclusion.
    pub excluded: u64,
    /// Subjects that stand before the first step.
    pub before: Option<u64>,
    /// Subjects that stand beside the way.
    pub aside: Option<u64>,
}

/// What was counted at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepCounts {
    /// Subjects that reached it, entered it or stand at it, as the mode has it.
    pub entered: u64,
    /// Those of a cohort whose time is over.
    pub matured: Option<u64>,
    /// Times its very stage was entered.
    pub visits: Option<u64>,
    /// Compared with the first step.
    pub of_first: Option<Shares>,
    /// Compared with the step before.
    pub from_previous: Option<Shares>,
}

/// Two counts compared: among all and, for a cohort, among those whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Among all.
    pub naive: Share,
    /// Among those whose time is over.
    pub matured: Option<Share>,
}

impl Shares {
    /// The rate among all.
    ///
    /// # Errors
    /// None: a share of a count can be shown.
    pub fn naive_rate(&self) -> Result<Ratio> {
        rate(self.naive, NullReason::ZeroDenominator)
    }

    /// The rate among those whose time is over, for a cohort. Where everybody is pending it is too early to say; where there is
    /// nobody there is nothing to say.
    ///
    /// # Errors
    /// None: a share of a count can be shown.
    pub fn matured_rate(&self) -> Result<Option<Ratio>> {
        let if_none = if self.naive.denominator == 0 { NullReason::ZeroDenominator } else { NullReason::Immature };
        self.matured.map(|share| rate(share, if_none)).transpose()
    }
}

fn rate(share: Share, if_zero: NullReason) -> Result<Ratio> {
    Ratio::new(Decimal::from(share.numerator), Decimal::from(share.denominator), RATE_PLACES, if_zero).map_err(Error::internal)
}

impl Report {
    /// What was asked.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// The stages the steps were chosen from.
    #[must_use]
    pub const fn stages(&self) -> &NumberedStages {
        &self.stages
    }

    /// How the question was answered.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// As seen when.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// The parts of the period, in order.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The stage a step stands for.
    #[must_use]
    pub fn stage_of_step(&self, step: u8) -> Option<&stage::Model> {
        self.stages.stage(*self.plan.chosen.get(usize::from(step))?)
    }

    /// Where the values of a breakdown come from, in words.
    #[must_use]
    pub fn source(&self, by: Dimension) -> String {
        let value = match by {
            Dimension::Channel => "channel of the latest touch",
            Dimension::Resource => "resource of the latest touch",
            Dimension::Tactic => "tactic of the latest touch that is part of one",
            Dimension::Team => "team that today runs the tactic of the latest touch that is part of one",
            Dimension::Owner => match self.question.subject {
                SubjectKind::Person => "owner of the latest opportunity, of those that have one, of the account they buy for, begun",
                SubjectKind::Account => "owner of the latest opportunity of the account, of those that have one, begun",
            },
            Dimension::Segment => {
                return match self.question.subject {
                    SubjectKind::Person => "segments of the account they buy for, as of the instant of the answer".to_owned(),
                    SubjectKind::Account => "segments of the account, as of the instant of the answer".to_owned(),
                };
            }
        };
        let moment = match &self.plan.count {
            Count::Cohort { value_at: ValueAt::FirstStep, .. } => "the entry",
            Count::Cohort { value_at: ValueAt::LastStep, .. } => "the furthest step reached",
            Count::Cohort { value_at: ValueAt::AtStep(_), .. } => "the named step",
            Count::Period(_) => "the first entry into the stage in the period",
            Count::Stock(_) => "the entry into the stage the subject stands in",
        };
        format!("{value} at or before {moment}")
    }

    /// Counts the facts, once for all parts of the period.
    pub(super) fn count(mut self, parts: Vec<Period>) -> Result<Self> {
        let buckets = Buckets::new(&parts).map_err(Error::internal)?;
        let (events, split, as_of) = (&self.facts.events, self.groups.split(), self.as_of);
        let points = match &self.plan.count {
            Count::Cohort { query, value_at } => {
                let answers = split.answers(|touches| {
                    let breakdown = touches.map(|touches| Breakdown { touches, at: *value_at });
                    cohort(events, query, &buckets, breakdown)
                });
                self.points_of(parts, answers, cohort_counts)?
            }
            Count::Period(steps) => {
                let answers = split.answers(|touches| entries(events, steps, as_of, &buckets, touches));
                self.points_of(parts, answers, entries_counts)?
            }
            Count::Stock(steps) => {
                let answers = split.answers(|touches| stock(events, steps, as_of, &buckets, touches));
                self.points_of(parts, answers, stock_counts)?
            }
        };
        self.points = points;
        Ok(self)
    }

    fn points_of<F>(
        &self,
        parts: Vec<Period>,
        answers: Result<Vec<Answer<F>>, FunnelError>,
        counts: impl Fn(F) -> Counts,
    ) -> Result<Vec<Point>> {
        let answers = answers.map_err(|error| match error {
            FunnelError::TooManyCells => Error::invalid("breakdown", ProblemCode::TooMany, error.to_string()),
            other => Error::internal(other),
        })?;
        let value = |number: u32| self.groups.value(number);
        let point = |(period, answer): (Period, Answer<F>)| Point {
            period,
            whole: counts(answer.whole),
            groups: answer
                .groups
                .into_iter()
                .map(|group| GroupCounts { value: group.value.and_then(value), counts: counts(group.funnel) })
                .collect(),
            missing: (!self.groups.split().is_whole()).then_some(answer.missing),
        };
        Ok(parts.into_iter().zip(answers).map(point).collect())
    }
}

fn cohort_counts(funnel: CohortFunnel) -> Counts {
    let steps: Vec<_> = funnel
        .steps
        .iter()
        .map(|step| StepCounts {
            entered: step.entered,
            matured: Some(step.matured),
            visits: Some(step.visits),
            of_first: Some(Shares { naive: step.of_first.naive, matured: Some(step.of_first.matured) }),
            from_previous: step.from_previous.map(|rates| Shares { naive: rates.naive, matured: Some(rates.matured) }),
        })
        .collect();
    Counts {
        matured: steps.first().and_then(|first| first.matured),
        steps,
        pending: u64::try_from(funnel.pending.len()).unwrap_or(u64::MAX),
        backdated: funnel.backdated,
        excluded: funnel.excluded,
        ..Counts::default()
    }
}

fn entries_counts(funnel: EntriesFunnel) -> Counts {
    let steps = funnel.steps.iter().map(|step| StepCounts {
        entered: step.entered,
        matured: None,
        visits: Some(step.visits),
        of_first: None,
        from_previous: step.from_previous.map(|naive| Shares { naive, matured: None }),
    });
    Counts { steps: steps.collect(), backdated: funnel.backdated, ..Counts::default() }
}

fn stock_counts(funnel: StockFunnel) -> Counts {
    let step = |entered: &u64| StepCounts { entered: *entered, matured: None, visits: None, of_first: None, from_previous: None };
    Counts {
        steps: funnel.steps.iter().map(step).collect(),
        backdated: funnel.backdated,
        before: Some(funnel.below),
        aside: Some(funnel.side),
        ..Counts::default()
    }
}
