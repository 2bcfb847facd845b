//! Goals that are behind or were missed.

use InsightSeverity::{Critical, Warning};
use entity::kinds::InsightKind;
use rust_decimal::Decimal;

use super::*;
use crate::metrics::goal::{Direction, Elapsed, Goal, Measure, Target, exact};
use crate::metrics::ratio::NullReason;
use crate::metrics::sla::Fraction;

const HIGHER: Direction = Direction::HigherIsBetter;
const LOWER: Direction = Direction::LowerIsBetter;

/// A goal of 100 after so many of 100 days.
fn goal(direction: Direction, measure: Measure, actual: Result<Fraction, NullReason>, days: i64) -> GoalStand {
    let goal = Goal { target: Target::new(Decimal::ONE_HUNDRED).unwrap(), direction, measure, places: 0 };
    let elapsed = Elapsed { share: Fraction::new(days.into(), 100), days, total: 100 };
    let owners = set(&[Resource::Marketing, Resource::Sales]);
    GoalStand { goal: id(1), owners, progress: goal.progress(actual, elapsed).unwrap(), ended: days == 100 }
}

fn actual(number: &str) -> Result<Fraction, NullReason> {
    Ok(exact(number.parse().unwrap()))
}

fn found(stand: GoalStand) -> Vec<Finding> {
    off_pace(&[stand], &PaceThresholds::default())
}

#[test]
fn a_goal_is_off_pace_below_nine_tenths_and_badly_below_three_quarters() {
    for (is, expected) in
        [("45", &[][..]), ("44.9", &[Warning]), ("37.5", &[Warning]), ("37.4", &[Critical]), ("0", &[Critical]), ("-5", &[Critical])]
    {
        assert_eq!(severities(&found(goal(HIGHER, Measure::Cumulative, actual(is), 50))), expected, "{is} of 50");
    }
}

#[test]
fn g12_business_days_put_off_pace_what_calendar_days_do_not() {
    let goal = Goal { target: Target::new(Decimal::from(120)).unwrap(), direction: HIGHER, measure: Measure::Cumulative, places: 0 };
    let after = |days, total| {
        let elapsed = Elapsed { share: Fraction::new(i128::from(days), i128::from(total)), days, total };
        let progress = goal.progress(actual("54"), elapsed).unwrap();
        found(GoalStand { goal: id(1), owners: set(&[Resource::Sales]), progress, ended: false })
    };
    assert_eq!(after(45, 91), []);
    let behind = after(33, 65);
    assert_eq!((severities(&behind), shown(&behind[0])), (vec![Warning], ["0.8864", "0.9000", "none"].map(String::from)));
    assert_eq!((behind[0].kind, behind[0].subject, behind[0].figures.count), (InsightKind::GoalOffPace, Subject::Goal(id(1)), 33));
}

#[test]
fn a_goal_that_has_just_begun_is_not_off_pace() {
    assert_eq!(found(goal(HIGHER, Measure::Cumulative, actual("0"), 0)), []);
    assert_eq!(found(goal(HIGHER, Measure::Cumulative, actual("0"), 9)), []);
    assert_eq!(severities(&found(goal(HIGHER, Measure::Cumulative, actual("0"), 10))), [Critical]);
    assert_eq!(found(goal(HIGHER, Measure::Ratio, actual("10"), 9)), []);
}

#[test]
fn a_goal_that_allows_only_so_much_is_off_pace_when_it_is_used_up_too_fast() {
    for (is, expected) in [("55.5", &[][..]), ("56", &[Warning]), ("67", &[Critical]), ("0", &[])] {
        assert_eq!(severities(&found(goal(LOWER, Measure::Cumulative, actual(is), 50))), expected, "{is} of 50");
    }
}

#[test]
fn a_ratio_is_judged_by_its_attainment() {
    for (is, expected) in [("90", &[][..]), ("89", &[Warning]), ("74", &[Critical])] {
        assert_eq!(severities(&found(goal(HIGHER, Measure::Ratio, actual(is), 10))), expected, "{is}");
    }
    // 100 ÷ 130 is 0.7692.
    assert_eq!(severities(&found(goal(LOWER, Measure::Ratio, actual("130"), 10))), [Warning]);
}

#[test]
fn after_the_end_a_goal_is_met_or_missed() {
    for (direction, is, expected) in [
        (HIGHER, "100", None),
        (HIGHER, "99", Some("0.9900")),
        // Missed by so little that it does not show.
        (HIGHER, "99.9999999", Some("1.0000")),
        (HIGHER, "20", Some("0.2000")),
        (LOWER, "100", None),
        (LOWER, "0", None),
        (LOWER, "125", Some("0.8000")),
    ] {
        let missed = found(goal(direction, Measure::Cumulative, actual(is), 100));
        let told = missed.first().map(|finding| (finding.severity, shown(finding)));
        assert_eq!(told, expected.map(|is| (Critical, [is, "1.0000", "none"].map(String::from))), "{direction:?} {is}");
    }
}

#[test]
fn a_goal_is_not_missed_before_its_last_day_is_over() {
    // The last business day is over, and a Sunday is left.
    let left = GoalStand { ended: false, ..goal(HIGHER, Measure::Cumulative, actual("95"), 100) };
    assert_eq!(found(left), []);
    assert_eq!(severities(&found(GoalStand { ended: true, ..left })), [Critical]);
}

#[test]
fn a_goal_without_an_actual_is_not_judged() {
    for days in [50, 100] {
        assert_eq!(found(goal(HIGHER, Measure::Ratio, Err(NullReason::ZeroCloses), days)), []);
    }
}

#[test]
fn all_owners_are_told_and_the_worst_comes_first() {
    let numbered = |number, is| GoalStand { goal: id(number), ..goal(HIGHER, Measure::Cumulative, actual(is), 50) };
    let findings = off_pace(&[numbered(3, "40"), numbered(2, "40"), numbered(9, "10"), numbered(1, "50")], &PaceThresholds::default());
    let told: Vec<_> = findings.iter().map(|finding| (finding.subject, finding.severity)).collect();
    let subject = |number| Subject::Goal(id(number));
    assert_eq!(told, [(subject(9), Critical), (subject(2), Warning), (subject(3), Warning)]);
    assert_eq!(findings[0].addressed_to, set(&[Resource::Sales, Resource::Marketing]));
}
