//! One tally for each bucket and each group.

use super::{Answer, FunnelError, Group, Touches};

/// The most cells, buckets times groups, that one question may fill.
pub const MAX_CELLS: u64 = 100_000;

/// Counts that can be summed.
pub(in crate::metrics) trait Tally: Clone + Default {
    /// Whether nothing was counted.
    fn is_empty(&self) -> bool;

    /// Adds what another one has counted.
    fn add(&mut self, other: &Self);

    /// How many subjects of the answer it has counted.
    fn subjects(&self) -> u64;
}

/// Tallies by bucket and, in it, by value; the last one of a bucket is for what has no value.
pub(in crate::metrics) struct Grid<T> {
    cells: Vec<T>,
    values: Option<u32>,
    width: usize,
}

impl<T: Tally> Grid<T> {
    pub(in crate::metrics) fn new(buckets: usize, touches: Option<&Touches>) -> Result<Self, FunnelError> {
        let values = touches.map(|touches| touches.highest_value().map_or(0, |highest| u64::from(highest) + 1));
        let width = values.unwrap_or(0) + 1;
        let cells = u64::try_from(buckets).ok().and_then(|buckets| buckets.checked_mul(width)).filter(|cells| *cells <= MAX_CELLS);
        let cells = cells.and_then(|cells| usize::try_from(cells).ok()).ok_or(FunnelError::TooManyCells)?;
        let width = usize::try_from(width).map_err(|_| FunnelError::TooManyCells)?;
        let values = values.map(u32::try_from).transpose().map_err(|_| FunnelError::TooManyCells)?;
        Ok(Self { cells: vec![T::default(); cells], values, width })
    }

    /// The tally of a value in a bucket.
    pub(in crate::metrics) fn cell(&mut self, bucket: usize, value: Option<u32>) -> Option<&mut T> {
        let column = value.map_or(self.width - 1, |value| value as usize);
        self.cells.get_mut(bucket * self.width + column)
    }

    /// Turns what each bucket counted anew into what has been counted up to and with it.
    pub(in crate::metrics) fn accumulate(&mut self) {
        for index in self.width..self.cells.len() {
            if let Some((before, now)) = self.cells.split_at_mut_checked(index)
                && let (Some(before), Some(now)) = (before.get(index - self.width), now.first_mut())
            {
                now.add(before);
            }
        }
    }

    /// One answer for each bucket.
    pub(in crate::metrics) fn into_answers<F>(self, finish: impl Fn(T) -> F) -> Vec<Answer<F>> {
        let Some(values) = self.values else {
            return self.cells.into_iter().map(|cell| Answer { whole: finish(cell), groups: Vec::new(), missing: 0 }).collect();
        };
        self.cells.chunks(self.width).map(|cells| answer(cells, values, &finish)).collect()
    }
}

fn answer<T: Tally, F>(cells: &[T], values: u32, finish: impl Fn(T) -> F) -> Answer<F> {
    let mut whole = T::default();
    for cell in cells {
        whole.add(cell);
    }
    let names = (0..values).map(Some).chain([None]);
    let groups = names.zip(cells).filter(|(_, cell)| !cell.is_empty());
    Answer {
        whole: finish(whole),
        groups: groups.map(|(value, cell)| Group { value, funnel: finish(cell.clone()) }).collect(),
        missing: cells.last().map_or(0, T::subjects),
    }
}
