//! Ledger against evidence, and money spent for nothing.

use InsightSeverity::{Critical, Warning};
use entity::kinds::InsightKind;

use super::*;
use crate::metrics::by_resource::ByResource;
use crate::metrics::credit_gap::Gap;
use crate::metrics::investment::Stand;
use crate::metrics::ratio::NullReason;

/// Gaps in basis points, of so many closes.
fn gap(bp: [i64; 3], closes: u64) -> Vec<Finding> {
    let gaps = ByResource::from_array(bp).map(|bp| Gap { ledger_bp: bp.max(0), evidence_bp: (-bp).max(0) });
    credit_gap(gaps, closes, &CreditGapThresholds::default())
}

fn told(findings: &[Finding]) -> Vec<(Subject, InsightSeverity, String)> {
    findings.iter().map(|finding| (finding.subject, finding.severity, finding.addressed_to.to_string())).collect()
}

fn line(resource: Resource, severity: InsightSeverity, to: &str) -> (Subject, InsightSeverity, String) {
    (Subject::Resource(resource), severity, to.to_owned())
}

#[test]
fn g16_who_holds_too_much_is_told_of_all_gaps() {
    let found = gap([6_667, -5_000, -1_667], 10);
    let expected =
        [line(Resource::Sales, Critical, "SALES"), line(Resource::Marketing, Critical, "SALES"), line(Resource::Product, Warning, "SALES")];
    assert_eq!(told(&found), expected);
    assert_eq!(shown(&found[0]), ["66.67", "25.00", "none"].map(String::from));
    assert_eq!(shown(&found[2]), ["-16.67", "-10.00", "none"].map(String::from));
    assert_eq!((found[0].kind, found[0].figures.count), (InsightKind::CreditGap, 10));
}

#[test]
fn gaps_begin_to_matter_at_ten_points_either_way() {
    for (bp, expected) in [(999, None), (1_000, Some(Warning)), (2_499, Some(Warning)), (2_500, Some(Critical))] {
        let found = gap([bp, -bp, 0], 10);
        assert_eq!(severities(&found), [expected; 2].into_iter().flatten().collect::<Vec<_>>(), "{bp}");
    }
}

#[test]
fn a_handful_of_closes_says_nothing() {
    assert_eq!(gap([10_000, -10_000, 0], 9), []);
    assert_eq!(gap([10_000, -10_000, 0], 10).len(), 2);
}

#[test]
fn of_two_that_hold_too_much_the_one_that_holds_most_gives_back() {
    // Each that holds too much is told of itself.
    let found = gap([1_000, -2_200, 1_200], 50);
    let expected = [
        line(Resource::Sales, Warning, "SALES"),
        line(Resource::Marketing, Warning, "PRODUCT"),
        line(Resource::Product, Warning, "PRODUCT"),
    ];
    assert_eq!(told(&found), expected);
    let equal = gap([1_100, -2_200, 1_100], 50);
    assert_eq!(told(&equal)[1], line(Resource::Marketing, Warning, "SALES"));
}

#[test]
fn where_no_resource_holds_too_much_nobody_in_particular_is_told() {
    // The rest of the ledger belongs to none of the three.
    assert_eq!(told(&gap([-1_500, 0, 0], 50)), [line(Resource::Sales, Warning, "")]);
}

fn stand(cost_minor: i64, credit_bp: i64) -> Stand {
    Stand { cost_minor, no_cost: None, credit_bp }
}

/// What Product is told, and how bad it is.
fn product(now: Stand, before: Option<Stand>) -> Option<Finding> {
    let closing = Some(Spell { now: stand(5, 10_000), before: None });
    let found = zero_closes(ByResource { sales: closing, marketing: None, product: Some(Spell { now, before }) });
    assert!(found.iter().all(|finding| finding.subject == Subject::Resource(Resource::Product)));
    found.first().copied()
}

#[test]
fn whoever_spends_and_closes_nothing_is_told() {
    for (now, before, expected) in [
        (stand(900, 0), None, Some(Warning)),
        (stand(900, 0), Some(stand(900, 5_000)), Some(Warning)),
        (stand(900, 0), Some(stand(900, 0)), Some(Critical)),
        // It spent nothing before, so it has only just begun.
        (stand(900, 0), Some(stand(0, 0)), Some(Warning)),
        // A share of a close is one, however small.
        (stand(900, 1), Some(stand(900, 0)), None),
        // More was refunded than won.
        (stand(900, -5_000), None, Some(Warning)),
        (stand(0, 0), Some(stand(900, 0)), None),
    ] {
        assert_eq!(product(now, before).map(|finding| finding.severity), expected, "{now:?} {before:?}");
    }
}

#[test]
fn what_was_spent_and_closed_is_shown() {
    let again = product(stand(90_000, 0), Some(stand(50_000, 0))).unwrap();
    assert_eq!((again.kind, again.figures.cost_minor, again.figures.count), (InsightKind::ZeroCloses, Some(90_000), 2));
    assert_eq!(again.addressed_to, set(&[Resource::Product]));
    let first = product(stand(90_000, 0), Some(stand(50_000, 12_500))).unwrap();
    assert_eq!((shown(&first), first.figures.count), (["0.0000", "0", "1.2500"].map(String::from), 1));
}

#[test]
fn cost_nobody_knows_accuses_nobody_but_cost_without_a_rate_was_spent() {
    let unknown = |reason| Stand { no_cost: Some(reason), ..stand(0, 0) };
    assert_eq!(product(unknown(NullReason::NoCostData), None), None);
    let unpriced = product(unknown(NullReason::NoFxRate), Some(unknown(NullReason::NoCostData))).unwrap();
    assert_eq!((unpriced.severity, unpriced.figures.cost_minor), (Warning, None));
}

#[test]
fn the_worst_of_the_resources_comes_first() {
    let spell = |before| Some(Spell { now: stand(9, 0), before });
    let found = zero_closes(ByResource { sales: spell(None), marketing: spell(Some(stand(9, 0))), product: spell(None) });
    let subjects: Vec<_> = found.iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, [Resource::Marketing, Resource::Sales, Resource::Product].map(Subject::Resource));
}
