//! The numbers of a report.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

use entity::ids::{MemberId, TacticId, TeamId};
use entity::kinds::{ClauseKind, RejectReason};
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_version};

use super::facts::{ClockRow, HandoffRow, Report};
use crate::error::{Error, Result};
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::sla::{
    self, ClockCounts, ClockFact, Dimension, Drift, Facts, Fraction, HandoffCounts, HandoffFact, Line, drift, status, status_by,
};

/// A clause with the clocks that ran for it.
#[derive(Clone, Debug)]
pub struct Clause {
    /// The clause.
    pub clause: agreement_clause::Model,
    /// What was offered under its version.
    pub handoffs: HandoffCounts,
    /// Its clocks; none for clauses without.
    pub clocks: ClockCounts,
}

/// The numbers of handoffs that have something in common.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The handoffs.
    pub handoffs: HandoffCounts,
    /// The clauses that were in force in the period, and those that clocks ran for.
    pub clauses: Vec<Clause>,
}

impl Figures {
    /// All clocks of one side together.
    #[must_use]
    pub fn clocks_of(&self, side: impl Fn(ClauseKind) -> bool) -> ClockCounts {
        let mut sum = ClockCounts::default();
        for clause in self.clauses.iter().filter(|clause| side(clause.clause.kind)) {
            sum.merge(&clause.clocks);
        }
        sum
    }
}

/// What handoffs have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Whose they are, and who owed the clocks; `None` for those nobody took.
    Owner(Option<MemberId>),
    /// Of which team that is.
    Team(Option<TeamId>),
    /// What brought them.
    Tactic(Option<TacticId>),
    /// Why they were rejected; `None` for those that were not.
    Reason(Option<RejectReason>),
}

/// The numbers of all handoffs, and of each group.
#[derive(Clone, Debug)]
pub struct Split {
    /// All of them.
    pub whole: Figures,
    /// By value, those without one last. They sum to the whole.
    pub groups: Vec<(Group, Figures)>,
}

/// How much of what was committed was accepted.
#[derive(Clone, Copy, Debug)]
pub struct Volume {
    /// What was committed.
    pub committed: Fraction,
    /// Buyers accepted of it, each counted once.
    pub reached: sla::Volume,
    /// How many more handoffs were accepted: of a buyer who was accepted before in the same days.
    pub repeated: u64,
}

/// How often the leads of tactics were rejected, with the tactics and reasons that the codes stand for.
#[derive(Clone, Debug)]
pub struct Drifted {
    /// The numbers.
    pub drift: Drift,
    /// The tactics by their codes.
    pub tactics: Vec<TacticId>,
}

/// Values and the codes they have in the facts.
#[derive(Debug)]
pub(super) struct Codes<T> {
    values: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T: Copy + Eq + Hash + Ord> Codes<T> {
    /// In the order of the values, so that groups come in that order.
    fn of(values: impl Iterator<Item = T>) -> Self {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        values.dedup();
        let places = values.iter().copied().zip(0..).collect();
        Self { values, places }
    }

    fn code(&self, value: Option<T>) -> Option<u32> {
        self.places.get(&value?).copied()
    }

    fn value(&self, code: Option<u32>) -> Option<T> {
        self.values.get(usize::try_from(code?).ok()?).copied()
    }
}

/// All values of a report, with their codes.
#[derive(Debug)]
pub(super) struct Tables {
    owners: Codes<MemberId>,
    teams: Codes<TeamId>,
    tactics: Codes<TacticId>,
}

impl Tables {
    pub(super) fn of(rows: &[HandoffRow], clocks: &[ClockRow]) -> Self {
        Self {
            owners: Codes::of(rows.iter().filter_map(|row| row.owner).chain(clocks.iter().filter_map(|clock| clock.owner))),
            teams: Codes::of(rows.iter().filter_map(|row| row.team).chain(clocks.iter().filter_map(|clock| clock.team))),
            tactics: Codes::of(rows.iter().filter_map(|row| row.tactic)),
        }
    }

    fn fact(&self, row: &HandoffRow) -> Result<HandoffFact> {
        Ok(HandoffFact {
            version: u32::try_from(row.version).map_err(Error::internal)?,
            state: row.state,
            over_delivery: row.over_delivery,
            bucket: None,
            owner: self.owners.code(row.owner),
            team: self.teams.code(row.team),
            tactic: self.tactics.code(row.tactic),
            reason: row.reason.map(|reason| reason as u32),
        })
    }

    fn group(&self, dimension: Dimension, code: Option<u32>) -> Group {
        match dimension {
            Dimension::Owner => Group::Owner(self.owners.value(code)),
            Dimension::Team => Group::Team(self.teams.value(code)),
            Dimension::Tactic => Group::Tactic(self.tactics.value(code)),
            // A report is divided into points, each with facts of its own.
            Dimension::RejectReason | Dimension::Bucket => Group::Reason(reason(code)),
        }
    }
}

/// The reason that a code stands for.
#[must_use]
pub fn reason(code: Option<u32>) -> Option<RejectReason> {
    RejectReason::ALL.get(usize::try_from(code?).ok()?).copied()
}

impl Report {
    /// The places of the handoffs that were offered in some days: they are in that order.
    pub(super) fn offered_in(&self, days: &Period) -> Range<usize> {
        let before = |end: Timestamp| self.handoffs.partition_point(|row| row.offered_at < end);
        before(days.start())..before(days.end())
    }

    /// The facts of the handoffs that were offered in some days.
    pub(super) fn facts(&self, days: &Period) -> Result<Facts> {
        let (tables, offered) = (&self.tables, self.offered_in(days));
        let mut facts = Facts::new(u32::try_from(self.clauses.len()).map_err(Error::internal)?);
        for row in self.handoffs.get(offered.clone()).unwrap_or_default() {
            facts.push_handoff(tables.fact(row)?).map_err(Error::internal)?;
        }
        let of = |place: &usize| self.clocks.get(*place);
        let before = |end: usize| self.clocks_by_handoff.partition_point(|place| of(place).is_some_and(|clock| clock.handoff < end));
        let clocks = self.clocks_by_handoff.get(before(offered.start)..before(offered.end)).unwrap_or_default();
        for clock in clocks.iter().filter_map(of) {
            let fact = ClockFact {
                handoff: u32::try_from(clock.handoff.saturating_sub(offered.start)).map_err(Error::internal)?,
                clause: u32::try_from(clock.clause).map_err(Error::internal)?,
                state: clock.state,
                told_late: clock.told_late,
                owner: tables.owners.code(clock.owner),
                team: tables.teams.code(clock.team),
            };
            facts.push_clock(fact).map_err(Error::internal)?;
        }
        Ok(facts)
    }

    /// The numbers of a point, split by something.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point.
    pub fn split(&self, point: usize, by: Option<Dimension>) -> Result<Split> {
        let days = *self.point(point)?;
        let facts = self.facts(&days)?;
        let whole = status(&facts);
        let shown = self.shown(&days, &whole);
        let mut groups = Vec::new();
        if let Some(by) = by {
            let named = status_by(&facts, by).into_iter();
            groups.extend(named.map(|group| (self.tables.group(by, group.code), self.figures(group.line, &shown))));
        }
        Ok(Split { groups, whole: self.figures(whole, &shown) })
    }

    /// The places of the clauses that were in force in some days, and of those that clocks ran for.
    fn shown(&self, days: &Period, whole: &Line) -> Vec<usize> {
        let terms = self.standing.terms(days.from(), days.to(), self.as_of);
        let counted = |place: usize| whole.clocks.get(place).is_some_and(|clocks| clocks.total() > 0);
        let in_force = |clause: &agreement_clause::Model| terms.iter().any(|(_, version)| *version == clause.version_id);
        let places = self.clauses.iter().enumerate().filter(|(place, clause)| in_force(clause) || counted(*place));
        places.map(|(place, _)| place).collect()
    }

    fn figures(&self, line: Line, shown: &[usize]) -> Figures {
        let clause = |place: &usize| {
            let clause = self.clauses.get(*place)?.clone();
            let version = self.standing.versions().iter().position(|version| version.id == clause.version_id)?;
            let handoffs = line.versions.get(version).copied().unwrap_or_default();
            Some(Clause { clause, handoffs, clocks: line.clocks.get(*place).copied().unwrap_or_default() })
        };
        Figures { clauses: shown.iter().filter_map(clause).collect(), handoffs: line.handoffs }
    }

    /// How much of what was committed for a point was accepted; `None` where nothing was in force that commits to a number.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point, and where a number is too large.
    pub fn volume(&self, point: usize) -> Result<Option<Volume>> {
        let days = self.point(point)?;
        let Some(committed) = self.standing.committed(&self.clauses, (days.from(), days.to()), self.as_of, self.reckoning)? else {
            return Ok(None);
        };
        // What was offered under terms that commit to no number was not committed to.
        let commits = |version: &agreement_version::Model| {
            self.clauses.iter().any(|clause| clause.version_id == version.id && clause.kind == ClauseKind::Volume)
        };
        let commits: Vec<bool> = self.standing.versions().iter().map(commits).collect();
        let counts = |row: &&HandoffRow| row.state.was_accepted() && commits.get(row.version) == Some(&true);
        let accepted = || self.handoffs.get(self.offered_in(days)).unwrap_or_default().iter().filter(counts);
        let buyers = accepted().map(|row| row.buyer).collect::<HashSet<_>>().len();
        let mut reached = sla::volume(u64::try_from(buyers).unwrap_or(u64::MAX), committed).map_err(Error::internal)?;
        if days.start() > self.as_of {
            for ratio in [&mut reached.raw, &mut reached.capped] {
                *ratio = Ratio { value: None, null_reason: Some(NullReason::Immature), ..*ratio };
            }
        }
        let repeated = u64::try_from(accepted().count() - buyers).unwrap_or(u64::MAX);
        Ok(Some(Volume { committed, reached, repeated }))
    }

    /// How often the leads of each tactic were rejected in the period, and in the one before.
    ///
    /// # Errors
    /// [`Error::Internal`] where a number is too large.
    pub fn drift(&self) -> Result<Drifted> {
        let before = self.period.before().map_err(Error::internal)?;
        let drift = drift(&self.facts(&self.period)?, Some(&self.facts(&before)?));
        Ok(Drifted { drift, tactics: self.tables.tactics.values.clone() })
    }
}
