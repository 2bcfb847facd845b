//! The subjects behind a number, by the same functions that counted.

use std::collections::HashSet;
use std::ops::Range;

use entity::time::Timestamp;
use uuid::Uuid;

use super::question::{Count, Mode, step_of_key};
use super::report::Report;
use crate::breakdown::service::Value;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::journey::service::Subject;
use crate::metrics::funnel::{Breakdown, Buckets, Place, Split, Standing, Touches, cohort_rows, entry_rows, stock_rows};

/// Which subjects are wanted.
#[derive(Clone, Debug)]
pub struct RowFilter {
    /// The key of the step they reached, entered or stand at.
    pub step: Option<String>,
    /// The group they are in: the key of its value, or none for those without a value.
    pub group: Option<Option<String>>,
    /// How they count.
    pub state: RowState,
}

/// How a subject counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Everybody that is counted; subjects that an exclusion removed are not.
    All,
    /// Those of a cohort whose time is over.
    Matured,
    /// Those of a cohort whose time is not yet over.
    Pending,
    /// Those an exclusion removed from a cohort.
    Excluded,
    /// Those that stand before the first step.
    Before,
    /// Those that stand beside the way.
    Aside,
}

/// One subject.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who.
    pub subject: Subject,
    /// When it entered the funnel, first entered a step in the period, or came to where it stands.
    pub entered_at: Timestamp,
    /// How it counts.
    pub state: RowState,
    /// Whether a backdated event counts for a step.
    pub backdated: bool,
    /// The steps it reached, in order.
    pub steps: Vec<ReachedStep>,
    /// What it has in common with others whatever the step.
    pub sets: Vec<Value>,
}

/// A step a subject reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReachedStep {
    /// Which step.
    pub step: u8,
    /// When.
    pub at: Timestamp,
    /// How often its very stage was entered; `None` in a stock.
    pub visits: Option<u32>,
    /// The value it counts with there; `None` too where it may have several.
    pub value: Option<Value>,
}

/// Rows while they are looked for: steps stand in one list, so that a row costs no allocation.
#[derive(Default)]
struct Found {
    heads: Vec<Head>,
    steps: Vec<Mark>,
}

#[derive(Clone)]
struct Head {
    entered_at: Timestamp,
    subject: u32,
    state: RowState,
    backdated: bool,
    value: Option<u32>,
    steps: Range<usize>,
}

#[derive(Clone, Copy)]
struct Mark {
    step: u8,
    at: Timestamp,
    visits: Option<u32>,
    value: Option<u32>,
}

/// A filter in numbers.
struct Wanted<'a> {
    /// By which subjects have values.
    touches: Option<&'a Touches>,
    step: Option<u8>,
    group: Option<Option<u32>>,
    state: RowState,
}

impl Wanted<'_> {
    fn keeps(&self, head: &Head, steps: &[Mark]) -> bool {
        let counted = match self.state {
            RowState::All => head.state != RowState::Excluded,
            state => head.state == state,
        };
        let of_group = |value: Option<u32>| self.group.is_none_or(|group| group == value);
        counted
            && match self.step {
                Some(step) => steps.iter().any(|mark| mark.step == step && of_group(mark.value)),
                None if steps.is_empty() => of_group(head.value),
                None => steps.iter().any(|mark| of_group(mark.value)),
            }
    }
}

impl Report {
    /// One page of the subjects behind a number of a point; of those that are `seen`, where not everybody is.
    pub(super) fn rows(
        &self,
        point: usize,
        filter: &RowFilter,
        seen: Option<&HashSet<Uuid>>,
        page: PageRequest,
        with_total: bool,
    ) -> Result<Listing<Row>> {
        let wanted = self.wanted(filter)?;
        let mut found = self.find(point, wanted.touches)?;
        let steps = std::mem::take(&mut found.steps);
        let marks = |head: &Head| steps.get(head.steps.clone()).unwrap_or_default();
        let is_seen = |head: &Head| seen.is_none_or(|seen| seen.contains(&self.subject(head.subject)));
        found.heads.retain(|head| wanted.keeps(head, marks(head)) && is_seen(head));
        // Numbers of subjects rise with their ids.
        found.heads.sort_unstable_by_key(|head| (head.entered_at, head.subject));
        let total = with_total.then(|| u64::try_from(found.heads.len()).unwrap_or(u64::MAX));
        let page = page.of_rising(&found.heads, |head| Cursor { key: head.entered_at.micros(), id: self.subject(head.subject) });
        Ok(Listing { page: page.map(|head| self.row(&head, marks(&head))), total })
    }

    fn wanted(&self, filter: &RowFilter) -> Result<Wanted<'_>> {
        let step = match &filter.step {
            Some(key) => Some(step_of_key(&self.stages, &self.plan.chosen, key, "step")?),
            None => None,
        };
        let (touches, group) = self.groups.split().narrowed(self.groups.wanted(filter.group.as_ref())?);
        let fits = match filter.state {
            RowState::All => true,
            RowState::Matured | RowState::Pending | RowState::Excluded => self.question.mode == Mode::Cohort,
            RowState::Before | RowState::Aside => self.question.mode == Mode::Stock,
        };
        if fits {
            Ok(Wanted { touches, step, group, state: filter.state })
        } else {
            Err(Error::invalid("state", ProblemCode::Invalid, "this mode counts nobody so"))
        }
    }

    /// Everybody behind the numbers of a point.
    fn find(&self, point: usize, touches: Option<&Touches>) -> Result<Found> {
        let period = self.points.get(point).ok_or(Error::broken("a point of the report"))?.period;
        let buckets = Buckets::from(period);
        let (events, as_of) = (&self.facts.events, self.as_of);
        let mut found = Found::default();
        match &self.plan.count {
            Count::Cohort { query, value_at } => {
                let breakdown = touches.map(|touches| Breakdown { touches, at: *value_at });
                cohort_rows(events, query, &buckets, breakdown, |row| {
                    let state = match row.standing {
                        Standing::Matured => RowState::Matured,
                        Standing::Pending => RowState::Pending,
                        Standing::Excluded => RowState::Excluded,
                    };
                    found.begin(row.subject, row.entered_at, state, row.value);
                    for (step, (at, visits)) in (0..).zip(row.reached_at.iter().zip(row.visits)) {
                        if let Some(at) = *at {
                            found.mark(Mark { step, at, visits: Some(*visits), value: row.value }, row.backdated);
                        }
                    }
                })
            }
            Count::Period(steps) => entry_rows(events, steps, as_of, &buckets, touches, |row| {
                if found.heads.last().is_none_or(|head| head.subject != row.subject) {
                    found.begin(row.subject, row.first_at, RowState::All, None);
                }
                found.mark(Mark { step: row.step, at: row.first_at, visits: Some(row.visits), value: row.value }, row.backdated);
            }),
            Count::Stock(steps) => stock_rows(events, steps, as_of, &buckets, touches, |row| {
                let state = match row.place {
                    Place::Step(_) => RowState::All,
                    Place::Below => RowState::Before,
                    Place::Side => RowState::Aside,
                };
                found.begin(row.subject, row.since, state, row.value);
                if let Place::Step(step) = row.place {
                    found.mark(Mark { step, at: row.since, visits: None, value: row.value }, row.backdated);
                }
            }),
        }
        .map_err(Error::internal)?;
        Ok(found)
    }

    fn row(&self, head: &Head, steps: &[Mark]) -> Row {
        let id = self.subject(head.subject);
        // In sets a subject may have several values: they are told of it, and not of its steps.
        let (by_set, sets) = match self.groups.split() {
            Split::Sets(_) => (true, self.groups.of(head.subject, head.entered_at)),
            Split::Whole | Split::Latest(_) => (false, Vec::new()),
        };
        let value = |number: u32| self.groups.value(number).filter(|_| !by_set);
        let reached = |mark: &Mark| ReachedStep { step: mark.step, at: mark.at, visits: mark.visits, value: mark.value.and_then(value) };
        Row {
            subject: self.question.subject.of(id),
            entered_at: head.entered_at,
            state: head.state,
            backdated: head.backdated,
            steps: steps.iter().map(reached).collect(),
            sets,
        }
    }

    fn subject(&self, number: u32) -> Uuid {
        self.facts.subject(number)
    }
}

impl Found {
    /// Begins a row.
    fn begin(&mut self, subject: u32, entered_at: Timestamp, state: RowState, value: Option<u32>) {
        let steps = self.steps.len()..self.steps.len();
        self.heads.push(Head { entered_at, subject, state, backdated: false, value, steps });
    }

    /// Adds a step to the row begun last.
    fn mark(&mut self, mark: Mark, backdated: bool) {
        self.steps.push(mark);
        if let Some(head) = self.heads.last_mut() {
            head.steps.end = self.steps.len();
            head.entered_at = head.entered_at.min(mark.at);
            head.backdated |= backdated;
        }
    }
}
