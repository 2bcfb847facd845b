//! The worked example G11 of `metrics.md`, row by row.

use chrono_tz::Tz;

use super::{HOUR, at, lisbon, local};
use crate::metrics::sla::{Pause, Pauses, Within};

const LISBON: Tz = Tz::Europe__Lisbon;

#[test]
fn g11_four_business_hours() {
    let time = lisbon();
    for (start, expected_local, expected) in [
        ("2026-03-27 16:30", "2026-03-30 11:30", "2026-03-30T10:30Z"),
        ("2026-04-02 17:00", "2026-04-06 12:00", "2026-04-06T11:00Z"),
        ("2026-03-28 11:00", "2026-03-30 14:00", "2026-03-30T13:00Z"),
        ("2026-03-30 12:30", "2026-03-30 17:00", "2026-03-30T16:00Z"),
    ] {
        let start = local(start, LISBON);
        let target = Within::Minutes(240).target(&time, start).unwrap();
        assert_eq!(target, 4 * HOUR);
        let due = time.due(start, target, &Pauses::NONE);
        assert_eq!((due, due), (Some(at(expected)), Some(local(expected_local, LISBON))), "{start}");
        assert_eq!(time.elapsed(start, at(expected), &Pauses::NONE), target);
    }
}

#[test]
fn g11_a_pause_is_no_business_time() {
    let time = lisbon();
    let pauses = Pauses::new([Pause { from: local("2026-03-30 10:00", LISBON), to: Some(local("2026-03-30 13:30", LISBON)) }]);
    let due = time.due(local("2026-03-27 16:30", LISBON), 4 * HOUR, &pauses);
    assert_eq!((due, due), (Some(at("2026-03-30T14:00Z")), Some(local("2026-03-30 15:00", LISBON))));
}

#[test]
fn g11_the_same_business_day() {
    let time = lisbon();
    for (start, expected) in [("2026-03-27 11:00", "2026-03-27T18:00Z"), ("2026-03-27 20:00", "2026-03-30T17:00Z")] {
        let start = local(start, LISBON);
        let target = Within::Days(0).target(&time, start).unwrap();
        assert_eq!(time.due(start, target, &Pauses::NONE), Some(at(expected)), "{start}");
    }
}
