use super::*;
use crate::metrics::sla::Fraction;

const HIGHER: Direction = Direction::HigherIsBetter;
const LOWER: Direction = Direction::LowerIsBetter;

/// Ten days, of which so many are over.
fn over(days: i64) -> Elapsed {
    Elapsed { share: Fraction::new(days.into(), 10), days, total: 10 }
}

fn of(direction: Direction, measure: Measure, actual: &str, days: i64) -> (String, Option<bool>, [String; 4]) {
    let progress = progress(&goal("120", direction, measure), actual, over(days));
    (told(progress.attainment), progress.met, course(&progress))
}

fn case(attainment: &str, met: bool, course: [&str; 4]) -> (String, Option<bool>, [String; 4]) {
    (attainment.into(), Some(met), course.map(String::from))
}

#[test]
fn more_of_a_total_is_better() {
    for (actual, days, expected) in [
        ("0", 0, case("0.0000", false, ["0.00", "Immature", "Immature", "12.0000"])),
        ("6", 0, case("0.0500", false, ["0.00", "Immature", "Immature", "11.4000"])),
        ("0", 5, case("0.0000", false, ["60.00", "0.0000", "0.00", "24.0000"])),
        ("66", 5, case("0.5500", false, ["60.00", "1.1000", "132.00", "10.8000"])),
        ("120", 5, case("1.0000", true, ["60.00", "2.0000", "240.00", "0.0000"])),
        ("150", 5, case("1.2500", true, ["60.00", "2.5000", "300.00", "0.0000"])),
        ("-12", 5, case("-0.1000", false, ["60.00", "-0.2000", "-24.00", "26.4000"])),
        ("111", 9, case("0.9250", false, ["108.00", "1.0278", "123.33", "9.0000"])),
        ("111", 10, case("0.9250", false, ["120.00", "0.9250", "111.00", "ZeroDenominator"])),
        ("130", 10, case("1.0833", true, ["120.00", "1.0833", "130.00", "ZeroDenominator"])),
    ] {
        assert_eq!(of(HIGHER, Measure::Cumulative, actual, days), expected, "{actual} after {days} days");
    }
}

#[test]
fn less_of_a_total_is_better() {
    for (actual, days, expected) in [
        ("0", 0, case("ZeroDenominator", true, ["0.00", "Immature", "Immature", "12.0000"])),
        ("5", 0, case("24.0000", true, ["0.00", "Immature", "Immature", "11.5000"])),
        ("0", 5, case("ZeroDenominator", true, ["60.00", "ZeroDenominator", "0.00", "24.0000"])),
        ("-5", 5, case("ZeroDenominator", true, ["60.00", "ZeroDenominator", "-10.00", "25.0000"])),
        ("48", 5, case("2.5000", true, ["60.00", "1.2500", "96.00", "14.4000"])),
        ("75", 5, case("1.6000", true, ["60.00", "0.8000", "150.00", "9.0000"])),
        ("125", 5, case("0.9600", false, ["60.00", "0.4800", "250.00", "0.0000"])),
        ("120", 10, case("1.0000", true, ["120.00", "1.0000", "120.00", "ZeroDenominator"])),
    ] {
        assert_eq!(of(LOWER, Measure::Cumulative, actual, days), expected, "{actual} after {days} days");
    }
}

#[test]
fn a_ratio_is_not_prorated() {
    for days in [0, 5, 10] {
        let told = |direction, actual| of(direction, Measure::Ratio, actual, days);
        assert_eq!(told(HIGHER, "150"), case("1.2500", true, ["120.00", "1.2500", "150.00", "none"]));
        assert_eq!(told(LOWER, "150"), case("0.8000", false, ["120.00", "0.8000", "150.00", "none"]));
        assert_eq!(told(HIGHER, "0"), case("0.0000", false, ["120.00", "0.0000", "0.00", "none"]));
        assert_eq!(told(LOWER, "0"), case("ZeroDenominator", true, ["120.00", "ZeroDenominator", "0.00", "none"]));
    }
}

#[test]
fn an_actual_without_a_value_says_why_everywhere() {
    for (direction, measure) in
        [(HIGHER, Measure::Cumulative), (LOWER, Measure::Cumulative), (HIGHER, Measure::Ratio), (LOWER, Measure::Ratio)]
    {
        let progress = goal("120", direction, measure).progress(Err(NullReason::ZeroCloses), over(5)).unwrap();
        let needed = progress.needed_per_day.map(told);
        assert_eq!([progress.attainment, progress.pace, progress.projected].map(told), ["ZeroCloses"; 3].map(String::from));
        assert_eq!((progress.met, needed.as_deref()), (None, (measure == Measure::Cumulative).then_some("ZeroCloses")));
        assert_eq!(progress.expected, number(if measure == Measure::Ratio { "120" } else { "60" }));
    }
}

#[test]
fn an_actual_that_is_a_quotient_is_rounded_once() {
    // 6 300.00 for 1.7334 closes: 3 634.475… each. The terms are shown rounded, the ratio is not computed from them.
    let cost_per_close = Fraction::new(63_000_000, 17_334);
    let progress = goal("0.125", LOWER, Measure::Ratio).progress(Ok(cost_per_close), over(5)).unwrap();
    assert_eq!((told(progress.projected), progress.expected.to_string()), ("3634.476".into(), "0.125".into()));
    let third = Goal { places: 0, ..goal("1", HIGHER, Measure::Ratio) }.progress(Ok(Fraction::new(2, 3)), over(5)).unwrap();
    assert_eq!((told(third.attainment), third.attainment.numerator), ("0.6667".into(), Decimal::ONE));
}

#[test]
fn halves_are_rounded_to_even() {
    let attainment = |actual| told(progress(&goal("100000", HIGHER, Measure::Ratio), actual, over(5)).attainment);
    assert_eq!(["45005", "45015", "-45005"].map(attainment), ["0.4500", "0.4502", "-0.4500"]);
}

#[test]
fn no_business_day_may_be_left_before_the_end() {
    // The month ends with a Sunday.
    let curve = Curve::business_days(period("2026-05-01", "2026-06-01"), is_weekday).unwrap();
    let progress = progress(&goal("42", HIGHER, Measure::Cumulative), "40", curve.at_end_of(date("2026-05-30")));
    assert_eq!(course(&progress), ["42.00", "0.9524", "40.00", "ZeroDenominator"]);
}

#[test]
fn what_nothing_is_expected_of_has_no_pace() {
    let curve = Curve::seasonal_months(period("2026-07-01", "2026-09-01"), &[0, 10_000]).unwrap();
    let progress = progress(&goal("31", HIGHER, Measure::Cumulative), "5", curve.at_end_of(date("2026-07-31")));
    assert_eq!(course(&progress), ["0.00", "Immature", "Immature", "0.8387"]);
}

#[test]
fn terms_are_told() {
    let progress = progress(&goal("120", HIGHER, Measure::Cumulative), "54", over(3));
    let terms = [Some(progress.attainment), Some(progress.pace), Some(progress.projected), progress.needed_per_day].map(|ratio| {
        let ratio = ratio.unwrap();
        format!("{} {}", ratio.numerator, ratio.denominator)
    });
    assert_eq!(terms, ["54.00 120.00", "54.00 36.00", "54.00 0.3000", "66.00 7"]);
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let goal = goal("0.0000000000000000000000000001", HIGHER, Measure::Cumulative);
    assert!(goal.progress(Ok(exact(Decimal::MAX)), over(5)).is_err());
    assert!(goal.progress(Ok(Fraction::new(i128::MAX, 3)), over(5)).is_err());
}
