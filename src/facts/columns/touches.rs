//! Touches as columns, by person and by account.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use uuid::Uuid;

use super::{HashMap, NOBODY, Subjects, Superseded, arranged, in_order, renumber};

/// One touch, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) struct TouchRow {
    pub(in crate::facts) id: Uuid,
    /// When it happened, in microseconds.
    pub(in crate::facts) at: i64,
    /// When it was recorded, in microseconds.
    pub(in crate::facts) recorded: i64,
    pub(in crate::facts) person: u32,
    pub(in crate::facts) account: u32,
    /// What it was about.
    pub(in crate::facts) about: u32,
}

/// Touches, sorted by person, time and id. Clones share the columns.
#[derive(Clone, Debug, Default)]
pub(in crate::facts) struct Touches {
    columns: Arc<Columns>,
    superseded: Arc<Superseded>,
}

#[derive(Clone, Debug, Default)]
struct Columns {
    id: Vec<Uuid>,
    at: Vec<i64>,
    recorded: Vec<i64>,
    person: Subjects,
    account: Vec<u32>,
    about: Vec<u32>,
    /// The rows that name an account, sorted by account and place.
    by_account: Vec<u32>,
    accounts: Subjects,
    /// The latest time at which one was recorded.
    newest: i64,
}

impl Touches {
    /// Takes a row in. Until they are sorted, rows are in no order.
    pub(in crate::facts) fn push(&mut self, row: TouchRow) {
        let columns = Arc::make_mut(&mut self.columns);
        columns.id.push(row.id);
        columns.at.push(row.at);
        columns.recorded.push(row.recorded);
        columns.person.of.push(row.person);
        columns.account.push(row.account);
        columns.about.push(row.about);
        columns.newest = columns.newest.max(row.recorded);
    }

    /// Takes all rows of others in.
    pub(in crate::facts) fn append(&mut self, other: &Self) {
        let before = self.len();
        Arc::make_mut(&mut self.superseded).append(&other.superseded, before);
        let (columns, other) = (Arc::make_mut(&mut self.columns), &other.columns);
        columns.id.extend_from_slice(&other.id);
        columns.at.extend_from_slice(&other.at);
        columns.recorded.extend_from_slice(&other.recorded);
        columns.person.of.extend_from_slice(&other.person.of);
        columns.account.extend_from_slice(&other.account);
        columns.about.extend_from_slice(&other.about);
        columns.newest = columns.newest.max(other.newest);
    }

    /// Gives people and accounts their new numbers.
    pub(in crate::facts) fn renumber(&mut self, people: &[u32], accounts: &[u32]) {
        let columns = Arc::make_mut(&mut self.columns);
        renumber(&mut columns.person.of, people);
        renumber(&mut columns.account, accounts);
    }

    /// Brings the rows into order, for so many people and accounts.
    pub(in crate::facts) fn sort(&mut self, people: usize, accounts: usize) {
        let order = Arc::make_mut(&mut self.columns).sort(people, accounts);
        self.superseded = Arc::new(self.superseded.moved(&order));
    }

    pub(in crate::facts) fn len(&self) -> usize {
        self.columns.id.len()
    }

    pub(in crate::facts) fn bytes(&self) -> usize {
        self.columns.bytes() + self.superseded.bytes()
    }

    /// Whether every row stood at an instant.
    fn all_stood(&self, as_of: i64) -> bool {
        self.columns.newest <= as_of && self.superseded.is_empty()
    }

    fn stood(&self, row: usize, as_of: i64) -> bool {
        self.columns.recorded.get(row).is_some_and(|recorded| *recorded <= as_of) && self.superseded.stood(row, as_of)
    }

    /// Hands out those of all rows that happened in a span of time and stood at an instant.
    pub(in crate::facts) fn all(&self, span: &RangeInclusive<i64>, as_of: i64, mut each: impl FnMut(TouchRow)) {
        let all_stood = self.all_stood(as_of);
        for (row, at) in self.columns.at.iter().enumerate() {
            if span.contains(at) && (all_stood || self.stood(row, as_of)) {
                self.columns.row(row).into_iter().for_each(&mut each);
            }
        }
    }

    /// The same, of a person, in order of time.
    pub(in crate::facts) fn of_person(&self, person: u32, span: &RangeInclusive<i64>, as_of: i64, mut each: impl FnMut(TouchRow)) {
        let rows = self.columns.person.rows(person);
        let at = self.columns.at.get(rows.clone()).unwrap_or_default();
        let within = at.partition_point(|at| at < span.start())..at.partition_point(|at| at <= span.end());
        for row in within.map(|row| row + rows.start) {
            if self.stood(row, as_of) {
                self.columns.row(row).into_iter().for_each(&mut each);
            }
        }
    }

    /// The same, of an account, in no order.
    pub(in crate::facts) fn of_account(&self, account: u32, span: &RangeInclusive<i64>, as_of: i64, mut each: impl FnMut(TouchRow)) {
        for row in self.columns.by_account.get(self.columns.accounts.rows(account)).unwrap_or_default() {
            let row = *row as usize;
            if self.columns.at.get(row).is_some_and(|at| span.contains(at)) && self.stood(row, as_of) {
                self.columns.row(row).into_iter().for_each(&mut each);
            }
        }
    }

    /// Notes that a newer row took the place of one; says whether it is here.
    pub(in crate::facts) fn supersede(&mut self, id: Uuid, (person, at): (u32, i64), by: i64) -> bool {
        let found = self.columns.place(self.columns.person.rows(person), id, at);
        if let Some(row) = found {
            Arc::make_mut(&mut self.superseded).insert(row, by);
        }
        found.is_some()
    }

    /// Notes which newer rows took the place of some, by their ids, before the rows are sorted.
    pub(in crate::facts) fn supersede_all(&mut self, by: &HashMap<Uuid, i64>) {
        if by.is_empty() {
            return;
        }
        let superseded = Arc::make_mut(&mut self.superseded);
        for (row, id) in self.columns.id.iter().enumerate() {
            if let Some(at) = by.get(id) {
                superseded.insert(row, *at);
            }
        }
    }
}

impl Columns {
    /// Brings the rows into order, and says into which.
    fn sort(&mut self, people: usize, accounts: usize) -> Vec<u32> {
        let key = |row: usize| (self.at.get(row).copied(), self.id.get(row).copied());
        let (order, person) = arranged(&self.person.of, people, key);
        self.person = person;
        self.id = in_order(&self.id, &order);
        self.at = in_order(&self.at, &order);
        self.recorded = in_order(&self.recorded, &order);
        self.account = in_order(&self.account, &order);
        self.about = in_order(&self.about, &order);
        (self.by_account, self.accounts) = arranged(&self.account, accounts, |row| row);
        let named = self.accounts.of.partition_point(|account| *account != NOBODY);
        self.by_account.truncate(named);
        self.by_account.shrink_to_fit();
        self.accounts.of.truncate(named);
        if !self.accounts.starts.is_empty() {
            // Where rows begin says it all.
            self.accounts.of = Vec::new();
        }
        order
    }

    const fn bytes(&self) -> usize {
        self.id.capacity() * size_of::<Uuid>()
            + (self.at.capacity() + self.recorded.capacity()) * size_of::<i64>()
            + (self.person.of.capacity() + self.person.starts.capacity() + self.account.capacity() + self.about.capacity())
                * size_of::<u32>()
            + (self.by_account.capacity() + self.accounts.of.capacity() + self.accounts.starts.capacity()) * size_of::<u32>()
    }

    fn row(&self, row: usize) -> Option<TouchRow> {
        Some(TouchRow {
            id: *self.id.get(row)?,
            at: *self.at.get(row)?,
            recorded: *self.recorded.get(row)?,
            person: *self.person.of.get(row)?,
            account: *self.account.get(row)?,
            about: *self.about.get(row)?,
        })
    }

    fn place(&self, rows: Range<usize>, id: Uuid, at: i64) -> Option<usize> {
        let times = self.at.get(rows.clone())?;
        let first = rows.start + times.partition_point(|it| *it < at);
        (first..rows.end).take_while(|row| self.at.get(*row) == Some(&at)).find(|row| self.id.get(*row) == Some(&id))
    }
}
