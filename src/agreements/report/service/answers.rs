//! The numbers of a report.

use std::collections::HashMap;
use std::hash::Hash;

use entity::ids::{AgreementVersionId, MemberId, TacticId, TeamId};
use entity::kinds::{ClauseKind, RejectReason};
use entity::{agreement_clause, agreement_version};

use super::facts::{HandoffRow, Report};
use crate::error::{Error, Result};
use crate::metrics::period::Period;
use crate::metrics::sla::agreement::{Reckoning, Term, committed};
use crate::metrics::sla::{
    self, ClockCounts, ClockFact, Dimension, Drift, Facts, Fraction, HandoffCounts, HandoffFact, Line, drift, status, status_by,
};

/// A clause with the clocks that ran for it.
#[derive(Clone, Debug)]
pub struct Clause {
    /// The clause.
    pub clause: agreement_clause::Model,
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
    /// Whose they are; `None` for those nobody took.
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
    /// Accepted of it.
    pub reached: sla::Volume,
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
struct Codes<T> {
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
struct Tables {
    owners: Codes<MemberId>,
    teams: Codes<TeamId>,
    tactics: Codes<TacticId>,
}

impl Tables {
    fn of(rows: &[HandoffRow]) -> Self {
        Self {
            owners: Codes::of(rows.iter().filter_map(|row| row.owner)),
            teams: Codes::of(rows.iter().filter_map(|row| row.team)),
            tactics: Codes::of(rows.iter().filter_map(|row| row.tactic)),
        }
    }

    fn fact(&self, row: &HandoffRow) -> HandoffFact {
        HandoffFact {
            state: row.state,
            over_delivery: row.over_delivery,
            bucket: None,
            owner: self.owners.code(row.owner),
            team: self.teams.code(row.team),
            tactic: self.tactics.code(row.tactic),
            reason: row.reason.map(|reason| reason as u32),
        }
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
    /// The facts of the handoffs that were offered in some days.
    fn facts(&self, tables: &Tables, days: &Period) -> Result<Facts> {
        let mut facts = Facts::new(u32::try_from(self.clauses.len()).map_err(Error::internal)?);
        let mut places = HashMap::new();
        for (place, row) in self.handoffs.iter().enumerate().filter(|(_, row)| days.contains(row.offered_at)) {
            places.insert(place, u32::try_from(facts.handoffs()).map_err(Error::internal)?);
            facts.push_handoff(tables.fact(row)).map_err(Error::internal)?;
        }
        for clock in &self.clocks {
            let Some(&handoff) = places.get(&clock.handoff) else { continue };
            let clause = u32::try_from(clock.clause).map_err(Error::internal)?;
            facts.push_clock(ClockFact { handoff, clause, state: clock.state }).map_err(Error::internal)?;
        }
        Ok(facts)
    }

    /// The numbers of a point, split by something.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point.
    pub fn split(&self, point: usize, by: Option<Dimension>) -> Result<Split> {
        let days = *self.point(point)?;
        let tables = Tables::of(&self.handoffs);
        let facts = self.facts(&tables, &days)?;
        let whole = status(&facts);
        let shown = self.shown(&days, &whole);
        let mut groups = Vec::new();
        if let Some(by) = by {
            let named = status_by(&facts, by).into_iter();
            groups.extend(named.map(|group| (tables.group(by, group.code), self.figures(group.line, &shown))));
        }
        Ok(Split { groups, whole: self.figures(whole, &shown) })
    }

    /// The places of the clauses that were in force in some days, and of those that clocks ran for.
    fn shown(&self, days: &Period, whole: &Line) -> Vec<usize> {
        let terms = self.terms(days);
        let counted = |place: usize| whole.clocks.get(place).is_some_and(|clocks| clocks.total() > 0);
        let in_force = |clause: &agreement_clause::Model| terms.iter().any(|(_, version)| *version == clause.version_id);
        let places = self.clauses.iter().enumerate().filter(|(place, clause)| in_force(clause) || counted(*place));
        places.map(|(place, _)| place).collect()
    }

    /// Which version was in force on which of some days.
    fn terms(&self, days: &Period) -> Vec<(Term, AgreementVersionId)> {
        let version = |term: Term| {
            let numbered = |version: &&agreement_version::Model| u32::try_from(version.agreement_version) == Ok(term.number);
            Some((term, self.standing.versions().iter().find(numbered)?.id))
        };
        self.standing.agreement().terms(days.from(), days.to(), self.as_of).into_iter().filter_map(version).collect()
    }

    fn figures(&self, line: Line, shown: &[usize]) -> Figures {
        let clause = |place: &usize| {
            Some(Clause { clause: self.clauses.get(*place)?.clone(), clocks: line.clocks.get(*place).copied().unwrap_or_default() })
        };
        Figures { clauses: shown.iter().filter_map(clause).collect(), handoffs: line.handoffs }
    }

    /// How much of what was committed for a point was accepted; `None` where nothing was in force that commits to a number.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is no such point, and where a number is too large.
    pub fn volume(&self, point: usize, figures: &Figures) -> Result<Option<Volume>> {
        let days = self.point(point)?;
        let month = u32::try_from(self.organization.fiscal_year_start_month).unwrap_or(1);
        let reckoning = Reckoning { week_start: self.organization.week_start, fiscal_year_start_month: month };
        let mut sum: Option<Fraction> = None;
        for (term, version) in self.terms(days) {
            let volume = |clause: &&agreement_clause::Model| clause.version_id == version && clause.kind == ClauseKind::Volume;
            let Some(clause) = self.clauses.iter().find(volume) else { continue };
            let (Some(quantity), Some(per)) = (clause.quantity, clause.per) else { continue };
            let quantity = u32::try_from(quantity).map_err(Error::internal)?;
            let more = committed(quantity, per.into(), term.from, term.to, reckoning).map_err(Error::internal)?;
            sum = Some(sum.unwrap_or(Fraction::ZERO) + more);
        }
        let Some(committed) = sum else { return Ok(None) };
        let reached = figures.handoffs.volume(committed).map_err(Error::internal)?;
        Ok(Some(Volume { committed, reached }))
    }

    /// How often the leads of each tactic were rejected in the period, and in the one before.
    ///
    /// # Errors
    /// [`Error::Internal`] where a number is too large.
    pub fn drift(&self) -> Result<Drifted> {
        let tables = Tables::of(&self.handoffs);
        let before = self.period.before().map_err(Error::internal)?;
        let drift = drift(&self.facts(&tables, &self.period)?, Some(&self.facts(&tables, &before)?));
        Ok(Drifted { drift, tactics: tables.tactics.values })
    }
}
