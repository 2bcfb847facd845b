//! Which version of an agreement is in force, and how much it commits somebody to.
//!
//! A version is in force once both sides have signed it, on its days; of several the one with the highest number is. Over days,
//! the day of the second signature counts as a whole.

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::kinds::{CommitmentPer, WeekStart};
use entity::time::Timestamp;

use super::fraction::Fraction;
use crate::metrics::period::{Grain, PeriodError, bucket_around, local_day};

/// A whole, in percent.
const WHOLE: i128 = 10_000;

/// How an agreement stands, or one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// A side has not signed.
    Draft,
    /// Both sides have signed, and it has not begun.
    Signed,
    /// It counts.
    InForce,
    /// Its days are over, or the agreement's.
    Ended,
    /// Another version counts on its days.
    Superseded,
}

/// A version of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Later ones have higher numbers.
    pub number: u32,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// The first day that is none of its own any more.
    pub ends_on: Option<NaiveDate>,
    /// When the second side signed.
    pub signed_at: Option<Timestamp>,
}

impl Version {
    fn holds(&self, day: NaiveDate) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|end| day < end)
    }

    fn signed_by(&self, instant: Timestamp) -> bool {
        self.signed_at.is_some_and(|signed| signed <= instant)
    }
}

/// An agreement with all of its versions.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'a> {
    /// In whatever order.
    pub versions: &'a [Version],
    /// The first day on which nothing is agreed upon any more.
    pub ended_on: Option<NaiveDate>,
    /// Where its days are days.
    pub zone: Tz,
}

/// Days on which a version was in force, from the first up to, but without, the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The number of the version.
    pub number: u32,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last one.
    pub to: NaiveDate,
}

impl<'a> Agreement<'a> {
    /// The version in force at an instant.
    #[must_use]
    pub fn in_force_at(&self, instant: Timestamp) -> Option<&'a Version> {
        self.highest(local_day(instant, self.zone), |version| version.signed_by(instant))
    }

    /// The version in force on a day, by the signatures there were at an instant.
    #[must_use]
    pub fn in_force_on(&self, day: NaiveDate, as_of: Timestamp) -> Option<&'a Version> {
        let since = |version: &Version| version.signed_at.map(|signed| local_day(signed, self.zone));
        self.highest(day, |version| version.signed_by(as_of) && since(version).is_some_and(|since| since <= day))
    }

    fn highest(&self, day: NaiveDate, counts: impl Fn(&Version) -> bool) -> Option<&'a Version> {
        if self.ended_on.is_some_and(|end| day >= end) {
            return None;
        }
        self.versions.iter().filter(|version| version.holds(day) && counts(version)).max_by_key(|version| version.number)
    }

    /// Which version was in force on which days from one day up to, but without, another, by the signatures there were at an
    /// instant. In order; days without one are left out.
    #[must_use]
    pub fn terms(&self, from: NaiveDate, to: NaiveDate, as_of: Timestamp) -> Vec<Term> {
        if to <= from {
            return Vec::new();
        }
        let of_versions = self.versions.iter().flat_map(|version| {
            let signed = version.signed_at.map(|signed| local_day(signed, self.zone));
            [Some(version.starts_on), version.ends_on, signed].into_iter().flatten()
        });
        let mut borders: Vec<NaiveDate> = of_versions.chain(self.ended_on).filter(|day| from < *day && *day < to).collect();
        borders.extend([from, to]);
        borders.sort_unstable();
        borders.dedup();
        let mut terms: Vec<Term> = Vec::new();
        for (from, to) in borders.iter().copied().zip(borders.iter().copied().skip(1)) {
            let Some(version) = self.in_force_on(from, as_of) else { continue };
            match terms.last_mut().filter(|last| last.number == version.number && last.to == from) {
                Some(last) => last.to = to,
                None => terms.push(Term { number: version.number, from, to }),
            }
        }
        terms
    }

    /// How one of its versions stands.
    #[must_use]
    pub fn state_of(&self, version: &Version, now: Timestamp) -> State {
        let day = local_day(now, self.zone);
        let ended = |end: Option<NaiveDate>| end.is_some_and(|end| end <= day.max(version.starts_on));
        if !version.signed_by(now) {
            State::Draft
        } else if ended(self.ended_on) || version.ends_on.is_some_and(|end| end <= day) {
            State::Ended
        } else if version.starts_on > day {
            State::Signed
        } else if self.in_force_at(now).is_some_and(|other| other.number > version.number) {
            State::Superseded
        } else {
            State::InForce
        }
    }

    /// How it stands as a whole: in force if a version is, else about to be, else ended, else never agreed upon.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        let is = |state| self.versions.iter().any(|version| self.state_of(version, now) == state);
        [State::InForce, State::Signed, State::Ended].into_iter().find(|state| is(*state)).unwrap_or(State::Draft)
    }
}

/// For how long a quantity is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// A week.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of the fiscal year.
    Quarter,
}

impl From<CommitmentPer> for Per {
    fn from(per: CommitmentPer) -> Self {
        match per {
            CommitmentPer::Week => Self::Week,
            CommitmentPer::Month => Self::Month,
            CommitmentPer::Quarter => Self::Quarter,
        }
    }
}

impl Per {
    /// The same as a grain.
    #[must_use]
    pub const fn grain(self) -> Grain {
        match self {
            Self::Week => Grain::Week,
            Self::Month => Grain::Month,
            Self::Quarter => Grain::Quarter,
        }
    }
}

/// Where an organization's weeks and years begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reckoning {
    /// The first day of a week.
    pub week_start: WeekStart,
    /// The month a fiscal year starts with, 1 to 12.
    pub fiscal_year_start_month: u32,
}

impl Reckoning {
    /// The whole week, month or quarter that a day lies in, its last day out.
    ///
    /// # Errors
    /// [`PeriodError::FiscalMonth`] for a month that does not exist.
    pub fn bucket(self, per: Per, day: NaiveDate) -> Result<(NaiveDate, NaiveDate), PeriodError> {
        bucket_around(day, per.grain(), self.week_start, self.fiscal_year_start_month)
    }
}

/// How many are committed over the days from one up to, but without, another: as many as agreed upon for each whole week, month or
/// quarter, and for a part of one by its days.
///
/// # Errors
/// [`PeriodError::FiscalMonth`] for a month that does not exist.
pub fn committed(quantity: u32, per: Per, from: NaiveDate, to: NaiveDate, reckoning: Reckoning) -> Result<Fraction, PeriodError> {
    let mut sum = Fraction::ZERO;
    let mut day = from;
    while day < to {
        let (first, next) = reckoning.bucket(per, day)?;
        let end = next.min(to);
        let days = |from: NaiveDate, to: NaiveDate| i128::from(to.signed_duration_since(from).num_days());
        sum = sum + Fraction::new(i128::from(quantity) * days(day, end), days(first, next));
        if end <= day {
            break;
        }
        day = end;
    }
    Ok(sum)
}

/// Whether so many offers, the last one included, are more than were committed for the same days times a factor in basis points.
#[must_use]
pub fn is_over_delivery(offered: u64, committed: Fraction, factor_bp: u32) -> bool {
    let offered = i128::from(offered).saturating_mul(WHOLE).saturating_mul(committed.denominator());
    offered > committed.numerator().saturating_mul(i128::from(factor_bp))
}
