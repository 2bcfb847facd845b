//! Hard cases of the modes `PERIOD` and `STOCK`.

use super::*;

const LATER: &str = "2027-01-01";

fn january_entries(events: &[Case<'_>]) -> EntriesFunnel {
    one(entries(&facts(events), &all_steps(), at(LATER), &january(), None))
}

fn january_stock(events: &[Case<'_>], steps: &Steps) -> StockFunnel {
    one(stock(&facts(events), steps, at(LATER), &january(), None))
}

#[test]
fn nothing_makes_empty_answers() {
    let empty = january_entries(&[]);
    assert!(empty.steps.iter().all(|step| (step.entered, step.visits) == (0, 0)));
    assert_eq!(empty.steps[1].from_previous, Some(share(0, 0)));
    assert_eq!(january_stock(&[], &all_steps()), StockFunnel { steps: vec![0; 4], below: 0, side: 0, backdated: 0 });
}

#[test]
fn entries_of_a_period_can_exceed_those_of_the_step_before() {
    let funnel = january_entries(&[(0, LEAD, "2026-01-02"), (1, MQL, "2026-01-03"), (2, MQL, "2026-01-04")]);
    assert_eq!(funnel.steps[1].from_previous, Some(share(2, 1)));
    assert_eq!(funnel.steps[2].from_previous, Some(share(0, 2)));
}

#[test]
fn entries_count_the_very_stage_in_the_period_and_each_subject_once() {
    let funnel = january_entries(&[
        (0, LEAD, "2025-12-31T23:59:59.999999"),
        (0, LEAD, "2026-01-01"),
        (0, LEAD, "2026-01-31T23:59:59.999999"),
        (0, LEAD, "2026-02-01"),
        (1, CLOSE, "2026-01-05"),
        (2, NURTURED, "2026-01-06"),
    ]);
    assert_eq!(funnel.steps.iter().map(|step| (step.entered, step.visits)).collect::<Vec<_>>(), [(1, 2), (0, 0), (0, 0), (1, 1)]);
}

#[test]
fn entries_flag_each_backdated_subject_once() {
    let events =
        [(0, LEAD, "2026-01-05*"), (0, LEAD, "2026-01-06*"), (0, CLOSE, "2026-01-03*"), (1, LEAD, "2026-01-03"), (2, LEAD, "2025-12-03*")];
    assert_eq!(january_entries(&events).backdated, 1);
}

#[test]
fn entries_after_the_moment_of_asking_are_not_known() {
    let events = facts(&[(0, LEAD, "2026-01-05"), (1, LEAD, "2026-01-06"), (2, LEAD, "2026-01-07")]);
    assert_eq!(one(entries(&events, &all_steps(), at("2026-01-06"), &january(), None)).steps[0].entered, 2);
}

#[test]
fn stock_is_taken_just_before_the_end_of_the_period() {
    let events = [(0, LEAD, "2026-01-05"), (0, MQL, "2026-01-31T23:59:59.999999"), (0, OPP, "2026-02-01")];
    assert_eq!(january_stock(&events, &all_steps()).steps, [0, 1, 0, 0]);
}

#[test]
fn stock_follows_the_latest_event_also_backwards() {
    let events = [(0, LEAD, "2026-01-02"), (0, OPP, "2026-01-03"), (0, MQL, "2026-01-04")];
    assert_eq!(january_stock(&events, &all_steps()).steps, [0, 1, 0, 0]);
}

#[test]
fn stock_knows_those_beside_the_way_and_those_before_it() {
    let events = [
        (0, LEAD, "2026-01-02"), // below MQL
        (1, MQL, "2026-01-02"),
        (1, NURTURED, "2026-01-03"), // beside
        (2, OPP, "2025-06-03"),      // as far as MQL
        (3, CLOSE, "2026-01-03"),
        (4, DISQUALIFIED, "2026-01-02"),
        (4, MQL, "2026-01-03"), // back on the way
    ];
    assert_eq!(january_stock(&events, &steps(&[MQL, CLOSE])), StockFunnel { steps: vec![2, 1], below: 1, side: 1, backdated: 0 });
}

#[test]
fn stock_flags_those_at_a_step_with_a_backdated_event() {
    let events = [
        (0, LEAD, "2026-01-05"),
        (0, CLOSE, "2026-01-03*"), // stands at LEAD, flagged
        (1, LEAD, "2026-01-05*"),
        (1, NURTURED, "2026-01-06"), // beside the way
        (2, LEAD, "2026-01-05"),
        (2, MQL, "2026-02-03*"), // not yet
    ];
    assert_eq!(january_stock(&events, &all_steps()), StockFunnel { steps: vec![2, 0, 0, 0], below: 0, side: 1, backdated: 1 });
}

#[test]
fn stock_at_one_instant_is_the_furthest_stage() {
    let events = [(0, OPP, "2026-01-05"), (0, MQL, "2026-01-05"), (0, LEAD, "2026-01-05")];
    assert_eq!(january_stock(&events, &all_steps()).steps, [0, 0, 1, 0]);
}

#[test]
fn stock_after_the_moment_of_asking_is_not_known() {
    let events = facts(&[(0, LEAD, "2026-01-05"), (0, MQL, "2026-01-06"), (0, OPP, "2026-01-07")]);
    assert_eq!(one(stock(&events, &all_steps(), at("2026-01-06"), &january(), None)).steps, [0, 1, 0, 0]);
}

#[test]
fn stock_row_lasts_as_long_as_the_subject_stays() {
    let months = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"];
    let periods: Vec<Period> = months.windows(2).map(|pair| period(pair[0], pair[1])).collect();
    let events = facts(&[(0, LEAD, "2026-01-31"), (0, MQL, "2026-03-01"), (0, OPP, "2026-03-15"), (1, NURTURED, "2025-03-15")]);
    let mut rows = Vec::new();
    stock_rows(&events, &all_steps(), at(LATER), &Buckets::new(&periods).unwrap(), None, |row| {
        rows.push((row.subject, row.place, row.buckets))
    })
    .unwrap();
    assert_eq!(rows, [(0, Place::Step(0), 0..2), (0, Place::Step(2), 2..4), (1, Place::Side, 0..4)]);
}
