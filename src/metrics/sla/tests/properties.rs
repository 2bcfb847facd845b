//! Property 9 of `metrics.md`.

use chrono::Days;
use chrono_tz::Tz;
use entity::business_hours::{DayMinute, Hours, SpecialDay, SpecialDays, WeekHours};
use entity::time::Timestamp;
use proptest::prelude::*;

use super::{MINUTE, at, date};
use crate::metrics::sla::{BusinessTime, Calendar, Pause, Pauses, Within};

const ZONES: &[Tz] = &[
    Tz::UTC,
    Tz::Europe__Lisbon,
    Tz::America__New_York,
    Tz::America__Havana,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Beirut,
    Tz::Africa__Casablanca,
    Tz::Pacific__Chatham,
];

fn day_hours() -> impl Strategy<Value = Vec<Hours>> {
    prop::collection::btree_set(0..=96_u16, 0..7).prop_map(|ends| {
        let ends: Vec<DayMinute> = ends.into_iter().filter_map(|quarter| DayMinute::new(quarter * 15)).collect();
        ends.chunks_exact(2).map(|ends| Hours::new(ends[0], ends[1]).unwrap()).collect()
    })
}

prop_compose! {
    fn calendars()(
        zone in prop::sample::select(ZONES),
        week in prop::array::uniform7(day_hours()),
        special in prop::collection::btree_map(0..1_000_u64, day_hours(), 0..20),
    ) -> Calendar {
        let mut week = week;
        week[2].extend(if week.iter().all(Vec::is_empty) { vec![Hours::WHOLE_DAY] } else { Vec::new() });
        let special = special.into_iter().map(|(number, hours)| {
            SpecialDay { day: date("2025-01-01") + Days::new(number), name: String::new(), hours }
        });
        Calendar::new(zone, WeekHours::new(week).unwrap(), SpecialDays::new(special.collect()).unwrap())
    }
}

/// Somewhere in 2025 and 2026, often on a whole quarter of an hour, where hours begin and end.
fn instants() -> impl Strategy<Value = Timestamp> {
    let quarters = (0..70_000_i64).prop_map(|quarter| quarter * 15 * MINUTE);
    prop_oneof![quarters, 0..70_000 * 15 * MINUTE].prop_map(|micros| at("2025-01-01T00:00Z").saturating_add_micros(micros))
}

fn some_pauses() -> impl Strategy<Value = Pauses> {
    let pause = (instants(), prop_oneof![0..3_000 * MINUTE, 0..100_000 * MINUTE]);
    prop::collection::vec(pause, 0..6)
        .prop_map(|pauses| Pauses::new(pauses.into_iter().map(|(from, long)| Pause { from, to: Some(from.saturating_add_micros(long)) })))
}

fn targets() -> impl Strategy<Value = i64> {
    prop_oneof![(0..4_000_i64).prop_map(|quarter| quarter * 15 * MINUTE), 0..20_000 * MINUTE]
}

/// Business time by what its words say: the spans of each day, cut at both ends and by every pause.
fn reference(calendar: &Calendar, from: Timestamp, to: Timestamp, pauses: &Pauses) -> i64 {
    let overlap = |one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)| (one.0.max(other.0), one.1.min(other.1));
    let length = |span: (Timestamp, Timestamp)| (span.1.micros() - span.0.micros()).max(0);
    let first = from.to_utc().date_naive() - Days::new(2);
    let days = first.iter_days().take_while(|day| *day <= to.to_utc().date_naive() + Days::new(2));
    let spans = days.flat_map(|day| calendar.spans_on(day).collect::<Vec<_>>());
    spans
        .map(|span| {
            let span = overlap((span.from, span.to), (from, to));
            let paused = pauses.as_slice().iter().map(|pause| length(overlap(span, (pause.from, pause.to.unwrap_or(to)))));
            length(span) - if length(span) > 0 { paused.sum::<i64>() } else { 0 }
        })
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_due_has_elapsed_and_not_a_moment_before(
        calendar in calendars(), start in instants(), target in targets(), pauses in some_pauses(),
    ) {
        let time = BusinessTime::new(calendar);
        let due = time.due(start, target, &pauses).unwrap();
        prop_assert_eq!(time.elapsed(start, due, &pauses), target);
        prop_assert!(target == 0 || time.elapsed(start, due.saturating_add_micros(-1), &pauses) == target - 1);
        prop_assert!(target > 0 || due == start);
    }

    #[test]
    fn parts_of_a_span_add_up(calendar in calendars(), mut ends in prop::array::uniform3(instants()), pauses in some_pauses()) {
        ends.sort_unstable();
        let [from, middle, to] = ends;
        let time = BusinessTime::new(calendar);
        let parts = time.elapsed(from, middle, &pauses) + time.elapsed(middle, to, &pauses);
        prop_assert_eq!(time.elapsed(from, to, &pauses), parts);
    }

    #[test]
    fn a_pause_that_ends_at_once_changes_nothing(
        calendar in calendars(), start in instants(), target in targets(), pauses in some_pauses(), at in instants(),
    ) {
        let time = BusinessTime::new(calendar);
        let more = Pauses::new(pauses.as_slice().iter().copied().chain([Pause { from: at, to: Some(at) }]));
        prop_assert_eq!(&more, &pauses);
        prop_assert_eq!(time.due(start, target, &more), time.due(start, target, &pauses));
    }

    #[test]
    fn elapsed_is_the_sum_of_what_each_day_has(calendar in calendars(), from in instants(), long in 0..200_000 * MINUTE, pauses in some_pauses()) {
        let to = from.saturating_add_micros(long);
        let expected = reference(&calendar, from, to, &pauses);
        prop_assert_eq!(BusinessTime::new(calendar).elapsed(from, to, &pauses), expected);
    }

    #[test]
    fn a_pause_never_makes_anything_due_earlier(calendar in calendars(), start in instants(), target in targets(), pauses in some_pauses()) {
        let time = BusinessTime::new(calendar);
        prop_assert!(time.due(start, target, &Pauses::NONE) <= time.due(start, target, &pauses));
    }

    #[test]
    fn later_days_end_later(calendar in calendars(), start in instants(), days in 0..40_u16) {
        let time = BusinessTime::new(calendar);
        let due = |days| time.due(start, Within::Days(days).target(&time, start).unwrap(), &Pauses::NONE).unwrap();
        prop_assert!(start < due(days) && due(days) < due(days + 1));
    }
}
