//! Tables of cases, properties, and a second funnel written another way to compare with.

mod breakdown;
mod cohort;
mod golden;
mod other_modes;
mod properties;
mod reference;
mod validation;
mod visits;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::UTC;
use entity::kinds::StageKind;
use entity::time::Timestamp;

use super::*;
use crate::metrics::period::Period;

/// Stages of the catalogue the cases use; the last two lie beside the way.
const LEAD: u16 = 0;
const MQL: u16 = 1;
const OPP: u16 = 2;
const CLOSE: u16 = 3;
const NURTURED: u16 = 4;
const DISQUALIFIED: u16 = 5;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// An event of a subject; the moment is a date (midnight) or a date and time, a trailing `*` marks it as backdated.
type Case<'a> = (u32, u16, &'a str);

fn catalogue() -> Vec<CatalogueStage> {
    [StageKind::Main, StageKind::Main, StageKind::Main, StageKind::Main, StageKind::Side, StageKind::Side]
        .into_iter()
        .zip([10, 20, 30, 40, 50, 60])
        .map(|(kind, position)| CatalogueStage { position, kind })
        .collect()
}

fn steps(chosen: &[u16]) -> Steps {
    Steps::new(&catalogue(), chosen).unwrap()
}

fn all_steps() -> Steps {
    steps(&[LEAD, MQL, OPP, CLOSE])
}

/// Midnight of a date, or a date and time.
fn at(text: &str) -> Timestamp {
    let text = if text.contains('T') { format!("{text}Z") } else { format!("{text}T00:00:00Z") };
    Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
}

/// The last instant of a day.
fn end_of(date: &str) -> Timestamp {
    let next = date.parse::<NaiveDate>().unwrap().succ_opt().unwrap();
    Timestamp::from(next.and_time(NaiveTime::MIN).and_utc()).saturating_add_micros(-1)
}

fn facts(events: &[Case<'_>]) -> FunnelFacts {
    FunnelFacts::new(
        events.iter().map(|event| event.0).collect(),
        events.iter().map(|event| event.1).collect(),
        events.iter().map(|event| at(event.2.trim_end_matches('*'))).collect(),
        events.iter().map(|event| event.2.ends_with('*')).collect(),
    )
    .unwrap()
}

fn touches(touches: &[(u32, &str, u32)]) -> Touches {
    Touches::new(
        touches.iter().map(|touch| touch.0).collect(),
        touches.iter().map(|touch| at(touch.1)).collect(),
        touches.iter().map(|touch| touch.2).collect(),
    )
    .unwrap()
}

fn period(from: &str, to: &str) -> Period {
    Period::new(from.parse().unwrap(), to.parse().unwrap(), UTC).unwrap()
}

fn january() -> Buckets {
    Buckets::from(period("2026-01-01", "2026-02-01"))
}

/// The one answer to a question about one bucket.
fn one<F>(answers: Result<Vec<Answer<F>>, FunnelError>) -> F {
    let [answer] = <[Answer<F>; 1]>::try_from(answers.unwrap()).ok().expect("one bucket");
    answer.whole
}

fn january_cohort(events: &[Case<'_>], query: &CohortQuery) -> CohortFunnel {
    one(cohort(&facts(events), query, &january(), None))
}

fn entered(funnel: &CohortFunnel) -> Vec<u64> {
    funnel.steps.iter().map(|step| step.entered).collect()
}

fn matured(funnel: &CohortFunnel) -> Vec<u64> {
    funnel.steps.iter().map(|step| step.matured).collect()
}

fn share(numerator: u64, denominator: u64) -> Share {
    Share { numerator, denominator }
}
