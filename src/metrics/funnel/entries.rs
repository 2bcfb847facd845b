//! The mode `PERIOD`: distinct subjects that entered each step's very stage in a period.
//!
//! No stage implies another and no window is kept: the ratio of two steps compares two crowds and can exceed one.
//! In a breakdown a subject's entries into a stage count with the value of its latest touch at or before the first
//! of them in the bucket, so that one subject may stand in different groups at different steps.

use entity::time::Timestamp;

use super::breakdown::{SubjectTouches, TouchCursor};
use super::grid::{Grid, Tally};
use super::steps::step_of;
use super::{Answer, Buckets, EntriesFunnel, EntriesStep, FunnelError, FunnelFacts, Share, Steps, Touches};

/// One subject at one step in one bucket: what the figures of a period are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The bucket the entries lie in.
    pub bucket: usize,
    /// Who.
    pub subject: u32,
    /// Into which step.
    pub step: u8,
    /// When first in this bucket.
    pub first_at: Timestamp,
    /// How often in this bucket.
    pub visits: u32,
    /// Whether one of these entries is backdated.
    pub backdated: bool,
    /// Its value in the breakdown, if it has one.
    pub value: Option<u32>,
}

/// Counts what happened in each bucket up to and including `as_of`; one answer for each bucket.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue, `TooManyCells` for too many buckets times groups.
pub fn entries(
    facts: &FunnelFacts,
    steps: &Steps,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
) -> Result<Vec<Answer<EntriesFunnel>>, FunnelError> {
    let mut grid = Grid::<EntriesTally>::new(buckets.len(), touches)?;
    // By bucket: the last subject counted as backdated, which may have further rows.
    let mut flagged = vec![None; buckets.len()];
    entry_rows(facts, steps, as_of, buckets, touches, |row| {
        let Some(tally) = grid.cell(row.bucket, row.value) else { return };
        tally.count(&row, steps.len());
        if let Some(flagged) = flagged.get_mut(row.bucket).filter(|flagged| row.backdated && **flagged != Some(row.subject)) {
            *flagged = Some(row.subject);
            tally.backdated += 1;
        }
    })?;
    Ok(grid.into_answers(|tally| tally.finish(steps)))
}

/// Hands out every subject at every step and in every bucket, in rising order of subject, bucket and step.
///
/// # Errors
/// [`FunnelError`] `UnknownStage` if a fact's stage is not in the catalogue.
pub fn entry_rows(
    facts: &FunnelFacts,
    steps: &Steps,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
    mut each: impl FnMut(EntryRow),
) -> Result<(), FunnelError> {
    facts.check(steps)?;
    let mut cursor = TouchCursor::new(touches);
    let mut seen: Vec<Option<EntryRow>> = vec![None; steps.len()];
    for events in facts.subjects(as_of) {
        let subject = events.subject;
        let touches = cursor.take(subject);
        let mut current = None;
        for event in events.iter() {
            let Some(step) = step_of(steps.exact(), event.stage) else { continue };
            let Some(bucket) = buckets.position(event.at) else { continue };
            if current.is_some_and(|current| current != bucket) {
                hand_out(&mut seen, touches, &mut each);
            }
            current = Some(bucket);
            if let Some(seen) = seen.get_mut(usize::from(step)) {
                let row = EntryRow { bucket, subject, step, first_at: event.at, visits: 0, backdated: false, value: None };
                let row = seen.get_or_insert(row);
                row.visits += 1;
                row.backdated |= event.backdated;
            }
        }
        hand_out(&mut seen, touches, &mut each);
    }
    Ok(())
}

fn hand_out(seen: &mut [Option<EntryRow>], touches: SubjectTouches<'_>, each: &mut impl FnMut(EntryRow)) {
    for row in seen.iter_mut().filter_map(Option::take) {
        each(EntryRow { value: touches.latest(row.first_at), ..row });
    }
}

/// Counts of one bucket or of a group in it.
#[derive(Clone, Default)]
struct EntriesTally {
    steps: Vec<StepTally>,
    backdated: u64,
    subjects: u64,
    last_subject: Option<u32>,
}

#[derive(Clone, Copy, Default)]
struct StepTally {
    entered: u64,
    visits: u64,
}

impl EntriesTally {
    fn count(&mut self, row: &EntryRow, steps: usize) {
        self.steps.resize(steps, StepTally::default());
        if let Some(step) = self.steps.get_mut(usize::from(row.step)) {
            step.entered += 1;
            step.visits += u64::from(row.visits);
        }
        if self.last_subject != Some(row.subject) {
            self.last_subject = Some(row.subject);
            self.subjects += 1;
        }
    }

    fn finish(mut self, steps: &Steps) -> EntriesFunnel {
        self.steps.resize(steps.len(), StepTally::default());
        let mut previous = None;
        let steps = self.steps.iter().map(|step| EntriesStep {
            entered: step.entered,
            visits: step.visits,
            from_previous: previous.replace(step.entered).map(|denominator| Share { numerator: step.entered, denominator }),
        });
        EntriesFunnel { steps: steps.collect(), backdated: self.backdated }
    }
}

impl Tally for EntriesTally {
    fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Sums what can be summed; the distinct subjects of several groups cannot, as one may be in many.
    fn add(&mut self, other: &Self) {
        self.steps.resize(self.steps.len().max(other.steps.len()), StepTally::default());
        for (step, more) in self.steps.iter_mut().zip(&other.steps) {
            step.entered += more.entered;
            step.visits += more.visits;
        }
        self.backdated += other.backdated;
    }

    fn subjects(&self) -> u64 {
        self.subjects
    }
}
