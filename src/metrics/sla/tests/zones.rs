//! Every zone whose clocks change within ten years, at every change: business time against minutes counted one by one.

use chrono::{DateTime, Days, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use entity::time::Timestamp;

use super::{MINUTE, at, special, week};
use crate::metrics::sla::{Calendar, Timeline};

/// Minutes of a day.
const DAY: i64 = 1_440;

/// Around the clock; through the hours in which clocks change, with ends that they skip or show twice; at the office.
const HOURS: &[&str] =
    &["00:00-24:00", "00:00-00:20 00:40-01:30 01:30-02:10 02:30-03:00 22:45-23:15 23:30-24:00", "09:00-12:00 13:00-18:00"];

/// By how many minutes the clocks of a zone are ahead at a minute since the epoch.
fn offset(zone: Tz, minute: i64) -> i64 {
    let utc = DateTime::<Utc>::from_timestamp(minute * 60, 0).unwrap().naive_utc();
    let seconds = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    assert_eq!(seconds % 60, 0);
    i64::from(seconds / 60)
}

/// The minutes from which on the clocks of a zone show another time, from one minute to another.
fn changes(zone: Tz, from: i64, to: i64) -> Vec<i64> {
    let mut changes = Vec::new();
    let mut before = offset(zone, from);
    for minute in (from..to).step_by(720).skip(1) {
        let after = offset(zone, minute);
        if after != before {
            let (mut old, mut new) = (minute - 720, minute);
            while new - old > 1 {
                let middle = old + (new - old) / 2;
                if offset(zone, middle) == before { old = middle } else { new = middle }
            }
            changes.push(new);
        }
        before = after;
    }
    changes
}

/// Which minutes of a day are work.
fn working(text: &str) -> Vec<bool> {
    let hours = super::hours(text);
    (0..DAY)
        .map(|minute| hours.iter().any(|hours| (hours.from().minutes().into()..hours.to().minutes().into()).contains(&minute)))
        .collect()
}

#[test]
fn every_change_of_every_clock_in_ten_years() {
    let minute = |text| at(text).micros() / MINUTE;
    let (from, to) = (minute("2020-01-01T00:00Z"), minute("2030-01-01T00:00Z"));
    let calendars: Vec<_> = HOURS.iter().map(|text| (week(7, text), working(text))).collect();
    let (mut zones, mut seen) = (0, 0);
    for zone in TZ_VARIANTS {
        let changes = changes(zone, from, to);
        zones += usize::from(!changes.is_empty());
        for change in changes {
            seen += 1;
            for (week, working) in &calendars {
                check(zone, change, &Calendar::new(zone, week.clone(), special(&[])), working);
            }
        }
    }
    assert!(zones > 150 && seen > 20 * 150, "{zones} zones with {seen} changes");
}

/// From a day and a half before a change to as long after it.
fn check(zone: Tz, change: i64, calendar: &Calendar, working: &[bool]) {
    let (from, to) = (change - 3 * DAY / 2, change + 3 * DAY / 2);
    let instant = |minute: i64| Timestamp::from_micros(minute * MINUTE);
    let day = |minute: i64| instant(minute).to_utc().date_naive();
    let timeline = Timeline::new(calendar, day(from) - Days::new(2), day(to) + Days::new(3));
    let (before, after) = (offset(zone, change - 1), offset(zone, change));
    // What the clocks show for the second time they have shown before: it is not reached again.
    let mut reached = i64::MIN;
    let mut counted = 0;
    for minute in from..=to {
        if minute % 17 == 0 || minute == to || (change - 2..change + 2).contains(&minute) {
            assert_eq!(timeline.elapsed(instant(from), instant(minute)), counted * MINUTE, "{zone} {}", instant(minute));
        }
        reached = reached.max(minute + if minute < change { before } else { after });
        if working[usize::try_from(reached.rem_euclid(DAY)).unwrap()] {
            counted += 1;
            if minute % 61 == 0 || (change - 1..change + 1).contains(&minute) {
                let due = timeline.due(instant(from), counted * MINUTE);
                assert_eq!(due, Some(instant(minute + 1)), "{zone} {}", instant(minute));
            }
        }
    }
}
