//! Facts for the tests of cost per close, told briefly.

mod cases;
mod golden;
mod properties;

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::*;
use crate::metrics::by_resource::ByResource;
use crate::metrics::evidence::{Lookback, Milestones, Spread};
use crate::metrics::ledger::{Posting, balances};
use crate::metrics::shares::Shares;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse::<DateTime<Utc>>().unwrap().into()
}

fn span(first: &str, last: &str) -> DaySpan {
    DaySpan::new(date(first), date(last)).unwrap()
}

/// The first instant of a local day; an hour later where the clock skips midnight.
fn day_start(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
    let start = midnight.or_else(|| zone.from_local_datetime(&day.and_hms_opt(1, 0, 0).unwrap()).earliest());
    start.unwrap().with_timezone(&Utc).into()
}

/// The period `[from, to)` of local days.
fn interval(from: NaiveDate, to: NaiveDate, zone: Tz) -> Interval {
    Interval { start: day_start(from, zone), end: day_start(to, zone), days: DaySpan::from_half_open(from, to).unwrap() }
}

/// Whole local months, the first one beginning on `first`.
fn months(first: NaiveDate, count: u32, zone: Tz) -> Vec<Interval> {
    (0..count).map(|month| interval(first + Months::new(month), first + Months::new(month + 1), zone)).collect()
}

fn quarter(zone: Tz) -> Interval {
    interval(date("2026-01-01"), date("2026-04-01"), zone)
}

fn question(dimension: Dimension<'_>, basis: Basis) -> Question<'_> {
    let evidence = Model { lookback: Lookback::from_days(90), spread: Spread::AllOthers };
    Question { dimension, basis, refunds: Refunds::OriginalPeriod, mature_until: None, evidence, currency: CurrencyCode::USD }
}

fn split_of([sales, marketing, product]: [i64; 3]) -> Shares {
    Shares::new(ByResource { sales, marketing, product }).unwrap()
}

/// A close of 100.00 that nothing happened to.
fn close(closed_at: &str, shares: Shares) -> CloseFact {
    CloseFact {
        closed_at: at(closed_at),
        counts_at: at(closed_at),
        gross_minor: 10_000,
        net_minor: Some(10_000),
        monthly_minor: 0,
        priced: true,
        shares,
        milestones: Milestones::default(),
    }
}

/// A close of another amount that nothing happened to.
fn worth(minor: i64, close: CloseFact) -> CloseFact {
    CloseFact { gross_minor: minor, net_minor: Some(minor), ..close }
}

fn cost(owner: entity::kinds::CostOwner, days: DaySpan, amount_minor: i64) -> CostFact {
    CostFact { owner, days, amount_minor, priced: true, codes: Codes::default() }
}

fn tactic(tactic: u32) -> Codes {
    Codes { tactic: Some(tactic), ..Codes::default() }
}

fn touch(at_text: &str, resource: Resource, codes: Codes) -> TouchFact {
    TouchFact { at: at(at_text), resource, codes }
}

/// The value of a ratio as text, or the reason why there is none.
fn shown(ratio: Ratio) -> String {
    ratio.value.map_or_else(|| format!("{:?}", ratio.null_reason.unwrap()), |value| value.to_string())
}
