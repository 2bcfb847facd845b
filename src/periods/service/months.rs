//! Which months are locked, and what may be written to them.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use entity::time::Timestamp;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::{Grant, Permission};
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::metrics::period::{local_day, local_instant, month_of};
use crate::periods::store;

/// That locked months are written to all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restate {
    /// Why.
    pub reason: String,
}

/// When something counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// At an instant.
    At(Timestamp),
    /// On local days, both of them included.
    Days(NaiveDate, NaiveDate),
}

/// The locked months that something changes, and why it may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restating {
    pub(super) months: Vec<NaiveDate>,
    pub(super) reason: String,
}

/// From when on credit counts that is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    at: Timestamp,
    asked_at: Option<Timestamp>,
    restating: Restating,
}

impl Effective {
    /// From when on it counts.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// From when on it was asked to, where that lay in a locked month.
    #[must_use]
    pub const fn asked_at(&self) -> Option<Timestamp> {
        self.asked_at
    }

    /// The locked month that it changes, if it does.
    #[must_use]
    pub const fn restating(&self) -> &Restating {
        &self.restating
    }
}

/// The months that are locked. They stay so, and no other one is locked, until the transaction ends.
#[derive(Clone, Debug)]
pub struct LockedMonths {
    zone: Tz,
    /// First days.
    months: BTreeSet<NaiveDate>,
}

impl LockedMonths {
    /// Loads them. Two statements.
    ///
    /// # Errors
    /// What the database says.
    pub async fn share(tx: &TenantWrite) -> Result<Self> {
        let organization = store::share_organization(tx).await?;
        Ok(Self { zone: input::time_zone("timeZone", &organization.timezone)?, months: store::locked_months(tx).await? })
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.months.is_empty()
    }

    /// Whether a local day lies in one of them.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.months.contains(&month_of(day))
    }

    /// Goes on where something lies in no locked month, or the caller may restate and says why.
    ///
    /// # Errors
    /// `PERIOD_LOCKED` with the field; `NOT_ALLOWED` and problems with `restate`.
    pub fn permit<P: Grant>(&self, scope: &Scope<P>, counts: &[Counts], field: &str, restate: Option<&Restate>) -> Result<Restating> {
        let reason = restate.map(|restate| reason(scope, restate)).transpose()?;
        let months = self.touched(counts);
        match (months.first(), reason) {
            (None, _) => Ok(Restating::default()),
            (Some(_), Some(reason)) => Ok(Restating { months, reason }),
            (Some(first), None) => {
                let more = if months.len() > 1 { format!(" and so are {} months after it", months.len() - 1) } else { String::new() };
                Err(Error::invalid(field, ProblemCode::PeriodLocked, format!("{} is locked{more}", first.format("%Y-%m"))))
            }
        }
    }

    /// From when on credit counts that is asked to be moved from an instant on: from then, or from the end of the last locked
    /// month where it lies in one, unless the caller may restate and says why.
    ///
    /// # Errors
    /// `NOT_ALLOWED` and problems with `restate`.
    pub fn effective<P: Grant>(&self, scope: &Scope<P>, at: Timestamp, restate: Option<&Restate>) -> Result<Effective> {
        let reason = restate.map(|restate| reason(scope, restate)).transpose()?;
        let month = month_of(local_day(at, self.zone));
        Ok(match (self.months.last().filter(|_| self.months.contains(&month)), reason) {
            (None, _) => Effective { at, asked_at: None, restating: Restating::default() },
            (Some(_), Some(reason)) => Effective { at, asked_at: None, restating: Restating { months: vec![month], reason } },
            (Some(&last), None) => Effective { at: after(last, self.zone), asked_at: Some(at), restating: Restating::default() },
        })
    }

    /// In their order, each once.
    fn touched(&self, counts: &[Counts]) -> Vec<NaiveDate> {
        let within = |&counts: &Counts| {
            let (first, last) = match counts {
                Counts::At(at) => (local_day(at, self.zone), local_day(at, self.zone)),
                Counts::Days(first, last) => (first, last),
            };
            // Days in the wrong order are no days; who records them is told.
            let last = last.max(first);
            self.months.range(month_of(first)..=last)
        };
        counts.iter().flat_map(within).copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The instant a month ends with.
pub(super) fn after(month: NaiveDate, zone: Tz) -> Timestamp {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    local_instant(next.and_time(NaiveTime::MIN), zone)
}

fn reason<P: Grant>(scope: &Scope<P>, restate: &Restate) -> Result<String> {
    if scope.rights().reach(Permission::LedgerRestate).is_none() {
        return Err(scope.out_of_reach("restate", "you may not write to locked months"));
    }
    input::text("restate.reason", &restate.reason, input::NOTE)
}

/// Goes on where no month is locked, and keeps it so until the transaction ends.
///
/// # Errors
/// `PERIOD_LOCKED` with the field.
pub async fn stays_in_zone(tx: &TenantTx, field: &str) -> Result<()> {
    store::hold_organization(tx).await?;
    match store::locked_months(tx).await?.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("{} is locked, and months begin by the zone", first.format("%Y-%m"));
            Err(Error::invalid(field, ProblemCode::PeriodLocked, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
    }

    fn locked(zone: Tz, months: &[&str]) -> LockedMonths {
        LockedMonths { zone, months: months.iter().map(|month| day(month)).collect() }
    }

    #[test]
    fn months_are_touched_by_the_days_of_the_zone() {
        let months = locked(chrono_tz::America::New_York, &["2026-01-01", "2026-03-01"]);
        let at = |text: &str| months.touched(&[Counts::At(instant(text))]);
        assert_eq!(at("2026-01-01T04:59:59Z"), []);
        assert_eq!(at("2026-01-01T05:00:00Z"), [day("2026-01-01")]);
        assert_eq!(at("2026-02-01T04:59:59Z"), [day("2026-01-01")]);
        assert_eq!(at("2026-02-01T05:00:00Z"), []);
        let days = |first: &str, last: &str| months.touched(&[Counts::Days(day(first), day(last))]);
        assert_eq!(days("2025-12-01", "2025-12-31"), []);
        assert_eq!(days("2025-12-01", "2026-01-01"), [day("2026-01-01")]);
        assert_eq!(days("2026-01-31", "2026-02-01"), [day("2026-01-01")]);
        assert_eq!(days("2026-02-01", "2026-02-28"), []);
        assert_eq!(days("2025-01-01", "2027-01-01"), [day("2026-01-01"), day("2026-03-01")]);
        let both = [Counts::Days(day("2026-03-31"), day("2026-04-01")), Counts::Days(day("2026-01-01"), day("2026-03-01"))];
        assert_eq!(months.touched(&both), [day("2026-01-01"), day("2026-03-01")], "each once");
        assert_eq!(days("2026-03-15", "2026-01-15"), [day("2026-03-01")], "in the wrong order");
    }

    #[test]
    fn a_month_ends_where_the_clocks_of_the_zone_say_so() {
        assert_eq!(after(day("2026-03-01"), chrono_tz::America::New_York), instant("2026-04-01T04:00:00Z"));
        assert_eq!(after(day("2026-12-01"), chrono_tz::UTC), instant("2027-01-01T00:00:00Z"));
    }
}
