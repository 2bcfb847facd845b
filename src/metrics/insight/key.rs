//! By what a finding is known again, and whether it has to be raised.
//!
//! Rules run again and again over the same period, and whoever was told once is not told again: a finding is raised once in its
//! period. Only where it has become worse since is it raised again, even where somebody took note of it: what they noted was
//! less bad. That it has become better is no news, so that something that goes to and fro over a threshold is told of once.

use std::fmt;

use chrono::NaiveDate;
use entity::kinds::{InsightKind, InsightSeverity};

use super::finding::Subject;

/// What a finding is known by. As text it is `KIND/subject/first day`, which never changes and so can be stored and be unique
/// together with the severity. Periods that begin on one day are not told apart: a rule runs over one kind of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// By which rule it was found.
    pub kind: InsightKind,
    /// What it is about.
    pub subject: Subject,
    /// The first day of the period it was found in.
    pub period_start: NaiveDate,
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.kind.name(), self.subject, self.period_start)
    }
}

/// The latest finding with a key that was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// How bad it was.
    pub severity: InsightSeverity,
    /// Whether somebody took note of it.
    pub acknowledged: bool,
}

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is raised: nothing like it was yet.
    Raise,
    /// It is raised again: it is worse than what was raised.
    RaiseAgain {
        /// Whether it takes the place of one that nobody took note of, so that nobody has to take note of both.
        replaces: bool,
    },
    /// Nobody is told again.
    Silent,
}

/// Whether a finding is raised, by how bad it is and by the latest one with its key.
#[must_use]
pub fn raise(latest: Option<Raised>, severity: InsightSeverity) -> Decision {
    match latest {
        None => Decision::Raise,
        Some(latest) if severity > latest.severity => Decision::RaiseAgain { replaces: !latest.acknowledged },
        Some(_) => Decision::Silent,
    }
}
