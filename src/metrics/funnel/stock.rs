//! The mode `STOCK`: where everybody stands at the end of a period, just before the instant that no longer belongs to it.
//!
//! The latest event decides, also where it leads back. A breakdown takes the value of the subject's latest touch at or
//! before that event.

use std::ops::Range;

use entity::time::Timestamp;

use super::breakdown::TouchCursor;
use super::grid::{Grid, Tally};
use super::{Answer, Buckets, FunnelError, FunnelFacts, Place, Steps, StockFunnel, Touches};

/// One subject at one place: what the figures of a stock are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// The buckets at whose end the subject stood there.
    pub buckets: Range<usize>,
    /// Who.
    pub subject: u32,
    /// Where.
    pub place: Place,
    /// Since when.
    pub since: Timestamp,
    /// Whether a backdated event up to then counts for a step.
    pub backdated: bool,
    /// Its value in the breakdown, if it has one.
    pub value: Option<u32>,
}

/// Counts where everybody stands at the end of each bucket, as seen at `as_of`; one answer for each bucket.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue, `TooManyCells` for too many buckets times groups.
pub fn stock(
    facts: &FunnelFacts,
    steps: &Steps,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
) -> Result<Vec<Answer<StockFunnel>>, FunnelError> {
    // A cell counts who came since the bucket before, less who left; so a row costs the same however long it lasts.
    let mut grid = Grid::<StockTally>::new(buckets.len(), touches)?;
    stock_rows(facts, steps, as_of, buckets, touches, |row| {
        for (bucket, change) in [(row.buckets.start, 1), (row.buckets.end, -1)] {
            if bucket < buckets.len()
                && let Some(tally) = grid.cell(bucket, row.value)
            {
                tally.count(&row, change, steps.len());
            }
        }
    })?;
    grid.accumulate();
    Ok(grid.into_answers(|tally| tally.finish(steps)))
}

/// Hands out every place at which a subject stood at the end of a bucket, in rising order of subject and time.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue.
pub fn stock_rows(
    facts: &FunnelFacts,
    steps: &Steps,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
    mut each: impl FnMut(StockRow),
) -> Result<(), FunnelError> {
    facts.check(steps)?;
    let mut cursor = TouchCursor::new(touches);
    for events in facts.subjects(as_of) {
        let subject = events.subject;
        let touches = cursor.take(subject);
        let mut backdated = false;
        let mut events = events.iter().peekable();
        while let Some(event) = events.next() {
            let place = steps.place(event.stage);
            backdated |= event.backdated && matches!(place, Place::Step(_));
            let until = events.peek().map_or(buckets.len(), |next| buckets.ended_by(next.at));
            let stays = buckets.ended_by(event.at)..until;
            if !stays.is_empty() {
                each(StockRow { buckets: stays, subject, place, since: event.at, backdated, value: touches.latest(event.at) });
            }
        }
    }
    Ok(())
}

/// Changes since the bucket before, or, once accumulated, counts: then nothing is negative.
#[derive(Clone, Default)]
struct StockTally {
    steps: Vec<i64>,
    below: i64,
    side: i64,
    backdated: i64,
}

impl StockTally {
    fn count(&mut self, row: &StockRow, change: i64, steps: usize) {
        self.steps.resize(steps, 0);
        match row.place {
            Place::Step(step) => {
                if let Some(count) = self.steps.get_mut(usize::from(step)) {
                    *count += change;
                }
                self.backdated += change * i64::from(row.backdated);
            }
            Place::Below => self.below += change,
            Place::Side => self.side += change,
        }
    }

    fn finish(mut self, steps: &Steps) -> StockFunnel {
        self.steps.resize(steps.len(), 0);
        StockFunnel {
            steps: self.steps.into_iter().map(i64::unsigned_abs).collect(),
            below: self.below.unsigned_abs(),
            side: self.side.unsigned_abs(),
            backdated: self.backdated.unsigned_abs(),
        }
    }
}

impl Tally for StockTally {
    fn is_empty(&self) -> bool {
        self.subjects() == 0
    }

    fn add(&mut self, other: &Self) {
        self.steps.resize(self.steps.len().max(other.steps.len()), 0);
        for (count, more) in self.steps.iter_mut().zip(&other.steps) {
            *count += more;
        }
        self.below += other.below;
        self.side += other.side;
        self.backdated += other.backdated;
    }

    fn subjects(&self) -> u64 {
        (self.steps.iter().sum::<i64>() + self.below + self.side).unsigned_abs()
    }
}
