use chrono::Weekday;
use chrono_tz::Tz;

use super::{HOUR, MINUTE, at, date, hours, lisbon, local, pauses, special, time, week};
use crate::metrics::sla::{BusinessTime, Calendar, FURTHEST, Pause, Pauses, Span, Timeline, Within};
use entity::time::Timestamp;

const LISBON: Tz = Tz::Europe__Lisbon;

fn due(time: &BusinessTime, start: &str, minutes: i64) -> String {
    let due = time.due(at(start), minutes * MINUTE, &Pauses::NONE);
    due.map_or_else(|| "never".into(), |due| due.to_string())
}

fn minutes(time: &BusinessTime, from: &str, to: &str) -> i64 {
    let elapsed = time.elapsed(at(from), at(to), &Pauses::NONE);
    assert_eq!(elapsed % MINUTE, 0);
    elapsed / MINUTE
}

#[test]
fn hours_hold_their_first_instant_and_not_their_last() {
    let time = lisbon();
    let (from, to) = (at("2026-03-30T08:00Z"), at("2026-03-30T11:00Z"));
    let elapsed =
        |from: i64, to: i64, of: Timestamp| time.elapsed(of.saturating_add_micros(from), of.saturating_add_micros(to), &Pauses::NONE);
    assert_eq!([elapsed(-1, 0, from), elapsed(0, 1, from)], [0, 1]);
    assert_eq!([elapsed(-1, 0, to), elapsed(0, 1, to)], [1, 0]);
    // What is used up with the end of hours is due then, not when work begins again.
    assert_eq!(due(&time, "2026-03-30T08:00Z", 180), "2026-03-30T11:00:00Z");
    assert_eq!(time.due(from, 3 * HOUR + 1, &Pauses::NONE), Some(at("2026-03-30T12:00:00.000001Z")));
    assert_eq!(due(&time, "2026-03-30T11:00Z", 1), "2026-03-30T12:01:00Z");
}

#[test]
fn no_time_is_due_at_once() {
    let time = lisbon();
    for start in ["2026-03-28T11:00Z", "2026-03-30T11:30Z", "2026-03-30T08:00Z"] {
        assert_eq!(time.due(at(start), 0, &Pauses::NONE), Some(at(start)));
        assert_eq!(time.due(at(start), -5, &Pauses::NONE), Some(at(start)));
        assert_eq!(time.due(at(start), 0, &pauses(&[("2026-03-01T00:00Z", "")])), Some(at(start)));
    }
}

#[test]
fn time_never_runs_backwards() {
    let time = lisbon();
    assert_eq!(minutes(&time, "2026-03-30T12:00Z", "2026-03-30T08:00Z"), 0);
    assert_eq!(minutes(&time, "2026-03-30T09:00Z", "2026-03-30T09:00Z"), 0);
}

#[test]
fn spans_that_touch_are_one() {
    let calendar = |text: &str| Calendar::new(LISBON, week(5, text), special(&[]));
    let row = |text: &str| Timeline::new(&calendar(text), date("2026-03-30"), date("2026-04-04"));
    assert_eq!(row("09:00-12:00 12:00-18:00"), row("09:00-18:00"));
    let touching = time(LISBON, week(5, "09:00-12:00 12:00-18:00"), &[]);
    assert_eq!(due(&touching, "2026-03-30T10:00Z", 120), "2026-03-30T12:00:00Z");
}

#[test]
fn spans_over_midnight_go_on_the_next_day() {
    // Monday to Friday, from ten in the evening to two in the morning.
    let mut days: [Vec<_>; 7] = std::array::from_fn(|_| hours("00:00-02:00 22:00-24:00"));
    days[0] = hours("22:00-24:00");
    days[5] = hours("00:00-02:00");
    days[6] = Vec::new();
    let week = entity::business_hours::WeekHours::new(days).unwrap();
    assert_eq!(week.of(Weekday::Sat), hours("00:00-02:00"));
    let time = time(Tz::UTC, week, &[]);
    assert_eq!(minutes(&time, "2026-03-30T12:00Z", "2026-03-31T12:00Z"), 240);
    assert_eq!(due(&time, "2026-03-30T23:30Z", 60), "2026-03-31T00:30:00Z");
    assert_eq!(due(&time, "2026-03-30T22:00Z", 240), "2026-03-31T02:00:00Z");
    assert_eq!(due(&time, "2026-03-30T22:00Z", 241), "2026-03-31T22:01:00Z");
    assert_eq!(due(&time, "2026-04-04T01:00Z", 61), "2026-04-06T22:01:00Z");
}

#[test]
fn around_the_clock_every_minute_counts() {
    let time = time(LISBON, week(7, "00:00-24:00"), &[]);
    assert_eq!(minutes(&time, "2026-01-01T00:00Z", "2027-01-01T00:00Z"), 365 * 1_440, "two changes of the clocks included");
    assert_eq!(due(&time, "2026-03-28T12:00Z", 1_440), "2026-03-29T12:00:00Z");
    let row = Timeline::new(time.calendar(), date("2026-03-01"), date("2026-05-01"));
    assert_eq!(row.elapsed(at("2026-03-01T00:00Z"), at("2026-04-30T23:00Z")), 61 * 24 * HOUR - HOUR);
}

#[test]
fn special_days_have_their_own_hours() {
    let time = time(
        LISBON,
        week(5, "09:00-12:00 13:00-18:00"),
        &[("2026-03-29", "10:00-11:00"), ("2026-03-30", ""), ("2026-03-31", "12:00-13:00")],
    );
    assert_eq!(minutes(&time, "2026-03-27T18:00Z", "2026-03-31T23:00Z"), 120, "a Sunday at work, a Monday off, a short Tuesday");
    assert_eq!(due(&time, "2026-03-27T18:00Z", 30), "2026-03-29T09:30:00Z");
    assert_eq!(due(&time, "2026-03-27T18:00Z", 60), "2026-03-29T10:00:00Z");
    assert_eq!(due(&time, "2026-03-27T18:00Z", 90), "2026-03-31T11:30:00Z");
}

#[test]
fn hours_lose_what_the_clocks_skip_and_last_while_they_repeat() {
    // Clocks go from one to two on 2026-03-29, and from two to one on 2026-10-25.
    for (text, forward, back) in [
        ("00:00-24:00", 1_380, 1_500),
        ("00:00-01:00", 60, 60),
        ("01:00-02:00", 0, 120),
        ("01:15-01:45", 0, 30),
        ("00:30-01:30", 30, 60),
        ("01:30-02:30", 30, 120),
        ("00:30-02:30", 60, 180),
        ("00:00-01:30 01:30-03:00", 120, 240),
        ("02:00-03:00", 60, 60),
    ] {
        let time = time(LISBON, week(7, text), &[]);
        assert_eq!(minutes(&time, "2026-03-29T00:00Z", "2026-03-29T23:00Z"), forward, "{text} in March");
        assert_eq!(minutes(&time, "2026-10-24T23:00Z", "2026-10-26T00:00Z"), back, "{text} in October");
    }
}

#[test]
fn clocks_that_move_by_half_an_hour() {
    // From 02:00 to 01:30 on 2026-04-05, from 02:00 to 02:30 on 2026-10-04.
    let zone = Tz::Australia__Lord_Howe;
    let time = time(zone, week(7, "01:00-03:00"), &[]);
    let day = |day: &str| time.elapsed(local(&format!("{day} 00:30"), zone), local(&format!("{day} 12:00"), zone), &Pauses::NONE);
    assert_eq!(["2026-04-04", "2026-04-05", "2026-10-04"].map(day), [120 * MINUTE, 150 * MINUTE, 90 * MINUTE]);
    let start = local("2026-04-05 01:00", zone);
    assert_eq!(time.due(start, 90 * MINUTE, &Pauses::NONE), Some(local("2026-04-05 02:00", zone)));
}

#[test]
fn a_day_that_was_left_out_has_no_hours() {
    let zone = Tz::Pacific__Apia;
    let time = time(zone, week(7, "09:00-17:00"), &[]);
    assert_eq!(time.calendar().spans_on(date("2011-12-30")).count(), 0);
    assert_eq!(time.elapsed(local("2011-12-29 00:00", zone), local("2012-01-01 00:00", zone), &Pauses::NONE), 16 * HOUR);
    assert_eq!(time.due(local("2011-12-29 16:00", zone), 2 * HOUR, &Pauses::NONE), Some(local("2011-12-31 10:00", zone)));
    let start = local("2011-12-29 10:00", zone);
    let target = Within::Days(1).target(&time, start).unwrap();
    assert_eq!(time.due(start, target, &Pauses::NONE), Some(local("2011-12-31 17:00", zone)));
}

#[test]
fn pauses_do_not_count() {
    let time = lisbon();
    let (start, target) = (at("2026-03-30T08:00Z"), 4 * HOUR);
    for (spans, expected) in [
        (&[][..], "2026-03-30T13:00Z"),
        // At night, at lunch, before the start, after the end.
        (&[("2026-03-29T20:00Z", "2026-03-30T07:00Z"), ("2026-03-30T11:00Z", "2026-03-30T12:00Z")], "2026-03-30T13:00Z"),
        (&[("2026-03-30T13:00Z", "2026-03-30T15:00Z")], "2026-03-30T13:00Z"),
        (&[("2026-03-30T13:00Z", "")], "2026-03-30T13:00Z"),
        (&[("2026-03-29T20:00Z", "2026-03-30T08:30Z")], "2026-03-30T13:30Z"),
        // Over the instant at which it would have been due.
        (&[("2026-03-30T12:59Z", "2026-03-30T14:00Z")], "2026-03-30T14:01Z"),
        (&[("2026-03-30T12:30Z", "2026-04-01T08:00Z")], "2026-04-01T08:30Z"),
        // One in another, one over another, one after another, twice the same.
        (&[("2026-03-30T09:00Z", "2026-03-30T11:00Z"), ("2026-03-30T09:30Z", "2026-03-30T10:00Z")], "2026-03-30T15:00Z"),
        (&[("2026-03-30T09:30Z", "2026-03-30T11:00Z"), ("2026-03-30T09:00Z", "2026-03-30T10:00Z")], "2026-03-30T15:00Z"),
        (&[("2026-03-30T10:00Z", "2026-03-30T11:00Z"), ("2026-03-30T09:00Z", "2026-03-30T10:00Z")], "2026-03-30T15:00Z"),
        (&[("2026-03-30T10:00Z", "2026-03-30T11:00Z"), ("2026-03-30T10:00Z", "2026-03-30T11:00Z")], "2026-03-30T14:00Z"),
        // Resumed at once, or never begun.
        (&[("2026-03-30T10:00Z", "2026-03-30T10:00Z"), ("2026-03-30T09:00Z", "2026-03-30T08:00Z")], "2026-03-30T13:00Z"),
    ] {
        assert_eq!(time.due(start, target, &pauses(spans)), Some(at(expected)), "{spans:?}");
    }
    for spans in [
        &[("2026-03-30T12:59Z", "")][..],
        &[("2026-03-29T00:00Z", "")],
        &[("2026-03-30T10:00Z", ""), ("2026-03-30T11:00Z", "2026-03-30T12:00Z")],
        &[("2026-03-30T10:00Z", "2026-03-30T11:00Z"), ("2026-03-30T10:30Z", "")],
    ] {
        assert_eq!(time.due(start, target, &pauses(spans)), None, "{spans:?}");
    }
}

#[test]
fn pauses_stand_one_after_the_other() {
    let merged =
        pauses(&[("2026-03-30T11:00Z", ""), ("2026-03-30T08:00Z", "2026-03-30T10:00Z"), ("2026-03-30T09:00Z", "2026-03-30T09:30Z")]);
    let expected =
        [Pause { from: at("2026-03-30T08:00Z"), to: Some(at("2026-03-30T10:00Z")) }, Pause { from: at("2026-03-30T11:00Z"), to: None }];
    assert_eq!((merged.as_slice(), merged.open_since()), (&expected[..], Some(at("2026-03-30T11:00Z"))));
    let (from, to) = (at("2026-03-30T08:00Z"), at("2026-03-30T12:00Z"));
    assert_eq!(lisbon().elapsed(from, to, &merged), HOUR, "from ten to eleven, in UTC");
    assert_eq!(pauses(&[("2026-03-30T08:00Z", "2026-03-30T10:00Z")]).open_since(), None);
}

#[test]
fn a_calendar_without_work_never_comes() {
    let days: Vec<(String, &str)> = date("2026-01-01").iter_days().take(2_000).map(|day| (day.to_string(), "")).collect();
    let days: Vec<(&str, &str)> = days.iter().map(|(day, hours)| (day.as_str(), *hours)).collect();
    let off = time(LISBON, week(1, "09:00-10:00"), &days);
    // Two thousand holidays end in June 2031.
    assert_eq!(due(&off, "2026-01-01T00:00Z", 60), "2031-06-30T09:00:00Z");
    assert_eq!(due(&off, "2026-01-01T00:00Z", 60 * 236), "2035-12-31T10:00:00Z");
    assert_eq!(due(&off, "2026-01-01T00:00Z", 60 * 236 + 1), "never", "ten years end before the next Monday");
    assert_eq!(Within::Days(1_000).target(&off, at("2026-01-01T00:00Z")), None);
    assert_eq!(off.due(Timestamp::MAX, HOUR, &Pauses::NONE), None);
    assert_eq!(off.elapsed(Timestamp::MIN, Timestamp::MIN, &Pauses::NONE), 0);
}

#[test]
fn what_was_asked_before_changes_no_answer() {
    let asked = lisbon();
    let questions =
        ["2026-03-27T16:30Z", "2019-05-01T10:00Z", "2034-12-24T10:00Z", "1971-01-04T00:00Z", "2031-01-01T00:00Z", "2026-03-27T16:30Z"];
    for start in questions.map(at) {
        for target in [HOUR, 4 * HOUR, 400 * HOUR, 9_000 * HOUR] {
            let fresh = lisbon();
            let due = asked.due(start, target, &Pauses::NONE);
            assert_eq!(due, fresh.due(start, target, &Pauses::NONE), "{start} {target}");
            let due = due.unwrap();
            assert_eq!(asked.elapsed(start, due, &Pauses::NONE), target);
        }
    }
    let start = at("2026-03-27T16:30Z");
    let year = 366 * 24 * HOUR;
    assert_eq!(
        asked.elapsed(start, start.saturating_add_micros(FURTHEST + year), &Pauses::NONE),
        asked.elapsed(start, start.saturating_add_micros(FURTHEST), &Pauses::NONE),
        "ten years at most"
    );
}

#[test]
fn days_end_with_the_work_of_a_business_day() {
    let time = lisbon();
    for (start, days, expected) in [
        // In the evening, at the very end of work, on a Saturday, before work, at lunch.
        ("2026-03-27 18:00", 0, "2026-03-30 18:00"),
        ("2026-03-27 17:59", 0, "2026-03-27 18:00"),
        ("2026-03-28 11:00", 0, "2026-03-30 18:00"),
        ("2026-03-30 07:00", 0, "2026-03-30 18:00"),
        ("2026-03-30 12:30", 0, "2026-03-30 18:00"),
        // Over a weekend, and over a holiday.
        ("2026-03-27 11:00", 1, "2026-03-30 18:00"),
        ("2026-03-27 20:00", 1, "2026-03-31 18:00"),
        ("2026-04-02 11:00", 1, "2026-04-06 18:00"),
        ("2026-04-02 11:00", 2, "2026-04-07 18:00"),
        ("2026-04-03 11:00", 0, "2026-04-06 18:00"),
    ] {
        let start = local(start, LISBON);
        let target = Within::Days(days).target(&time, start).unwrap();
        assert_eq!(time.due(start, target, &Pauses::NONE), Some(local(expected, LISBON)), "{start} + {days}");
    }
    // A pause moves the end by what it takes of business time.
    let start = local("2026-03-27 11:00", LISBON);
    let target = Within::Days(0).target(&time, start).unwrap();
    let paused = pauses(&[("2026-03-27T16:00Z", "2026-03-27T17:00Z")]);
    assert_eq!(time.due(start, target, &paused), Some(local("2026-03-30 10:00", LISBON)));
}

#[test]
fn spans_of_a_day_come_in_order() {
    let calendar = Calendar::new(LISBON, week(5, "13:00-18:00 09:00-12:00"), special(&[]));
    let spans: Vec<Span> = calendar.spans_on(date("2026-03-30")).collect();
    let expected = [("2026-03-30T08:00Z", "2026-03-30T11:00Z"), ("2026-03-30T12:00Z", "2026-03-30T17:00Z")];
    assert_eq!(spans, expected.map(|(from, to)| Span { from: at(from), to: at(to) }));
    assert_eq!(calendar.end_of_work(date("2026-03-30")), Some(at("2026-03-30T17:00Z")));
    assert_eq!(calendar.end_of_work(date("2026-03-29")), None);
}
