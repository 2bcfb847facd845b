//! Facts as columns: one list for each thing that is known of a row, in the order in which metrics want to read them.
//!
//! Rows of one subject stand together, in order of their time. Where a subject's rows begin is looked up, not searched for; in the
//! small part that holds what was recorded last, it is searched for, since looking up costs room for every subject there is.

mod entries;
mod names;
mod touches;

use std::ops::Range;

pub(super) use entries::{Entries, EntryRow, Wanted};
pub(super) use names::{NOBODY, Names, Numbering};
pub(super) use touches::{TouchRow, Touches};

/// A map by ids that we made, which nobody can choose so that they collide.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::FixedState>;

/// The subjects of rows that are sorted by them.
#[derive(Clone, Debug, Default)]
struct Subjects {
    /// Of each row.
    of: Vec<u32>,
    /// Where the rows of each begin, and where those of the last one end; empty where that is searched for.
    starts: Vec<u32>,
}

impl Subjects {
    /// The rows of a subject.
    fn rows(&self, subject: u32) -> Range<usize> {
        let bound = |subject: usize| self.starts.get(subject).map(|start| *start as usize);
        if let (Some(start), Some(end)) = (bound(subject as usize), bound(subject as usize + 1)) {
            return start..end;
        }
        if subject != NOBODY && !self.starts.is_empty() {
            return 0..0;
        }
        self.of.partition_point(|of| *of < subject)..self.of.partition_point(|of| *of <= subject)
    }
}

/// When rows were taken the place of by newer ones.
#[derive(Clone, Debug, Default)]
struct Superseded(HashMap<u32, i64>);

impl Superseded {
    /// Whether nothing had taken the place of a row by an instant.
    fn stood(&self, row: usize, as_of: i64) -> bool {
        self.0.is_empty() || u32::try_from(row).is_ok_and(|row| self.0.get(&row).is_none_or(|at| *at > as_of))
    }

    fn insert(&mut self, row: usize, at: i64) {
        if let Ok(row) = u32::try_from(row) {
            self.0.insert(row, at);
        }
    }

    /// The same, of rows that were brought into another order.
    fn moved(&self, order: &[u32]) -> Self {
        if self.0.is_empty() {
            return Self::default();
        }
        Self((0..).zip(order).filter_map(|(new, old)| Some((new, *self.0.get(old)?))).collect())
    }

    /// Adds those of rows that stand behind others.
    fn append(&mut self, later: &Self, behind: usize) {
        for (row, at) in &later.0 {
            self.insert(*row as usize + behind, *at);
        }
    }

    fn bytes(&self) -> usize {
        // A key, a value and a byte of the table, which is half empty at worst.
        self.0.capacity() * 2 * (size_of::<u32>() + size_of::<i64>() + 1)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The order in which rows stand by subject and, of each, by a key; with the subjects in that order.
fn arranged<K: Ord>(of: &[u32], subjects: usize, key: impl Fn(usize) -> K) -> (Vec<u32>, Subjects) {
    let count = u32::try_from(of.len()).unwrap_or(u32::MAX);
    let of_row = |row: u32| of.get(row as usize).copied().unwrap_or(NOBODY);
    let (mut order, starts) = if of.len() < subjects / 4 { ((0..count).collect(), Vec::new()) } else { counted(of, subjects) };
    if starts.is_empty() {
        order.sort_unstable_by_key(|row| (of_row(*row), key(*row as usize)));
    } else {
        let mut rest = order.as_mut_slice();
        let ends = starts.iter().copied().skip(1).chain([count]);
        let mut start = 0;
        for end in ends {
            let (rows, behind) = rest.split_at_mut((end - start) as usize);
            if rows.len() > 1 {
                rows.sort_unstable_by_key(|row| key(*row as usize));
            }
            (rest, start) = (behind, end);
        }
    }
    let of = order.iter().map(|row| of_row(*row)).collect();
    (order, Subjects { of, starts })
}

/// The rows by subject, those of nobody last, in the order in which they came; and where those of each subject begin.
fn counted(of: &[u32], subjects: usize) -> (Vec<u32>, Vec<u32>) {
    let place = |subject: u32| (subject as usize).min(subjects);
    let mut starts = vec![0_u32; subjects + 2];
    for subject in of {
        if let Some(count) = starts.get_mut(place(*subject) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut order = vec![0_u32; of.len()];
    for (row, subject) in (0..).zip(of) {
        if let Some(next) = next.get_mut(place(*subject)) {
            if let Some(place) = order.get_mut(*next as usize) {
                *place = row;
            }
            *next += 1;
        }
    }
    // Those of nobody end with the last row.
    starts.truncate(subjects + 1);
    (order, starts)
}

/// The values of a column in another order.
fn in_order<T: Copy + Default>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|row| column.get(*row as usize).copied().unwrap_or_default()).collect()
}

/// Gives subjects their new numbers.
fn renumber(subjects: &mut [u32], numbers: &[u32]) {
    for subject in subjects {
        *subject = numbers.get(*subject as usize).copied().unwrap_or(NOBODY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_subject_whether_looked_up_or_searched_for() {
        let of = [3, 0, NOBODY, 3, 1, 0];
        let times = [9, 8, 7, 6, 5, 4];
        for subjects in [4, 400] {
            let (order, arranged) = arranged(&of, subjects, |row| times[row]);
            assert_eq!(order, [5, 1, 4, 3, 0, 2]);
            assert_eq!(arranged.of, [0, 0, 1, 3, 3, NOBODY]);
            let found = [0, 1, 2, 3, NOBODY].map(|subject| arranged.rows(subject).map(|row| order[row]).collect::<Vec<_>>());
            assert_eq!(found, [vec![5, 1], vec![4], vec![], vec![3, 0], vec![2]], "{subjects}");
            assert_eq!(arranged.starts.is_empty(), subjects == 400);
        }
    }

    #[test]
    fn nobody_and_nothing_have_no_rows() {
        let (order, subjects) = arranged(&[], 0, |_| 0);
        assert!(order.is_empty());
        assert!(subjects.rows(0).is_empty() && subjects.rows(NOBODY).is_empty());
        let (_, subjects) = arranged(&[0, 1], 2, |row| row);
        assert!(subjects.rows(7).is_empty() && subjects.rows(NOBODY).is_empty());
    }

    #[test]
    fn what_was_superseded_moves_with_its_row() {
        let mut superseded = Superseded::default();
        superseded.insert(1, 50);
        let moved = superseded.moved(&[2, 1, 0]);
        assert!(moved.stood(1, 49) && !moved.stood(1, 50) && moved.stood(0, 50));
        let moved = superseded.moved(&[1, 0]);
        assert!(!moved.stood(0, 50) && moved.stood(1, 50));
    }
}
