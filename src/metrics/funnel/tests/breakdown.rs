//! Hard cases of breakdowns, in all three modes.

use super::*;

fn groups(answer: &Answer<CohortFunnel>) -> Vec<(Option<u32>, Vec<u64>)> {
    answer.groups.iter().map(|group| (group.value, entered(&group.funnel))).collect()
}

fn split(events: &[Case<'_>], touches: &Touches, at_step: ValueAt) -> Answer<CohortFunnel> {
    let query = CohortQuery::new(steps(&[LEAD, MQL, CLOSE]), Order::ReachedOrPassed, at("2027-01-01"));
    cohort(&facts(events), &query, &january(), Some(Breakdown { touches, at: at_step })).unwrap().remove(0)
}

const EVENTS: &[Case<'_>] = &[
    (0, LEAD, "2026-01-02"),
    (0, MQL, "2026-01-10"),
    (0, CLOSE, "2026-01-20"),
    (1, LEAD, "2026-01-02"),
    (1, MQL, "2026-01-10"),
    (2, LEAD, "2026-01-02"),
];

#[test]
fn value_is_that_of_the_latest_touch_at_or_before_the_step() {
    let touches = touches(&[
        (0, "2026-01-01", 5),
        (0, "2026-01-02", 3), // at the very moment of the entry
        (0, "2026-01-10T00:00:00.000001", 4),
        (1, "2026-01-01", 3),
        (1, "2026-01-10", 1),
        (2, "2026-01-03", 5), // after its only step
    ]);
    for (at_step, expected, missing) in [
        (ValueAt::FirstStep, vec![(Some(3), vec![2, 2, 1]), (None, vec![1, 0, 0])], 1),
        (ValueAt::LastStep, vec![(Some(1), vec![1, 1, 0]), (Some(4), vec![1, 1, 1]), (None, vec![1, 0, 0])], 1),
        (ValueAt::AtStep(0), vec![(Some(3), vec![2, 2, 1]), (None, vec![1, 0, 0])], 1),
        (ValueAt::AtStep(1), vec![(Some(1), vec![1, 1, 0]), (Some(3), vec![1, 1, 1]), (None, vec![1, 0, 0])], 1),
        (ValueAt::AtStep(2), vec![(Some(4), vec![1, 1, 1]), (None, vec![2, 1, 0])], 2),
    ] {
        let answer = split(EVENTS, &touches, at_step);
        assert_eq!(groups(&answer), expected, "{at_step:?}");
        assert_eq!(answer.missing, missing, "{at_step:?}");
        assert_eq!(entered(&answer.whole), [3, 2, 1], "{at_step:?}");
    }
}

#[test]
fn without_touches_all_are_in_the_group_without_value() {
    let answer = split(EVENTS, &Touches::default(), ValueAt::FirstStep);
    assert_eq!(groups(&answer), [(None, vec![3, 2, 1])]);
    assert_eq!(answer.missing, 3);
}

#[test]
fn without_breakdown_nothing_is_missing() {
    let query = CohortQuery::new(all_steps(), Order::Strict, at("2027-01-01"));
    let answer = cohort(&facts(EVENTS), &query, &january(), None).unwrap().remove(0);
    assert_eq!((answer.groups.len(), answer.missing), (0, 0));
}

#[test]
fn touches_of_others_and_their_order_of_arrival_do_not_matter() {
    let sorted = touches(&[(0, "2026-01-01", 1), (1, "2026-01-01", 0), (1, "2026-01-01", 2), (3, "2026-01-01", 4), (9, "2026-01-01", 6)]);
    let shuffled = touches(&[(9, "2026-01-01", 6), (1, "2026-01-01", 2), (3, "2026-01-01", 4), (1, "2026-01-01", 0), (0, "2026-01-01", 1)]);
    assert_eq!(sorted, shuffled);
    let answer = split(EVENTS, &sorted, ValueAt::FirstStep);
    assert_eq!(groups(&answer), [(Some(1), vec![1, 1, 1]), (Some(2), vec![1, 1, 0]), (None, vec![1, 0, 0])]);
}

#[test]
fn excluded_subjects_have_groups_too() {
    let query = CohortQuery::new(all_steps(), Order::Strict, at("2027-01-01"));
    let query = query.with_exclusion(Exclusion { stage: DISQUALIFIED, after_step: 0, before_step: 1 }).unwrap();
    let events =
        facts(&[(0, LEAD, "2026-01-02"), (0, DISQUALIFIED, "2026-01-03"), (1, LEAD, "2026-01-02"), (1, DISQUALIFIED, "2026-01-03")]);
    let touches = touches(&[(0, "2026-01-01", 2)]);
    let answer = cohort(&events, &query, &january(), Some(Breakdown { touches: &touches, at: ValueAt::FirstStep })).unwrap().remove(0);
    let excluded: Vec<_> = answer.groups.iter().map(|group| (group.value, group.funnel.excluded)).collect();
    assert_eq!((excluded, answer.whole.excluded, answer.missing), (vec![(Some(2), 1), (None, 1)], 2, 0));
}

#[test]
fn entries_count_with_the_latest_touch_before_the_first_of_them() {
    let events = facts(&[
        (0, LEAD, "2026-01-02*"),
        (0, LEAD, "2026-01-09"),
        (0, MQL, "2026-01-10*"),
        (0, CLOSE, "2026-01-20"),
        (1, LEAD, "2026-01-02"),
    ]);
    let touches = touches(&[(0, "2026-01-03", 1), (0, "2026-01-10", 0), (1, "2026-01-02", 1)]);
    let steps = steps(&[LEAD, MQL, CLOSE]);
    let answer = entries(&events, &steps, at("2027-01-01"), &january(), Some(&touches)).unwrap().remove(0);
    let counts = |funnel: &EntriesFunnel| (funnel.steps.iter().map(|step| (step.entered, step.visits)).collect(), funnel.backdated);
    let groups: Vec<(Option<u32>, (Vec<_>, u64))> = answer.groups.iter().map(|group| (group.value, counts(&group.funnel))).collect();
    assert_eq!(
        groups,
        [
            (Some(0), (vec![(0, 0), (1, 1), (1, 1)], 0)),
            (Some(1), (vec![(1, 1), (0, 0), (0, 0)], 0)),
            (None, (vec![(1, 2), (0, 0), (0, 0)], 1)), // flagged once, with its first backdated entry
        ]
    );
    assert_eq!(counts(&answer.whole), (vec![(2, 3), (1, 1), (1, 1)], 1));
    assert_eq!(answer.missing, 1);
}

#[test]
fn subject_that_lacks_a_value_at_two_steps_is_missing_once() {
    let events = facts(&[(0, LEAD, "2026-01-02"), (0, MQL, "2026-01-09"), (1, LEAD, "2026-01-02"), (1, MQL, "2026-01-03")]);
    let touches = touches(&[(1, "2026-01-03", 0)]);
    let answer = entries(&events, &all_steps(), at("2027-01-01"), &january(), Some(&touches)).unwrap().remove(0);
    assert_eq!(answer.missing, 2);
}

#[test]
fn stock_counts_with_the_latest_touch_before_the_event_that_decides() {
    let events = facts(&[(0, LEAD, "2026-01-02"), (0, MQL, "2026-01-09"), (1, LEAD, "2026-01-02"), (2, NURTURED, "2026-01-02")]);
    let touches = touches(&[(0, "2026-01-01", 1), (0, "2026-01-09", 2), (0, "2026-01-12", 0), (1, "2026-01-02", 2)]);
    let answer = stock(&events, &all_steps(), at("2027-01-01"), &january(), Some(&touches)).unwrap().remove(0);
    let groups: Vec<_> = answer.groups.iter().map(|group| (group.value, group.funnel.steps.clone(), group.funnel.side)).collect();
    assert_eq!(groups, [(Some(2), vec![1, 1, 0, 0], 0), (None, vec![0; 4], 1)]);
    assert_eq!((answer.missing, answer.whole.side), (1, 1));
}

#[test]
fn size_of_an_answer_is_limited() {
    let query = CohortQuery::new(all_steps(), Order::Strict, at("2027-01-01"));
    let ask = |value: u32, days: u64| {
        let from = "2026-01-01".parse::<NaiveDate>().unwrap();
        let whole = Period::new(from, from + chrono::Days::new(days), UTC).unwrap();
        let buckets = whole.buckets(crate::metrics::period::Grain::Day, entity::kinds::WeekStart::Monday, 1).unwrap();
        let touches = touches(&[(0, "2026-01-01", value)]);
        let breakdown = Breakdown { touches: &touches, at: ValueAt::FirstStep };
        cohort(&FunnelFacts::default(), &query, &Buckets::new(&buckets).unwrap(), Some(breakdown)).map(|answers| answers.len())
    };
    assert_eq!(ask(998, 100), Ok(100));
    assert_eq!(ask(999, 100), Err(FunnelError::TooManyCells));
    assert_eq!(ask(u32::MAX, 1), Err(FunnelError::TooManyCells));
}

/// Answers of the cohort, split in any way.
fn answers(facts: &FunnelFacts, split: &Split) -> Vec<Answer<CohortFunnel>> {
    let query = CohortQuery::new(steps(&[LEAD, MQL, CLOSE]), Order::ReachedOrPassed, at("2027-01-01"));
    split
        .answers(|touches| cohort(facts, &query, &january(), touches.map(|touches| Breakdown { touches, at: ValueAt::FirstStep })))
        .unwrap()
}

#[test]
fn who_is_in_several_sets_counts_in_each_and_once_in_the_whole() {
    let facts = facts(EVENTS);
    let sets = Split::Sets(Sets::new(vec![vec![0, 1], vec![], vec![0]]).unwrap());
    let answer = answers(&facts, &sets).remove(0);
    assert_eq!(groups(&answer), [(Some(0), vec![2, 2, 1]), (Some(2), vec![1, 1, 1]), (None, vec![1, 0, 0])]);
    assert_eq!((entered(&answer.whole), answer.missing), (vec![3, 2, 1], 1));
    assert_eq!(answer.whole, answers(&facts, &Split::Whole).remove(0).whole);
    let moment = at("2026-01-02");
    assert_eq!([0, 1, 2].map(|subject| sets.groups(subject, moment)), [vec![0, 2], vec![0], vec![]]);
}

#[test]
fn the_rows_of_a_group_are_found_by_what_counted_it() {
    let facts = facts(EVENTS);
    let query = CohortQuery::new(steps(&[LEAD, MQL, CLOSE]), Order::ReachedOrPassed, at("2027-01-01"));
    let latest = Split::Latest(touches(&[(0, "2026-01-01", 5), (1, "2026-01-01", 3), (2, "2026-01-03", 5)]));
    let sets = Split::Sets(Sets::new(vec![vec![0, 1], vec![0]]).unwrap());
    for split in [latest, sets] {
        let answer = answers(&facts, &split).remove(0);
        let rows = |group: Option<Option<u32>>| {
            let (touches, wanted) = split.narrowed(group);
            let breakdown = touches.map(|touches| Breakdown { touches, at: ValueAt::FirstStep });
            let mut found = 0;
            cohort_rows(&facts, &query, &january(), breakdown, |row| found += u64::from(wanted.is_none_or(|wanted| wanted == row.value)))
                .unwrap();
            found
        };
        assert_eq!(rows(None), 3);
        for group in &answer.groups {
            assert_eq!(rows(Some(group.value)), group.funnel.steps[0].entered, "{:?}", group.value);
        }
    }
}
