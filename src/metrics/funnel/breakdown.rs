//! Splitting a funnel by what touched its subjects: channel, tactic, owner.

use entity::time::Timestamp;

use super::FunnelError;

/// What touched the subjects, as columns sorted by subject and time.
///
/// A value is a small index into a table the caller keeps (channels, tactics, …); subjects are numbered as in the facts.
/// As with facts, the caller has dropped what was recorded after the answer's `asOf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    subject: Vec<u32>,
    occurred_at: Vec<Timestamp>,
    value: Vec<u32>,
    highest_value: Option<u32>,
}

impl Touches {
    /// Takes the columns and sorts them if they are not sorted yet. Of touches at the same instant the one with the
    /// highest value counts as the latest, so that the order in which they arrived changes no answer.
    ///
    /// # Errors
    /// [`FunnelError::UnevenColumns`] if the columns differ in length.
    pub fn new(subject: Vec<u32>, occurred_at: Vec<Timestamp>, value: Vec<u32>) -> Result<Self, FunnelError> {
        if [occurred_at.len(), value.len()] != [subject.len(); 2] {
            return Err(FunnelError::UnevenColumns);
        }
        let highest_value = value.iter().copied().max();
        let touches = Self { subject, occurred_at, value, highest_value };
        if touches.keys().is_sorted() {
            return Ok(touches);
        }
        let mut keys: Vec<_> = touches.keys().collect();
        keys.sort_unstable();
        Ok(Self {
            subject: keys.iter().map(|key| key.0).collect(),
            occurred_at: keys.iter().map(|key| key.1).collect(),
            value: keys.iter().map(|key| key.2).collect(),
            highest_value,
        })
    }

    fn keys(&self) -> impl Iterator<Item = (u32, Timestamp, u32)> {
        self.subject.iter().zip(self.occurred_at.iter().zip(&self.value)).map(|(subject, (at, value))| (*subject, *at, *value))
    }

    /// The value of the latest touch of a subject at or before an instant.
    #[must_use]
    pub fn latest(&self, subject: u32, instant: Timestamp) -> Option<u32> {
        let mine = self.subject.partition_point(|other| *other < subject)..self.subject.partition_point(|other| *other <= subject);
        let touches = SubjectTouches { occurred_at: self.occurred_at.get(mine.clone())?, value: self.value.get(mine)? };
        touches.latest(instant)
    }

    /// The highest value there is.
    pub(super) const fn highest_value(&self) -> Option<u32> {
        self.highest_value
    }
}

/// At which step a subject's value is taken: the value of its latest touch at or before the moment it reached that step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueAt {
    /// At the entry.
    FirstStep,
    /// At the furthest step the subject reached.
    LastStep,
    /// At one step; subjects that have not reached it have no value.
    AtStep(u8),
}

impl ValueAt {
    /// The step that was named, if one was.
    #[must_use]
    pub const fn step(self) -> Option<u8> {
        match self {
            Self::AtStep(step) => Some(step),
            Self::FirstStep | Self::LastStep => None,
        }
    }
}

/// How a cohort is split. The other two modes have one moment per counted event and need the touches only.
#[derive(Clone, Copy, Debug)]
pub struct Breakdown<'a> {
    /// What touched the subjects.
    pub touches: &'a Touches,
    /// At which step the value is taken.
    pub at: ValueAt,
}

/// Walks through touches beside the facts: subjects must be asked for in rising order.
pub(super) struct TouchCursor<'a> {
    subject: &'a [u32],
    occurred_at: &'a [Timestamp],
    value: &'a [u32],
}

impl<'a> TouchCursor<'a> {
    /// Without touches, nothing has a value.
    pub(super) fn new(touches: Option<&'a Touches>) -> Self {
        touches.map_or(Self { subject: &[], occurred_at: &[], value: &[] }, |touches| Self {
            subject: &touches.subject,
            occurred_at: &touches.occurred_at,
            value: &touches.value,
        })
    }

    /// The touches of a subject; it and those before it are left behind.
    pub(super) fn take(&mut self, subject: u32) -> SubjectTouches<'a> {
        self.cut(self.subject.iter().take_while(|other| **other < subject).count());
        self.cut(self.subject.iter().take_while(|other| **other == subject).count())
    }

    fn cut(&mut self, count: usize) -> SubjectTouches<'a> {
        let (occurred_at, later) = self.occurred_at.split_at(count);
        let (value, later_value) = self.value.split_at(count);
        (self.subject, self.occurred_at, self.value) = (self.subject.split_at(count).1, later, later_value);
        SubjectTouches { occurred_at, value }
    }
}

/// The touches of one subject, in order.
#[derive(Clone, Copy)]
pub(super) struct SubjectTouches<'a> {
    occurred_at: &'a [Timestamp],
    value: &'a [u32],
}

impl SubjectTouches<'_> {
    /// The value of the latest touch at or before an instant.
    pub(super) fn latest(self, instant: Timestamp) -> Option<u32> {
        let count = self.occurred_at.partition_point(|at| *at <= instant);
        self.value.get(count.checked_sub(1)?).copied()
    }
}
