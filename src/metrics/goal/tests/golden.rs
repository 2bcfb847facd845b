//! The worked example G12 of `metrics.md`.

use super::*;

const END_OF_15_MAY: &str = "2026-05-15";

fn closes() -> Goal {
    goal("120", Direction::HigherIsBetter, Measure::Cumulative)
}

fn quarter() -> Period {
    period("2026-04-01", "2026-07-01")
}

#[test]
fn g12_linear_days() {
    let elapsed = Curve::linear_days(quarter()).at_end_of(date(END_OF_15_MAY));
    assert_eq!((elapsed.days, elapsed.total, elapsed.days_left()), (45, 91, 46));
    let progress = progress(&closes(), "54", elapsed);
    assert_eq!((told(progress.attainment), progress.met), ("0.4500".into(), Some(false)));
    assert_eq!(course(&progress), ["59.34", "0.9100", "109.20", "1.4348"]);
}

#[test]
fn g12_business_days() {
    let elapsed = Curve::business_days(quarter(), is_weekday).unwrap().at_end_of(date(END_OF_15_MAY));
    assert_eq!((elapsed.days, elapsed.total), (33, 65));
    let progress = progress(&closes(), "54", elapsed);
    assert_eq!(course(&progress), ["60.92", "0.8864", "106.36", "2.0625"], "54 ÷ 33/65, and 66 in 32 days");
}

#[test]
fn g12_seasonal() {
    let curve = Curve::seasonal_months(quarter(), &[2_000, 3_000, 5_000]).unwrap();
    let progress = progress(&closes(), "54", curve.at_end_of(date(END_OF_15_MAY)));
    assert_eq!(course(&progress), ["41.42", "1.3037", "156.45", "1.4348"]);
}

#[test]
fn g12_lower_is_better() {
    let goal = goal("2500.00", Direction::LowerIsBetter, Measure::Ratio);
    let progress = progress(&goal, "2850.00", Curve::linear_days(quarter()).at_end_of(date(END_OF_15_MAY)));
    assert_eq!((told(progress.attainment), progress.met), ("0.8772".into(), Some(false)));
    assert_eq!(course(&progress), ["2500.00", "0.8772", "2850.00", "none"], "what a close costs is not prorated");
    assert_eq!((progress.attainment.numerator, progress.attainment.denominator), (number("2500"), number("2850")));
}
