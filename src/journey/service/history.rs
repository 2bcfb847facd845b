//! The stages one subject passed through, and the rules for the next one. No database: the caller reads and holds them.

use entity::ids::{StageEventId, StageId};
use entity::kinds::StageKind;
use entity::time::Timestamp;

use super::order::Place;
use crate::error::{Problem, ProblemCode};

/// The entry of a subject into a stage. The order of entries is that of their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    /// Events of one instant stand in the order of the catalogue, whichever came in first. It is the same for the stages of
    /// one key in all versions of a pipeline.
    pub(super) rank: i16,
    pub(super) id: StageEventId,
    pub(super) stage: StageId,
    pub(super) kind: StageKind,
}

impl Entry {
    pub(super) const fn new(id: StageEventId, stage: StageId, place: Place, at: Timestamp) -> Self {
        Self { at, rank: place.rank, id, stage, kind: place.kind }
    }
}

/// What the caller says besides the entry itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// It is known to lie before what was recorded earlier.
    pub(super) backdated: bool,
    /// There is a reason.
    pub(super) reasoned: bool,
}

/// What the stage entered demands of an entry. Who tells of what lies before what is known already is bound by none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// A known person is demanded, and the subject is none and has none.
    pub(super) unknown: bool,
    /// The ranks of the stages it may come from; any where there is none.
    pub(super) from: Vec<i16>,
    /// A reason is demanded.
    pub(super) reason: bool,
}

impl Gate {
    fn problems(&self, before: Option<&Entry>, claim: Claim) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.unknown {
            problems.push(nobody_known());
        }
        if !self.from.is_empty() && before.is_none_or(|before| !self.from.contains(&before.rank)) {
            problems.push(not_from_there());
        }
        if self.reason && !claim.reasoned {
            problems.push(reason_demanded());
        }
        problems
    }
}

/// What the history adds to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The stage left.
    pub(super) from: Option<StageId>,
    /// Whether it really lies before what was recorded earlier.
    pub(super) backdated: bool,
}

/// The entries of one subject in one pipeline that stand, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Vec<Entry>);

impl FromIterator<Entry> for History {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        entries.sort_unstable();
        Self(entries)
    }
}

impl History {
    /// Adds an entry, if it may stand.
    pub(super) fn admit(&mut self, new: Entry, claim: Claim, gate: &Gate) -> Result<Admitted, Vec<Problem>> {
        let backdated = self.0.last().is_some_and(|latest| new.at < latest.at);
        let mut problems = Vec::new();
        if backdated && !claim.backdated {
            problems.push(out_of_order());
        }
        let place = self.0.partition_point(|entry| *entry < new);
        let before = place.checked_sub(1).and_then(|index| self.0.get(index));
        if [before, self.0.get(place)].into_iter().flatten().any(|neighbour| neighbour.rank == new.rank) {
            problems.push(same_stage());
        }
        if needs_reason(before, &new) && !claim.reasoned {
            problems.push(reason_missing());
        } else if !backdated {
            problems.extend(gate.problems(before, claim));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let from = before.map(|entry| entry.stage);
        self.0.insert(place, new);
        Ok(Admitted { from, backdated })
    }

    /// Puts an entry in the place of another one, if it may stand. Where it keeps its place among the others it stays as
    /// backdated as the other one was.
    pub(super) fn correct(
        &self,
        old: StageEventId,
        was_backdated: bool,
        new: Entry,
        claim: Claim,
        gate: &Gate,
    ) -> Result<Admitted, Vec<Problem>> {
        let Some(old_place) = self.0.iter().position(|entry| entry.id == old) else {
            return Err(vec![already_corrected()]);
        };
        let mut others = self.0.clone();
        others.remove(old_place);
        let earlier = old_place.checked_sub(1).and_then(|index| others.get(index));
        let moved = earlier.is_some_and(|entry| new.at < entry.at) || others.get(old_place).is_some_and(|entry| entry.at < new.at);
        let place = others.partition_point(|entry| *entry < new);
        let mut problems = Vec::new();
        if moved && !claim.backdated {
            problems.push(out_of_order());
        }
        let before = place.checked_sub(1).and_then(|index| others.get(index)).copied();
        if needs_reason(before.as_ref(), &new) && !claim.reasoned {
            problems.push(reason_missing());
        } else if !was_backdated && !moved {
            problems.extend(gate.problems(before.as_ref(), claim));
        }
        others.insert(place, new);
        if repeats(&others) {
            problems.push(same_stage());
        }
        if problems.is_empty() {
            Ok(Admitted { from: before.map(|entry| entry.stage), backdated: was_backdated || moved })
        } else {
            Err(problems)
        }
    }

    /// Whether an entry can be taken away without leaving the same stage twice in a row.
    pub(super) fn retract(&self, old: StageEventId) -> Result<(), Vec<Problem>> {
        let left: Vec<Entry> = self.0.iter().filter(|entry| entry.id != old).copied().collect();
        if left.len() == self.0.len() {
            Err(vec![already_corrected()])
        } else if repeats(&left) {
            Err(vec![same_stage()])
        } else {
            Ok(())
        }
    }
}

fn repeats(entries: &[Entry]) -> bool {
    entries.iter().zip(entries.iter().skip(1)).any(|(one, next)| one.rank == next.rank)
}

/// Stepping aside and going back need a reason; coming back from the side does not.
fn needs_reason(before: Option<&Entry>, new: &Entry) -> bool {
    match new.kind {
        StageKind::Side => true,
        StageKind::Main => before.is_some_and(|before| before.kind == StageKind::Main && new.rank < before.rank),
    }
}

fn problem(field: &str, code: ProblemCode, message: &str) -> Problem {
    Problem { field: field.to_owned(), code, message: message.to_owned() }
}

fn out_of_order() -> Problem {
    problem(
        "occurredAt",
        ProblemCode::OutOfOrder,
        "lies on the other side of an event already recorded; flag it as backdated if that is true",
    )
}

fn same_stage() -> Problem {
    problem("stage", ProblemCode::SameStage, "the subject would be in the same stage twice in a row")
}

fn reason_missing() -> Problem {
    problem("reason", ProblemCode::Required, "going back or stepping aside needs a reason")
}

fn reason_demanded() -> Problem {
    problem("reason", ProblemCode::Required, "entering this stage needs a reason")
}

fn nobody_known() -> Problem {
    problem("stage", ProblemCode::NotAllowed, "only known people, and accounts that have one, enter this stage")
}

fn not_from_there() -> Problem {
    problem("stage", ProblemCode::NotAllowed, "this stage is entered from certain others only")
}

fn already_corrected() -> Problem {
    problem("stageEventId", ProblemCode::AlreadyCorrected, "it stands no more: correct the newest row, or record anew what was taken back")
}
