//! What the report on an agreement is counted from: handoffs and their clocks, in flat columns.

use std::fmt;

use super::{clock, handoff};

/// One more than the largest code: codes are looked up in a table.
pub const CODES_MAX: u32 = 1 << 20;

/// The code of what has none.
pub(super) const NO_CODE: u32 = u32::MAX;

/// What a report can be broken down by. Codes are indexes into tables that the caller keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The week or month of the offer.
    Bucket,
    /// Who sees to it; of clocks, who owed it.
    Owner,
    /// Their team.
    Team,
    /// What brought it about.
    Tactic,
    /// Why it was rejected.
    RejectReason,
}

/// A handoff as it stands. What has no code has no value in a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandoffFact {
    /// Under which version of the agreement it was offered, by its position.
    pub version: u32,
    /// How it stands.
    pub state: handoff::State,
    /// Whether it was more than had been agreed upon when it was offered.
    pub over_delivery: bool,
    /// The week or month of the offer.
    pub bucket: Option<u32>,
    /// Who sees to it.
    pub owner: Option<u32>,
    /// Their team.
    pub team: Option<u32>,
    /// What brought it about.
    pub tactic: Option<u32>,
    /// Why it was rejected.
    pub reason: Option<u32>,
}

/// A clock as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockFact {
    /// The handoff it is about, by its position.
    pub handoff: u32,
    /// The clause it is for, by its position.
    pub clause: u32,
    /// How it stands.
    pub state: clock::State,
    /// Whether it is met by what was told only after it was due.
    pub told_late: bool,
    /// Who owed it: whose handoff it was when that was decided, whoever has it since.
    pub owner: Option<u32>,
    /// Their team.
    pub team: Option<u32>,
}

/// Why a fact is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactError {
    /// A code is not below [`CODES_MAX`].
    CodeTooLarge(u32),
    /// A clock is about a handoff that is not there.
    UnknownHandoff(u32),
    /// A clock is for a clause that is not there.
    UnknownClause(u32),
}

impl fmt::Display for FactError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeTooLarge(code) => write!(formatter, "code {code} is not below {CODES_MAX}"),
            Self::UnknownHandoff(handoff) => write!(formatter, "there is no handoff {handoff}"),
            Self::UnknownClause(clause) => write!(formatter, "there is no clause {clause}"),
        }
    }
}

impl std::error::Error for FactError {}

fn check(codes: &[Option<u32>]) -> Result<(), FactError> {
    match codes.iter().flatten().find(|code| **code >= CODES_MAX) {
        Some(code) => Err(FactError::CodeTooLarge(*code)),
        None => Ok(()),
    }
}

/// Codes of one dimension.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    pub(super) codes: Vec<u32>,
    /// One more than the largest.
    pub(super) end: u32,
}

impl Codes {
    fn push(&mut self, code: Option<u32>) {
        self.codes.push(code.unwrap_or(NO_CODE));
        self.end = code.map_or(self.end, |code| self.end.max(code.saturating_add(1)));
    }
}

/// Handoffs and clocks; each is known by its position.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    clauses: u32,
    pub(super) versions: Codes,
    pub(super) states: Vec<handoff::State>,
    pub(super) over_delivery: Vec<bool>,
    bucket: Codes,
    owner: Codes,
    team: Codes,
    tactic: Codes,
    reason: Codes,
    pub(super) clock_handoffs: Vec<u32>,
    pub(super) clock_clauses: Vec<u32>,
    pub(super) clock_states: Vec<clock::State>,
    pub(super) clock_told_late: Vec<bool>,
    clock_owner: Codes,
    clock_team: Codes,
}

impl Facts {
    /// Nothing yet, under an agreement with so many clauses.
    #[must_use]
    pub fn new(clauses: u32) -> Self {
        Self { clauses, ..Self::default() }
    }

    /// How many clauses there are.
    #[must_use]
    pub const fn clauses(&self) -> usize {
        self.clauses as usize
    }

    /// How many handoffs there are.
    #[must_use]
    pub const fn handoffs(&self) -> usize {
        self.states.len()
    }

    /// Takes in a handoff.
    ///
    /// # Errors
    /// [`FactError::CodeTooLarge`]; nothing is taken in then.
    pub fn push_handoff(&mut self, fact: HandoffFact) -> Result<(), FactError> {
        check(&[Some(fact.version), fact.bucket, fact.owner, fact.team, fact.tactic, fact.reason])?;
        self.versions.push(Some(fact.version));
        self.states.push(fact.state);
        self.over_delivery.push(fact.over_delivery);
        self.bucket.push(fact.bucket);
        self.owner.push(fact.owner);
        self.team.push(fact.team);
        self.tactic.push(fact.tactic);
        self.reason.push(fact.reason);
        Ok(())
    }

    /// Takes in a clock of a handoff that was taken in before.
    ///
    /// # Errors
    /// [`FactError::UnknownHandoff`], [`FactError::UnknownClause`], [`FactError::CodeTooLarge`]; nothing is taken in then.
    pub fn push_clock(&mut self, fact: ClockFact) -> Result<(), FactError> {
        if fact.handoff as usize >= self.states.len() {
            return Err(FactError::UnknownHandoff(fact.handoff));
        }
        if fact.clause >= self.clauses {
            return Err(FactError::UnknownClause(fact.clause));
        }
        check(&[fact.owner, fact.team])?;
        self.clock_handoffs.push(fact.handoff);
        self.clock_clauses.push(fact.clause);
        self.clock_states.push(fact.state);
        self.clock_told_late.push(fact.told_late);
        self.clock_owner.push(fact.owner);
        self.clock_team.push(fact.team);
        Ok(())
    }

    /// The codes of clocks, where they have codes of their own.
    pub(super) const fn clock_codes(&self, dimension: Dimension) -> Option<&Codes> {
        match dimension {
            Dimension::Owner => Some(&self.clock_owner),
            Dimension::Team => Some(&self.clock_team),
            Dimension::Bucket | Dimension::Tactic | Dimension::RejectReason => None,
        }
    }

    pub(super) const fn codes(&self, dimension: Dimension) -> &Codes {
        match dimension {
            Dimension::Bucket => &self.bucket,
            Dimension::Owner => &self.owner,
            Dimension::Team => &self.team,
            Dimension::Tactic => &self.tactic,
            Dimension::RejectReason => &self.reason,
        }
    }
}
