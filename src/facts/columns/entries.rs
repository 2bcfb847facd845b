//! Stage events as columns, by subject.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::{Subjects, Superseded, arranged, in_order, renumber};

/// One stage event, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) struct EntryRow {
    pub(in crate::facts) subject: u32,
    /// When it happened, in microseconds.
    pub(in crate::facts) at: i64,
    /// When it was recorded, in microseconds.
    pub(in crate::facts) recorded: i64,
    pub(in crate::facts) stage: u16,
    pub(in crate::facts) backdated: bool,
}

/// The stage events of all subjects of a kind, sorted by subject and time. Clones share the columns.
#[derive(Clone, Debug, Default)]
pub(in crate::facts) struct Entries {
    columns: Arc<Columns>,
    superseded: Arc<Superseded>,
}

#[derive(Clone, Debug, Default)]
struct Columns {
    subject: Subjects,
    at: Vec<i64>,
    recorded: Vec<i64>,
    stage: Vec<u16>,
    backdated: Vec<bool>,
    newest: i64,
}

/// Which events are wanted.
#[derive(Debug)]
pub(in crate::facts) struct Wanted {
    /// What each stage is called in the answer; those that are called nothing are left out.
    pub(in crate::facts) stages: Vec<Option<u16>>,
    pub(in crate::facts) span: RangeInclusive<i64>,
    pub(in crate::facts) as_of: i64,
}

impl Entries {
    /// Takes a row in. Until they are sorted, rows are in no order.
    pub(in crate::facts) fn push(&mut self, row: EntryRow) {
        let columns = Arc::make_mut(&mut self.columns);
        columns.subject.of.push(row.subject);
        columns.at.push(row.at);
        columns.recorded.push(row.recorded);
        columns.stage.push(row.stage);
        columns.backdated.push(row.backdated);
        columns.newest = columns.newest.max(row.recorded);
    }

    /// Takes all rows of others in.
    pub(in crate::facts) fn append(&mut self, other: &Self) {
        let before = self.len();
        Arc::make_mut(&mut self.superseded).append(&other.superseded, before);
        let (columns, other) = (Arc::make_mut(&mut self.columns), &other.columns);
        columns.subject.of.extend_from_slice(&other.subject.of);
        columns.at.extend_from_slice(&other.at);
        columns.recorded.extend_from_slice(&other.recorded);
        columns.stage.extend_from_slice(&other.stage);
        columns.backdated.extend_from_slice(&other.backdated);
        columns.newest = columns.newest.max(other.newest);
    }

    /// Gives subjects their new numbers.
    pub(in crate::facts) fn renumber(&mut self, subjects: &[u32]) {
        renumber(&mut Arc::make_mut(&mut self.columns).subject.of, subjects);
    }

    /// Brings the rows into order, for so many subjects.
    pub(in crate::facts) fn sort(&mut self, subjects: usize) {
        let order = Arc::make_mut(&mut self.columns).sort(subjects);
        self.superseded = Arc::new(self.superseded.moved(&order));
    }

    pub(in crate::facts) fn len(&self) -> usize {
        self.columns.at.len()
    }

    pub(in crate::facts) fn bytes(&self) -> usize {
        self.columns.bytes() + self.superseded.bytes()
    }

    /// Whose they are, one after the other.
    pub(in crate::facts) fn subjects(&self) -> impl Iterator<Item = u32> {
        self.columns.subject.of.iter().copied()
    }

    /// Notes that a newer row took the place of one; says whether it is here. Of rows that say the same, any is as good.
    pub(in crate::facts) fn supersede(&mut self, superseded: EntryRow, by: i64) -> bool {
        let mut rows = self.columns.subject.rows(superseded.subject);
        let is_it = |row: &usize| self.columns.row(*row) == Some(superseded) && self.superseded.stood(*row, i64::MAX);
        let found = rows.find(is_it);
        if let Some(row) = found {
            Arc::make_mut(&mut self.superseded).insert(row, by);
        }
        found.is_some()
    }

    /// Notes which rows newer ones took the place of, before the rows are sorted.
    pub(in crate::facts) fn supersede_rows(&mut self, by: impl IntoIterator<Item = (usize, i64)>) {
        let superseded = Arc::make_mut(&mut self.superseded);
        by.into_iter().for_each(|(row, at)| superseded.insert(row, at));
    }

    /// Hands out the events of all subjects that are wanted, in the order of their numbers and of time: subject, time, stage as it
    /// is called, and whether it was backdated.
    pub(in crate::facts) fn all(&self, wanted: &Wanted, each: impl FnMut(u32, i64, u16, bool)) {
        self.between(0..self.len(), wanted, each);
    }

    /// The same, of one subject.
    pub(in crate::facts) fn of(&self, subject: u32, wanted: &Wanted, each: impl FnMut(u32, i64, u16, bool)) {
        self.between(self.columns.subject.rows(subject), wanted, each);
    }

    fn between(&self, rows: Range<usize>, wanted: &Wanted, mut each: impl FnMut(u32, i64, u16, bool)) {
        let all_stood = self.columns.newest <= wanted.as_of && self.superseded.is_empty();
        let at = self.columns.at.get(rows.clone()).unwrap_or_default();
        let recorded = self.columns.recorded.get(rows.clone()).unwrap_or_default();
        let stages = self.columns.stage.get(rows.clone()).unwrap_or_default();
        let backdated = self.columns.backdated.get(rows.clone()).unwrap_or_default();
        let subjects = self.columns.subject.of.get(rows.clone()).unwrap_or_default();
        let what = subjects.iter().zip(stages.iter().zip(backdated));
        for (((row, &at), &recorded), (&subject, (&stage, &backdated))) in rows.zip(at).zip(recorded).zip(what) {
            let stood = all_stood || recorded <= wanted.as_of && self.superseded.stood(row, wanted.as_of);
            if stood
                && wanted.span.contains(&at)
                && let Some(stage) = wanted.stages.get(usize::from(stage)).copied().flatten()
            {
                each(subject, at, stage, backdated);
            }
        }
    }
}

impl Columns {
    /// Brings the rows into order, and says into which.
    fn sort(&mut self, subjects: usize) -> Vec<u32> {
        let key = |row: usize| (self.at.get(row).copied(), self.recorded.get(row).copied());
        let (order, subject) = arranged(&self.subject.of, subjects, key);
        self.subject = subject;
        self.at = in_order(&self.at, &order);
        self.recorded = in_order(&self.recorded, &order);
        self.stage = in_order(&self.stage, &order);
        self.backdated = in_order(&self.backdated, &order);
        order
    }

    const fn bytes(&self) -> usize {
        (self.at.capacity() + self.recorded.capacity()) * size_of::<i64>()
            + (self.subject.of.capacity() + self.subject.starts.capacity()) * size_of::<u32>()
            + self.stage.capacity() * size_of::<u16>()
            + self.backdated.capacity()
    }

    fn row(&self, row: usize) -> Option<EntryRow> {
        Some(EntryRow {
            subject: *self.subject.of.get(row)?,
            at: *self.at.get(row)?,
            recorded: *self.recorded.get(row)?,
            stage: *self.stage.get(row)?,
            backdated: *self.backdated.get(row)?,
        })
    }
}
