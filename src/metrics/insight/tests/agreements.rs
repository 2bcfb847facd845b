//! Reasons to reject, and clocks breached in a row.

use InsightSeverity::{Critical, Warning};
use entity::kinds::{InsightKind, RejectReason};
use entity::time::Timestamp;

use super::*;
use crate::metrics::sla::clock::State;

/// Rejected of those offered, now and before.
fn rejecting(now: (u64, u64), before: (u64, u64)) -> Rejecting {
    let [now, before] = [now, before].map(|(rejected, offered)| Offered { offered, rejected });
    Rejecting { agreement: id(1), from: Resource::Marketing, reason: RejectReason::NoIntent, now, before }
}

fn drift(now: (u64, u64), before: (u64, u64)) -> Vec<Finding> {
    reject_reason_drift(&[rejecting(now, before)], &RejectReasonThresholds::default())
}

#[test]
fn a_reason_drifts_from_fifteen_points_on() {
    for (now, before, expected) in [
        ((20, 100), (5, 100), &[Warning][..]),
        ((19, 100), (5, 100), &[]),
        ((35, 100), (5, 100), &[Critical]),
        ((34, 100), (5, 100), &[Warning]),
        // 14.9999… points are not fifteen, though they are shown as such.
        ((149_999, 1_000_000), (0, 10), &[]),
        ((150_000, 1_000_000), (0, 10), &[Warning]),
        // It has fallen, or stays.
        ((5, 100), (20, 100), &[]),
        ((40, 100), (20, 50), &[]),
    ] {
        assert_eq!(severities(&drift(now, before)), expected, "{now:?} {before:?}");
    }
}

#[test]
fn a_few_handoffs_are_no_drift() {
    for (now, before, expected) in
        [((3, 10), (0, 10), 1), ((2, 10), (0, 10), 0), ((3, 9), (0, 10), 0), ((3, 10), (0, 9), 0), ((3, 10), (0, 0), 0)]
    {
        assert_eq!(drift(now, before).len(), expected, "{now:?} {before:?}");
    }
}

#[test]
fn it_is_told_to_who_offers_with_the_shares_of_both_periods() {
    let found = drift((6, 18), (3, 24));
    assert_eq!(found[0].subject, Subject::RejectReason { agreement: id(1), reason: RejectReason::NoIntent });
    assert_eq!(
        (found[0].kind, found[0].addressed_to, found[0].figures.count),
        (InsightKind::RejectReasonDrift, set(&[Resource::Marketing]), 6)
    );
    assert_eq!(shown(&found[0]), ["33.33", "27.50", "12.50"].map(String::from));
}

#[test]
fn a_reason_does_not_drift_because_another_one_was_cured() {
    // 5 of 20 rejected are 5 of 5 now: of those offered it is what it was.
    assert_eq!(drift((5, 100), (5, 100)), []);
}

#[test]
fn what_has_not_risen_does_not_drift_even_where_no_rise_is_asked_for() {
    let thresholds = RejectReasonThresholds { warning_bp: 0, ..RejectReasonThresholds::default() };
    let of = |now| reject_reason_drift(&[rejecting(now, (5, 50))], &thresholds).len();
    assert_eq!([of((10, 100)), of((11, 100))], [0, 1]);
}

fn clock(due: i64, state: State) -> DueClock {
    DueClock { due_at: Some(Timestamp::from_micros(due)), state }
}

/// Clocks in order of their due time: met, late, overdue, running, paused or cancelled.
fn side(states: &str) -> SideClocks {
    let state = |letter| match letter {
        'm' => State::Met,
        'l' => State::Late,
        'o' => State::Overdue,
        'r' => State::Running,
        'p' => State::Paused,
        _ => State::Cancelled,
    };
    let clocks = states.chars().zip(1..).map(|(letter, due)| clock(due, state(letter))).collect();
    SideClocks { agreement: id(1), resource: Resource::Sales, clocks }
}

fn runs(sides: &[SideClocks]) -> Vec<Finding> {
    breach_run(sides, &BreachRunThresholds::default())
}

#[test]
fn a_run_counts_back_to_the_last_clock_that_was_met() {
    for (states, expected) in [
        ("", None),
        ("ll", None),
        ("lll", Some((Warning, "3"))),
        ("llllm", None),
        ("mlll", Some((Warning, "3"))),
        ("lllmll", None),
        ("olol", Some((Warning, "4"))),
        ("lllll", Some((Critical, "5"))),
        ("mmooooooo", Some((Critical, "7"))),
        // What is not decided neither counts nor ends it.
        ("lclrlp", Some((Warning, "3"))),
        ("lclrp", None),
        ("mclllc", Some((Warning, "3"))),
    ] {
        let found = runs(&[side(states)]);
        let told = found.first().map(|finding| (finding.severity, shown(finding)[0].clone()));
        assert_eq!(told, expected.map(|(severity, run)| (severity, run.to_owned())), "{states}");
    }
}

#[test]
fn of_clocks_due_at_once_the_met_one_is_the_last() {
    let at_once = |states: [State; 4]| SideClocks { clocks: states.map(|state| clock(3, state)).to_vec(), ..side("") };
    assert_eq!(runs(&[at_once([State::Late, State::Met, State::Late, State::Overdue])]), []);
    assert_eq!(severities(&runs(&[at_once([State::Late, State::Running, State::Late, State::Overdue])])), [Warning]);
}

#[test]
fn what_was_met_before_it_could_fall_due_ends_a_run() {
    let mut late = side("llll");
    late.clocks.push(DueClock { due_at: None, state: State::Met });
    assert_eq!(runs(&[late]), []);
}

#[test]
fn it_is_told_to_who_owes() {
    let found = runs(&[side("mmlll")]);
    assert_eq!((found[0].kind, found[0].addressed_to), (InsightKind::SlaBreachRun, set(&[Resource::Sales])));
    assert_eq!(found[0].subject, Subject::Side { agreement: id(1), resource: Resource::Sales });
    assert_eq!((shown(&found[0]), found[0].figures.count), (["3", "3", "none"].map(String::from), 5));
}

#[test]
fn both_sides_of_an_agreement_are_judged_apart() {
    let other = SideClocks { resource: Resource::Marketing, ..side("lllll") };
    let found = runs(&[side("lll"), other, SideClocks { agreement: id(2), ..side("m") }]);
    let told: Vec<_> = found.iter().map(|finding| (finding.addressed_to.to_string(), finding.severity)).collect();
    assert_eq!(told, [("MARKETING".to_owned(), Critical), ("SALES".to_owned(), Warning)]);
}
