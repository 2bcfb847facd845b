//! How both sides keep an agreement, counted from the same handoffs.
//!
//! What the offering side owes is counted by handoffs: how many were accepted of those committed, and of those answered. What the
//! receiving side owes is counted by clocks: met of those that were met or breached; what still runs is pending and what was
//! cancelled is outside. The parts of every breakdown sum to the whole. See `metrics.md`, section 2.8 (G11).

use rust_decimal::Decimal;

use super::facts::{Codes, Dimension, Facts};
use super::fraction::Fraction;
use super::{clock, handoff};
use crate::metrics::outcomes::rate;
use crate::metrics::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of an attainment.
const PLACES: u32 = 4;

/// Basis points of a whole.
const WHOLE_BP: u128 = 10_000;

/// Handoffs by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandoffCounts {
    by_state: [u64; handoff::State::ALL.len()],
    over_delivery: u64,
}

impl HandoffCounts {
    /// Takes one in.
    pub fn add(&mut self, state: handoff::State, over_delivery: bool) {
        if let Some(count) = self.by_state.get_mut(state as usize) {
            *count += 1;
        }
        self.over_delivery += u64::from(over_delivery && state != handoff::State::Withdrawn);
    }

    /// Takes in what another one has counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.by_state.iter_mut().zip(other.by_state) {
            *count += more;
        }
        self.over_delivery += other.over_delivery;
    }

    /// Those that stand in one way.
    #[must_use]
    pub fn of(&self, state: handoff::State) -> u64 {
        self.by_state.get(state as usize).copied().unwrap_or_default()
    }

    /// All, those withdrawn included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_state.iter().sum()
    }

    /// Offered, and not withdrawn.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.total() - self.of(handoff::State::Withdrawn)
    }

    /// Waiting for an answer.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.of(handoff::State::Offered)
    }

    /// Accepted, by an answer or by silence, also if given back later.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        handoff::State::ALL.into_iter().filter(|state| state.was_accepted()).map(|state| self.of(state)).sum()
    }

    /// Rejected, also where that is disputed.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.of(handoff::State::Rejected) + self.of(handoff::State::Contested)
    }

    /// Accepted or rejected.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.accepted() + self.rejected()
    }

    /// Of those offered, what was more than had been agreed upon.
    #[must_use]
    pub const fn over_delivery(&self) -> u64 {
        self.over_delivery
    }

    /// Rejected of those offered.
    #[must_use]
    pub fn reject_rate(&self) -> Ratio {
        rate(self.rejected(), self.offered())
    }

    /// Accepted of those decided.
    #[must_use]
    pub fn quality(&self) -> Ratio {
        part(self.accepted(), self.decided(), self.pending())
    }

    /// Whether at least so many basis points of those decided were accepted; `None` where nothing is decided.
    #[must_use]
    pub fn keeps_quality(&self, minimum_bp: u16) -> Option<bool> {
        let (accepted, decided) = (u128::from(self.accepted()), u128::from(self.decided()));
        (decided > 0).then_some(accepted * WHOLE_BP >= decided * u128::from(minimum_bp))
    }
}

/// How much of what was committed was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// As it is.
    pub raw: Ratio,
    /// At most a whole, for scoring.
    pub capped: Ratio,
}

/// How many buyers were accepted of those committed.
///
/// # Errors
/// [`TooLarge`] where it cannot be shown.
pub fn volume(accepted: u64, committed: Fraction) -> Result<Volume, TooLarge> {
    let raw = committed.divide(accepted, PLACES)?;
    let most = Decimal::new(10_i64.pow(PLACES), PLACES);
    Ok(Volume { raw, capped: Ratio { value: raw.value.map(|value| value.min(most)), ..raw } })
}

/// Clocks of one clause by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockCounts {
    by_state: [u64; clock::State::ALL.len()],
    told_late: u64,
}

impl ClockCounts {
    /// Takes one in.
    pub fn add(&mut self, state: clock::State, told_late: bool) {
        if let Some(count) = self.by_state.get_mut(state as usize) {
            *count += 1;
        }
        self.told_late += u64::from(told_late && state == clock::State::Met);
    }

    /// Takes in what another one has counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.by_state.iter_mut().zip(other.by_state) {
            *count += more;
        }
        self.told_late += other.told_late;
    }

    /// Of those met, by what was told only after they were due.
    #[must_use]
    pub const fn told_late(&self) -> u64 {
        self.told_late
    }

    /// Those that stand in one way.
    #[must_use]
    pub fn of(&self, state: clock::State) -> u64 {
        self.by_state.get(state as usize).copied().unwrap_or_default()
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_state.iter().sum()
    }

    /// Running or paused.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.of(clock::State::Running) + self.of(clock::State::Paused)
    }

    /// Met or breached.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.of(clock::State::Met) + self.breached()
    }

    /// Breached, whether it was done late or not at all.
    #[must_use]
    pub fn breached(&self) -> u64 {
        self.of(clock::State::Late) + self.of(clock::State::Overdue)
    }

    /// Met of those decided.
    #[must_use]
    pub fn attainment(&self) -> Ratio {
        part(self.of(clock::State::Met), self.decided(), self.pending())
    }
}

/// A part of a whole to which something may still be added.
fn part(part: u64, whole: u64, pending: u64) -> Ratio {
    let ratio = rate(part, whole);
    let reason = ratio.null_reason.map(|reason| if pending > 0 { NullReason::Immature } else { reason });
    Ratio { null_reason: reason, ..ratio }
}

/// Counts of the whole, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The handoffs.
    pub handoffs: HandoffCounts,
    /// Those of each version: each is kept by what was offered under it.
    pub versions: Vec<HandoffCounts>,
    /// The clocks of each clause.
    pub clocks: Vec<ClockCounts>,
}

impl Line {
    fn new(facts: &Facts) -> Self {
        Self {
            handoffs: HandoffCounts::default(),
            versions: vec![HandoffCounts::default(); facts.versions.end as usize],
            clocks: vec![ClockCounts::default(); facts.clauses()],
        }
    }

    fn add(&mut self, version: u32, state: handoff::State, over_delivery: bool) {
        self.handoffs.add(state, over_delivery);
        if let Some(counts) = self.versions.get_mut(version as usize) {
            counts.add(state, over_delivery);
        }
    }
}

/// A part of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its handoffs or clocks have in common; `None` if they have no value.
    pub code: Option<u32>,
    /// Its counts.
    pub line: Line,
}

/// Counts everything.
#[must_use]
pub fn status(facts: &Facts) -> Line {
    let mut line = Line::new(facts);
    for ((version, state), over_delivery) in facts.versions.codes.iter().zip(&facts.states).zip(&facts.over_delivery) {
        line.add(*version, *state, *over_delivery);
    }
    for ((clause, state), told_late) in facts.clock_clauses.iter().zip(&facts.clock_states).zip(&facts.clock_told_late) {
        if let Some(counts) = line.clocks.get_mut(*clause as usize) {
            counts.add(*state, *told_late);
        }
    }
    line
}

/// Counts each part by itself: a clock belongs to who owed it and to their team, and else to the part of its handoff. By code,
/// rising, what has none last; parts without a handoff and a clock are left out.
#[must_use]
pub fn status_by(facts: &Facts, dimension: Dimension) -> Vec<Group> {
    let (column, own) = (facts.codes(dimension), facts.clock_codes(dimension));
    let Slots { of_code, codes } = Slots::new(column, own);
    let empty = Line::new(facts);
    let mut groups: Vec<Group> = codes.into_iter().map(|code| Group { code, line: empty.clone() }).collect();
    let end = of_code.len().saturating_sub(1);
    let slot = |code: &u32| of_code.get((*code as usize).min(end)).copied().unwrap_or_default();
    let slots: Vec<usize> = column.codes.iter().map(slot).collect();
    let of_handoffs = || facts.clock_handoffs.iter().map(|handoff| slots.get(*handoff as usize).copied().unwrap_or_default());
    let of_clocks: Vec<usize> = own.map_or_else(|| of_handoffs().collect(), |own| own.codes.iter().map(slot).collect());
    for (((version, state), over_delivery), slot) in facts.versions.codes.iter().zip(&facts.states).zip(&facts.over_delivery).zip(&slots) {
        if let Some(group) = groups.get_mut(*slot) {
            group.line.add(*version, *state, *over_delivery);
        }
    }
    for (((slot, clause), state), told_late) in
        of_clocks.iter().zip(&facts.clock_clauses).zip(&facts.clock_states).zip(&facts.clock_told_late)
    {
        if let Some(counts) = groups.get_mut(*slot).and_then(|group| group.line.clocks.get_mut(*clause as usize)) {
            counts.add(*state, *told_late);
        }
    }
    groups
}

/// Which codes there are, without gaps.
struct Slots {
    /// By code: its place among those there are. What has no code stands behind the largest.
    of_code: Vec<usize>,
    codes: Vec<Option<u32>>,
}

impl Slots {
    fn new(column: &Codes, other: Option<&Codes>) -> Self {
        let end = other.map_or(column.end, |other| other.end.max(column.end));
        let mut found = vec![false; end as usize + 1];
        for code in column.codes.iter().chain(other.into_iter().flat_map(|other| &other.codes)) {
            if let Some(found) = found.get_mut(*code.min(&end) as usize) {
                *found = true;
            }
        }
        let mut codes = Vec::new();
        let of_code = (0..).zip(found).map(|(code, found): (u32, bool)| {
            let slot = codes.len();
            if found {
                codes.push(Some(code).filter(|code| *code < end));
            }
            slot
        });
        Self { of_code: of_code.collect(), codes }
    }
}
