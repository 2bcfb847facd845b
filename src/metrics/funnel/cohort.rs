//! The mode `COHORT`: those who entered in a period, followed for a window.
//!
//! **Entry.** Under [`Order::ReachedOrPassed`] a subject enters with its first event at or beyond the first step,
//! else with its first event of exactly the first step. The first entry ever is the only one, so a subject is in one
//! cohort. A backdated event begins a cohort only if the subject has no other that could.
//!
//! **Backdated events** that lie before the entry count as if they had happened at the entry: a deal won two
//! days before its first contact is won at once.
//!
//! **Maturity.** A subject is pending while the longest of its finite windows is still open at `asOf`.

use entity::time::Timestamp;

use super::breakdown::TouchCursor;
use super::facts::{Event, Events};
use super::grid::{Grid, Tally};
use super::query::Limit;
use super::steps::step_of;
use super::{Answer, Breakdown, Buckets, CohortFunnel, CohortQuery, CohortStep, FunnelError, FunnelFacts, Order, Rates, Share, ValueAt};

/// One subject of a cohort: what its figures are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortRow<'a> {
    /// The bucket the entry lies in.
    pub bucket: usize,
    /// Who.
    pub subject: u32,
    /// When it entered the funnel.
    pub entered_at: Timestamp,
    /// By step: when it was reached in time.
    pub reached_at: &'a [Option<Timestamp>],
    /// By step: how often the very stage was entered.
    pub visits: &'a [u32],
    /// Whether and how it counts.
    pub standing: Standing,
    /// Whether a backdated event counts for a step (within the longest window).
    pub backdated: bool,
    /// Its value in the breakdown, if it has one.
    pub value: Option<u32>,
}

/// Whether and how a subject counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its time is over: it counts in every rate.
    Matured,
    /// Its time is not yet over: it counts in naive rates only.
    Pending,
    /// An exclusion removed it: it counts nowhere.
    Excluded,
}

/// Counts the cohorts that entered in each bucket; one answer for each bucket.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue, `UnknownStep` if the breakdown's step is not
/// in the funnel, `TooManyCells` for too many buckets times groups.
pub fn cohort(
    facts: &FunnelFacts,
    query: &CohortQuery,
    buckets: &Buckets,
    breakdown: Option<Breakdown<'_>>,
) -> Result<Vec<Answer<CohortFunnel>>, FunnelError> {
    let mut grid = Grid::<CohortTally>::new(buckets.len(), breakdown.map(|breakdown| breakdown.touches))?;
    cohort_rows(facts, query, buckets, breakdown, |row| {
        if let Some(tally) = grid.cell(row.bucket, row.value) {
            tally.count(&row);
        }
    })?;
    Ok(grid.into_answers(|tally| tally.finish(query)))
}

/// Hands out every subject that entered in a bucket, excluded ones too, in rising order of the subject.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue, `UnknownStep` if the breakdown's step is not
/// in the funnel.
pub fn cohort_rows(
    facts: &FunnelFacts,
    query: &CohortQuery,
    buckets: &Buckets,
    breakdown: Option<Breakdown<'_>>,
    mut each: impl FnMut(CohortRow<'_>),
) -> Result<(), FunnelError> {
    facts.check(query.steps())?;
    let value_at = breakdown.map_or(ValueAt::FirstStep, |breakdown| breakdown.at);
    if let ValueAt::AtStep(step) = value_at
        && step >= query.steps().count()
    {
        return Err(FunnelError::UnknownStep(step));
    }
    let mut touches = TouchCursor::new(breakdown.map(|breakdown| breakdown.touches));
    let mut walk = Walk::new(query);
    for events in facts.subjects(query.as_of()) {
        let Some(path) = walk.enter(events) else { continue };
        let Some(bucket) = buckets.position(path.entered_at) else { continue };
        let backdated = walk.follow(path);
        let moment = match value_at {
            ValueAt::FirstStep => Some(path.entered_at),
            ValueAt::LastStep => walk.reached_at.iter().rev().flatten().next().copied(),
            ValueAt::AtStep(step) => walk.reached(step),
        };
        each(CohortRow {
            bucket,
            subject: events.subject,
            entered_at: path.entered_at,
            reached_at: &walk.reached_at,
            visits: &walk.visits,
            standing: walk.standing(path),
            backdated,
            value: moment.and_then(|moment| touches.take(events.subject).latest(moment)),
        });
    }
    Ok(())
}

/// The events of one subject, divided by its entry.
#[derive(Clone, Copy)]
struct Path<'a> {
    before: Events<'a>,
    since: Events<'a>,
    entered_at: Timestamp,
}

impl<'a> Path<'a> {
    /// What counts, in order: backdated events from before the entry as if they had happened at it, then all since.
    fn events(self) -> impl Iterator<Item = Event> + use<'a> {
        let clamped = self.before.iter().filter(|event| event.backdated).map(move |event| Event { at: self.entered_at, ..event });
        clamped.chain(self.since.iter())
    }
}

/// Follows one subject after the other, in the same memory.
struct Walk<'q> {
    query: &'q CohortQuery,
    /// By stage: the step an event counts for.
    step_of: &'q [Option<u8>],
    limits: Vec<Limit>,
    /// Nothing counts that comes more microseconds after the entry; `None` for no such end.
    span: Option<i64>,
    /// After so many microseconds a subject's time is over.
    matures_after: i64,
    reached_at: Vec<Option<Timestamp>>,
    visits: Vec<u32>,
}

impl<'q> Walk<'q> {
    fn new(query: &'q CohortQuery) -> Self {
        let steps = query.steps();
        let limits = query.limits();
        Self {
            query,
            step_of: if query.order() == Order::ReachedOrPassed { steps.implied() } else { steps.exact() },
            span: query.span(&limits),
            matures_after: limits.iter().filter_map(|limit| limit.bound).max().unwrap_or(0),
            limits,
            reached_at: vec![None; steps.len()],
            visits: vec![0; steps.len()],
        }
    }

    fn reached(&self, step: u8) -> Option<Timestamp> {
        self.reached_at.get(usize::from(step)).copied().flatten()
    }

    /// Finds the entry into the funnel.
    fn enter<'a>(&self, events: Events<'a>) -> Option<Path<'a>> {
        let any_step = self.query.order() == Order::ReachedOrPassed;
        let enters = |stage| step_of(self.step_of, stage).is_some_and(|step| any_step || step == 0);
        let mut entry = None;
        for (index, event) in events.iter().enumerate().filter(|(_, event)| enters(event.stage)) {
            if !event.backdated {
                entry = Some((index, event.at));
                break;
            }
            entry = entry.or(Some((index, event.at)));
        }
        let (index, entered_at) = entry?;
        let (before, since) = events.split_at(index);
        Some(Path { before, since, entered_at })
    }

    /// Finds when each step was reached and how often it was visited; says whether a backdated event counts for a step.
    fn follow(&mut self, path: Path<'_>) -> bool {
        self.visits.fill(0);
        self.reached_at.fill(None);
        if let Some(first) = self.reached_at.first_mut() {
            *first = Some(path.entered_at);
        }
        let until = deadline(path.entered_at, self.span);
        let mut next = 1;
        let mut backdated = false;
        for event in path.events().take_while(|event| event.at <= until) {
            if let Some(step) = step_of(self.query.steps().exact(), event.stage)
                && let Some(visits) = self.visits.get_mut(usize::from(step))
            {
                *visits += 1;
            }
            let Some(step) = step_of(self.step_of, event.stage).map(usize::from) else { continue };
            backdated |= event.backdated;
            let passed = match self.query.order() {
                Order::ReachedOrPassed if step >= next => next..step + 1,
                Order::Strict if step == next => next..next + 1,
                Order::Any if self.reached_at.get(step).is_some_and(Option::is_none) => step..step + 1,
                _ => continue,
            };
            next = passed.end;
            if let Some(passed) = self.reached_at.get_mut(passed) {
                passed.fill(Some(event.at));
            }
        }
        self.keep_in_time(path.entered_at);
        backdated
    }

    /// Takes back the steps that were reached too late, and those that stand on them.
    fn keep_in_time(&mut self, entered_at: Timestamp) {
        let implied = self.query.order() != Order::Any;
        let mut previous = Some(entered_at);
        for (reached, limit) in self.reached_at.iter_mut().zip(&self.limits).skip(1) {
            let until = match (limit.own, previous) {
                (Some(own), Some(previous)) => previous.saturating_add_micros(own),
                _ => deadline(entered_at, limit.bound),
            };
            *reached = reached.filter(|at| *at <= until && (previous.is_some() || !implied));
            previous = *reached;
        }
    }

    fn standing(&self, path: Path<'_>) -> Standing {
        if self.is_excluded(path) {
            Standing::Excluded
        } else if path.entered_at.saturating_add_micros(self.matures_after) > self.query.as_of() {
            Standing::Pending
        } else {
            Standing::Matured
        }
    }

    fn is_excluded(&self, path: Path<'_>) -> bool {
        self.query.exclusions().iter().any(|exclusion| {
            let Some(from) = self.reached(exclusion.after_step) else { return false };
            let bound = self.limits.get(usize::from(exclusion.before_step)).and_then(|limit| limit.bound);
            let until = match self.reached(exclusion.before_step) {
                Some(reached) => reached.saturating_add_micros(-1),
                None => deadline(path.entered_at, bound),
            };
            path.events().any(|event| event.stage == exclusion.stage && from <= event.at && event.at <= until)
        })
    }
}

/// The last instant of a time that begins at an instant; later than all if it never ends.
fn deadline(from: Timestamp, micros: Option<i64>) -> Timestamp {
    micros.map_or(Timestamp::MAX, |micros| from.saturating_add_micros(micros))
}

/// Counts of one cohort or of a group of it.
#[derive(Clone, Default)]
struct CohortTally {
    steps: Vec<StepTally>,
    pending: Vec<u32>,
    backdated: u64,
    excluded: u64,
}

#[derive(Clone, Copy, Default)]
struct StepTally {
    entered: u64,
    matured: u64,
    visits: u64,
}

impl CohortTally {
    fn count(&mut self, row: &CohortRow<'_>) {
        if row.standing == Standing::Excluded {
            self.excluded += 1;
            return;
        }
        self.steps.resize(row.reached_at.len(), StepTally::default());
        let matured = u64::from(row.standing == Standing::Matured);
        for (step, (reached, visits)) in self.steps.iter_mut().zip(row.reached_at.iter().zip(row.visits)) {
            let entered = u64::from(reached.is_some());
            step.entered += entered;
            step.matured += entered * matured;
            step.visits += u64::from(*visits);
        }
        self.backdated += u64::from(row.backdated);
        if row.standing == Standing::Pending {
            self.pending.push(row.subject);
        }
    }

    fn finish(mut self, query: &CohortQuery) -> CohortFunnel {
        self.steps.resize(query.steps().len(), StepTally::default());
        self.pending.sort_unstable();
        let first = self.steps.first().copied().unwrap_or_default();
        let mut previous = None;
        let steps = self.steps.iter().map(|step| CohortStep {
            entered: step.entered,
            matured: step.matured,
            visits: step.visits,
            of_first: rates(*step, first),
            from_previous: previous.replace(*step).filter(|_| query.order() != Order::Any).map(|previous| rates(*step, previous)),
        });
        CohortFunnel { steps: steps.collect(), pending: self.pending, backdated: self.backdated, excluded: self.excluded }
    }
}

const fn rates(step: StepTally, among: StepTally) -> Rates {
    Rates {
        naive: Share { numerator: step.entered, denominator: among.entered },
        matured: Share { numerator: step.matured, denominator: among.matured },
    }
}

impl Tally for CohortTally {
    fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.excluded == 0
    }

    fn add(&mut self, other: &Self) {
        self.steps.resize(self.steps.len().max(other.steps.len()), StepTally::default());
        for (step, more) in self.steps.iter_mut().zip(&other.steps) {
            step.entered += more.entered;
            step.matured += more.matured;
            step.visits += more.visits;
        }
        self.pending.extend(&other.pending);
        self.backdated += other.backdated;
        self.excluded += other.excluded;
    }

    fn subjects(&self) -> u64 {
        self.steps.first().map_or(0, |step| step.entered)
    }
}
