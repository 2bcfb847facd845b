//! G7 and G21 of `metrics.md`.

use std::collections::BTreeSet;

use super::*;

pub(super) const A: u32 = 0;
pub(super) const B: u32 = 1;
const C: u32 = 2;
const D: u32 = 3;
const E: u32 = 4;
const F: u32 = 5;

pub(super) const HISTORY: &[Case<'_>] = &[
    (A, LEAD, "2026-01-02"),
    (A, MQL, "2026-01-05"),
    (A, OPP, "2026-01-20"),
    (A, CLOSE, "2026-02-10"),
    (B, LEAD, "2026-01-03"),
    (B, MQL, "2026-01-10"),
    (B, OPP, "2026-02-20"),
    (C, LEAD, "2026-01-04"),
    (C, CLOSE, "2026-01-06"),
    (D, LEAD, "2026-01-10"),
    (D, MQL, "2026-01-12"),
    (D, LEAD, "2026-01-20"),
    (D, MQL, "2026-02-01"),
    (E, LEAD, "2026-01-31"),
    (F, LEAD, "2025-12-20"),
    (F, MQL, "2026-01-03"),
    (F, OPP, "2026-01-15"),
    (F, CLOSE, "2026-01-30"),
];

fn january_in(order: Order) -> CohortFunnel {
    let query = CohortQuery::new(all_steps(), order, at("2026-02-28")).with_window(45 * DAY).unwrap();
    january_cohort(HISTORY, &query)
}

/// Hundredths of a per cent, rounded half up; good enough for the table's figures.
fn percent(share: Share) -> String {
    let hundredths = (share.numerator * 20_000 + share.denominator) / (share.denominator * 2);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn percents(rates: impl Iterator<Item = Share>) -> Vec<String> {
    rates.map(percent).collect()
}

#[test]
fn g7_cohort_counts_and_rates() {
    let from_previous = |naive: Vec<&'static str>, matured: Vec<&'static str>| Some((naive, matured));
    for (order, counts, naive, mature_counts, mature, steps) in [
        (
            Order::ReachedOrPassed,
            [5, 4, 2, 2],
            ["100.00", "80.00", "40.00", "40.00"],
            [4, 4, 2, 2],
            ["100.00", "100.00", "50.00", "50.00"],
            from_previous(vec!["80.00", "50.00", "100.00"], vec!["100.00", "50.00", "100.00"]),
        ),
        (
            Order::Strict,
            [5, 3, 1, 1],
            ["100.00", "60.00", "20.00", "20.00"],
            [4, 3, 1, 1],
            ["100.00", "75.00", "25.00", "25.00"],
            from_previous(vec!["60.00", "33.33", "100.00"], vec!["75.00", "33.33", "100.00"]),
        ),
        (Order::Any, [5, 3, 1, 2], ["100.00", "60.00", "20.00", "40.00"], [4, 3, 1, 2], ["100.00", "75.00", "25.00", "50.00"], None),
    ] {
        let funnel = january_in(order);
        assert_eq!(entered(&funnel), counts, "{order:?}");
        assert_eq!(matured(&funnel), mature_counts, "{order:?}");
        assert_eq!(percents(funnel.steps.iter().map(|step| step.of_first.naive)), naive, "{order:?}");
        assert_eq!(percents(funnel.steps.iter().map(|step| step.of_first.matured)), mature, "{order:?}");
        assert_eq!(funnel.pending, [E], "{order:?}");
        assert_eq!((funnel.backdated, funnel.excluded), (0, 0), "{order:?}");
        assert_eq!(funnel.steps[0].from_previous, None, "{order:?}");
        let later: Option<Vec<Rates>> = funnel.steps[1..].iter().map(|step| step.from_previous).collect();
        let found = later.map(|rates| (percents(rates.iter().map(|rate| rate.naive)), percents(rates.iter().map(|rate| rate.matured))));
        assert_eq!(
            found,
            steps.map(|(naive, mature)| (naive.iter().map(|p| p.to_string()).collect(), mature.iter().map(|p| p.to_string()).collect()))
        );
    }
}

#[test]
fn g7_withheld_rate_would_have_been_200_percent() {
    let funnel = january_in(Order::Any);
    assert_eq!((funnel.steps[2].matured, funnel.steps[3].matured), (1, 2));
    assert!(funnel.steps.iter().all(|step| step.from_previous.is_none()));
}

#[test]
fn g7_re_entry_is_a_visit_more_and_no_subject_more() {
    // D was LEAD twice and MQL twice; B's OPP on day 48 is no visit in time.
    for order in [Order::ReachedOrPassed, Order::Strict, Order::Any] {
        let visits: Vec<u64> = january_in(order).steps.iter().map(|step| step.visits).collect();
        assert_eq!(visits, [6, 4, 1, 2], "{order:?}");
    }
}

#[test]
fn g7_rows_say_who_reached_what_and_when() {
    let query = CohortQuery::new(all_steps(), Order::ReachedOrPassed, at("2026-02-28")).with_window(45 * DAY).unwrap();
    let mut rows = Vec::new();
    cohort_rows(&facts(HISTORY), &query, &january(), None, |row| rows.push((row.subject, row.reached_at.to_vec(), row.standing))).unwrap();
    let moments = |texts: [&str; 4]| texts.map(|text| Some(text).filter(|text| !text.is_empty()).map(at)).to_vec();
    let expected = [
        (A, moments(["2026-01-02", "2026-01-05", "2026-01-20", "2026-02-10"]), Standing::Matured),
        (B, moments(["2026-01-03", "2026-01-10", "", ""]), Standing::Matured),
        (C, moments(["2026-01-04", "2026-01-06", "2026-01-06", "2026-01-06"]), Standing::Matured),
        (D, moments(["2026-01-10", "2026-01-12", "", ""]), Standing::Matured),
        (E, moments(["2026-01-31", "", "", ""]), Standing::Pending),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn g7_period_counts_distinct_entries() {
    let funnel = one(entries(&facts(HISTORY), &all_steps(), at("2026-02-28"), &january(), None));
    assert_eq!(funnel.steps.iter().map(|step| step.entered).collect::<Vec<_>>(), [5, 4, 2, 2]);
    assert_eq!(funnel.steps.iter().map(|step| step.visits).collect::<Vec<_>>(), [6, 4, 2, 2]);
    assert_eq!(percents(funnel.steps.iter().filter_map(|step| step.from_previous)), ["80.00", "50.00", "100.00"]);
    assert_eq!(funnel.steps[0].from_previous, None);
}

#[test]
fn g7_stock_says_where_everybody_stands() {
    for (to, expected) in [("2026-02-01", [2, 1, 1, 2]), ("2026-03-01", [1, 1, 1, 3])] {
        let buckets = Buckets::from(period("2026-01-01", to));
        let funnel = one(stock(&facts(HISTORY), &all_steps(), end_of("2026-02-28"), &buckets, None));
        assert_eq!(funnel, StockFunnel { steps: expected.to_vec(), below: 0, side: 0, backdated: 0 });
    }
}

/// Eight visitors, first seen in January; a visitor is known when identified within 30 days. V4 and V5 are one person.
#[test]
fn g21_anonymous_to_known() {
    let mut events: Vec<Case<'_>> = (0..7).map(|visitor| (visitor, LEAD, "2026-01-01")).collect();
    events.push((7, LEAD, "2026-01-31"));
    events.extend([(0, MQL, "2026-01-03"), (1, MQL, "2026-01-30"), (2, MQL, "2026-02-01"), (3, MQL, "2026-01-02"), (4, MQL, "2026-01-06")]);
    let facts = facts(&events);
    let query = CohortQuery::new(steps(&[LEAD, MQL]), Order::ReachedOrPassed, at("2026-02-15")).with_window(30 * DAY).unwrap();
    let funnel = one(cohort(&facts, &query, &january(), None));
    assert_eq!(funnel.steps[0].entered, 8);
    assert_eq!(funnel.steps[1].from_previous.unwrap().matured, share(4, 7));
    assert_eq!(percent(share(4, 7)), "57.14");
    assert_eq!(funnel.pending, [7]);

    let person_of = [10, 11, 12, 13, 13, 15, 16, 17];
    let mut people = BTreeSet::new();
    cohort_rows(&facts, &query, &january(), None, |row| {
        if row.standing == Standing::Matured && row.reached_at[1].is_some() {
            people.insert(person_of[row.subject as usize]);
        }
    })
    .unwrap();
    assert_eq!(people.len(), 3);
}
