//! What the funnel answers: counts, and ratios as pairs of counts that are divided and rounded at the edge.

/// Two counts to be divided by each other; with a zero denominator the ratio is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Share {
    /// Those counted.
    pub numerator: u64,
    /// Those they are counted among.
    pub denominator: u64,
}

/// The answer for one bucket: the whole, and its groups if a breakdown was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<F> {
    /// Everybody.
    pub whole: F,
    /// By value, rising; those without a value last. Empty groups are left out; every count of the whole is the sum
    /// of the groups' counts.
    pub groups: Vec<Group<F>>,
    /// Subjects that, in a breakdown, lacked a value at least once.
    pub missing: u64,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<F> {
    /// What the subjects have in common; `None` if they have no value.
    pub value: Option<u32>,
    /// Their funnel.
    pub funnel: F,
}

/// How far those came who entered the funnel in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortFunnel {
    /// One for each step, in order.
    pub steps: Vec<CohortStep>,
    /// The subjects whose time is not yet over, rising.
    pub pending: Vec<u32>,
    /// Subjects with a backdated event that counts for a step.
    pub backdated: u64,
    /// Subjects removed by an exclusion; they are in no other count.
    pub excluded: u64,
}

/// One step of a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortStep {
    /// Subjects that reached the step in time.
    pub entered: u64,
    /// Those of them whose time is over.
    pub matured: u64,
    /// Times the very stage was entered, again and again included, from the subject's entry until the longest window ends.
    pub visits: u64,
    /// Compared with the first step.
    pub of_first: Rates,
    /// Compared with the step before; none at the first step, and withheld where steps imply nothing.
    pub from_previous: Option<Rates>,
}

/// A ratio among all, and among those whose time is over; the latter does not change any more by waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Among all, pending ones included.
    pub naive: Share,
    /// Among those whose time is over.
    pub matured: Share,
}

/// What happened in a period, whoever it happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntriesFunnel {
    /// One for each step, in order.
    pub steps: Vec<EntriesStep>,
    /// Subjects with a backdated event among those counted.
    pub backdated: u64,
}

/// One step of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntriesStep {
    /// Subjects that entered the stage in the period, each once.
    pub entered: u64,
    /// Times the stage was entered.
    pub visits: u64,
    /// Compared with the step before: a ratio of two different crowds, which can exceed one.
    pub from_previous: Option<Share>,
}

/// Where everybody stood at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockFunnel {
    /// Subjects at each step, in order; those further on, but before the next step, included.
    pub steps: Vec<u64>,
    /// Subjects before the first step.
    pub below: u64,
    /// Subjects at a side stage.
    pub side: u64,
    /// Subjects at a step that have, up to then, a backdated event that counts for a step.
    pub backdated: u64,
}
