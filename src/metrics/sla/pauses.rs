//! Time that does not count.

use entity::time::Timestamp;

/// Time that does not count, from an instant up to, but without, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pause {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// Pauses one after the other: what overlaps or touches is one, and what has no length is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    /// No pause.
    pub const NONE: Self = Self(Vec::new());

    /// Pauses in whatever order.
    #[must_use]
    pub fn new(pauses: impl IntoIterator<Item = Pause>) -> Self {
        let mut given: Vec<Pause> = pauses.into_iter().filter(|pause| pause.to.is_none_or(|to| pause.from < to)).collect();
        given.sort_unstable_by_key(|pause| pause.from);
        let mut merged: Vec<Pause> = Vec::with_capacity(given.len());
        for pause in given {
            match merged.last_mut().filter(|last| last.to.is_none_or(|end| pause.from <= end)) {
                // What lasts outlasts what ends.
                Some(last) => last.to = last.to.zip(pause.to).map(|(end, to)| end.max(to)),
                None => merged.push(pause),
            }
        }
        Self(merged)
    }

    /// The pauses, in order; none touches another.
    #[must_use]
    pub fn as_slice(&self) -> &[Pause] {
        &self.0
    }

    /// Since when there is a pause that still lasts.
    #[must_use]
    pub fn open_since(&self) -> Option<Timestamp> {
        self.0.last().filter(|pause| pause.to.is_none()).map(|pause| pause.from)
    }
}
