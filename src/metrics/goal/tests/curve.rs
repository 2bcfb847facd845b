use entity::business_hours::{Hours, SpecialDay, SpecialDays, WeekHours};

use super::*;
use crate::metrics::period::PeriodError;
use crate::metrics::sla::{Calendar, Fraction};

fn share(elapsed: Elapsed) -> (i128, i128) {
    (elapsed.share.numerator(), elapsed.share.denominator())
}

#[test]
fn a_day_counts_once_it_is_over_where_the_period_is() {
    // Of three days in New York, the second has 23 hours.
    let curve = Curve::linear_days(period_in("2026-03-07", "2026-03-10", Tz::America__New_York));
    for (instant, expected) in [
        ("2026-03-01T00:00:00Z", (0, 1)),
        ("2026-03-07T05:00:00Z", (0, 1)),
        ("2026-03-08T04:59:59.999999Z", (0, 1)),
        ("2026-03-08T05:00:00Z", (1, 3)),
        ("2026-03-09T03:59:59.999999Z", (1, 3)),
        ("2026-03-09T04:00:00Z", (2, 3)),
        ("2026-03-10T03:59:59.999999Z", (2, 3)),
        ("2026-03-10T04:00:00Z", (1, 1)),
        ("2026-04-10T04:00:00Z", (1, 1)),
    ] {
        assert_eq!(share(curve.at(at(instant))), expected, "{instant}");
    }
    assert_eq!([Timestamp::MIN, Timestamp::MAX].map(|end| share(curve.at(end))), [(0, 1), (1, 1)]);
    // When the clocks go back, the day has 25 hours.
    let curve = Curve::linear_days(period_in("2026-11-01", "2026-11-03", Tz::America__New_York));
    assert_eq!(["2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"].map(|instant| share(curve.at(at(instant)))), [(0, 1), (1, 2)]);
}

#[test]
fn the_end_of_a_day_is_the_beginning_of_the_next() {
    let quarter = period("2026-04-01", "2026-07-01");
    let curve = Curve::seasonal_months(quarter, &[2_000, 3_000, 5_000]).unwrap();
    // Lisbon is an hour ahead in summer.
    assert_eq!(curve.at_end_of(date("2026-05-15")), curve.at(at("2026-05-15T23:00:00Z")));
    assert_eq!(curve.at_end_of(date("2026-05-14")), curve.at(at("2026-05-15T22:59:59Z")));
    assert_eq!(curve.at_end_of(date("2026-03-30")).days, 0);
    assert_eq!(curve.at_end_of(date("2026-03-31")).days, 0);
    assert_eq!(curve.at_end_of(date("2026-06-30")).days, 91);
    assert_eq!(curve.at_end_of(NaiveDate::MAX).days, 91);
    assert_eq!(curve.period(), &quarter);
}

#[test]
fn a_leap_day_is_a_day() {
    let share_of = |from, to, day| share(Curve::linear_days(period(from, to)).at_end_of(date(day)));
    assert_eq!(share_of("2028-02-01", "2028-03-01", "2028-02-28"), (28, 29));
    assert_eq!(share_of("2028-01-01", "2029-01-01", "2028-02-29"), (10, 61), "60 of 366");
    let curve = Curve::seasonal_months(period("2028-02-01", "2028-04-01"), &[2_900, 7_100]).unwrap();
    assert_eq!(share(curve.at_end_of(date("2028-02-28"))), (7, 25));
    assert_eq!(share(curve.at_end_of(date("2028-02-29"))), (29, 100));
}

#[test]
fn a_period_of_one_day_elapses_at_once() {
    let day = period("2026-04-01", "2026-04-02");
    for curve in [Curve::linear_days(day), Curve::business_days(day, is_weekday).unwrap(), Curve::seasonal_months(day, &[10_000]).unwrap()]
    {
        assert_eq!((share(curve.at(at("2026-04-01T12:00:00Z"))), curve.at(at("2026-04-01T12:00:00Z")).days_left()), ((0, 1), 1));
        assert_eq!((share(curve.at_end_of(date("2026-04-01"))), curve.at_end_of(date("2026-04-01")).days_left()), ((1, 1), 0));
    }
}

#[test]
fn business_days_are_those_with_work() {
    // Monday to Friday, but for Good Friday, and with a Saturday of half a day.
    let week = |day: usize| if day < 5 { vec![Hours::WHOLE_DAY] } else { Vec::new() };
    let special = [("2026-04-03", ""), ("2026-04-11", "09:00-12:00")].map(|(day, hours)| SpecialDay {
        day: date(day),
        name: "Special".into(),
        hours: hours.split_whitespace().map(|hours| hours.parse().unwrap()).collect(),
    });
    let week = WeekHours::new(std::array::from_fn(week)).unwrap();
    let calendar = Calendar::new(LISBON, week, SpecialDays::new(special.into()).unwrap());
    let works = |day: &NaiveDate| calendar.end_of_work(*day).is_some();
    let curve = Curve::business_days(period("2026-04-01", "2026-04-13"), works).unwrap();
    for (day, expected) in
        [("2026-04-01", 1), ("2026-04-02", 2), ("2026-04-06", 3), ("2026-04-10", 7), ("2026-04-11", 8), ("2026-04-12", 8)]
    {
        let elapsed = curve.at_end_of(date(day));
        assert_eq!((elapsed.days, elapsed.total), (expected, 8), "{day}");
    }
    assert_eq!(Curve::business_days(period("2026-04-03", "2026-04-06"), works), Err(CurveError::NoBusinessDay));
}

#[test]
fn business_days_of_ages_are_refused() {
    assert_eq!(Curve::business_days(period("2026-01-01", "2036-01-03"), is_weekday), Err(CurveError::TooLong));
    assert!(Curve::business_days(period("2026-01-01", "2036-01-02"), is_weekday).is_ok());
}

#[test]
fn weights_are_those_of_the_parts() {
    let quarter = period("2026-04-01", "2026-07-01");
    for (weights, expected) in [
        (&[2_000, 3_000, 4_999][..], CurveError::NotWhole { sum_bp: 9_999 }),
        (&[2_000, 3_000, 5_001], CurveError::NotWhole { sum_bp: 10_001 }),
        (&[0, 0, 0], CurveError::NotWhole { sum_bp: 0 }),
        (&[i64::MAX, i64::MAX, 2], CurveError::NotWhole { sum_bp: 2 * i128::from(i64::MAX) + 2 }),
        (&[6_000, -1_000, 5_000], CurveError::Negative { part: 2, bp: -1_000 }),
        (&[5_000, 5_000], CurveError::WrongNumber { parts: 3, weights: 2 }),
        (&[2_500; 4], CurveError::WrongNumber { parts: 3, weights: 4 }),
        (&[], CurveError::WrongNumber { parts: 3, weights: 0 }),
    ] {
        assert_eq!(Curve::seasonal_months(quarter, weights), Err(expected), "{weights:?}");
    }
    let ages = period("1900-01-01", "2000-01-01");
    assert_eq!(Curve::seasonal_months(ages, &[10_000]), Err(CurveError::Period(PeriodError::TooManyBuckets)));
}

#[test]
fn parts_follow_each_other_through_the_period() {
    let quarter = period("2026-04-01", "2026-07-01");
    let seasonal = |parts: &[Period]| Curve::seasonal(quarter, parts, &[4_000, 6_000]);
    let halves = [period("2026-04-01", "2026-05-11"), period("2026-05-11", "2026-07-01")];
    let curve = seasonal(&halves).unwrap();
    assert_eq!(share(curve.at_end_of(date("2026-05-10"))), (2, 5));
    assert_eq!(share(curve.at_end_of(date("2026-04-01"))), (1, 100), "a fortieth of 40 %");
    assert_eq!(curve.at_end_of(date("2026-05-11")).share, Fraction::new(2, 5) + Fraction::new(3, 5 * 51));
    for (from, middle, next, to) in [
        ("2026-04-02", "2026-05-11", "2026-05-11", "2026-07-01"),
        ("2026-04-01", "2026-05-11", "2026-05-12", "2026-07-01"),
        ("2026-04-01", "2026-05-11", "2026-05-10", "2026-07-01"),
        ("2026-04-01", "2026-05-11", "2026-05-11", "2026-06-30"),
        ("2026-04-01", "2026-05-11", "2026-05-11", "2026-07-02"),
    ] {
        assert_eq!(seasonal(&[period(from, middle), period(next, to)]), Err(CurveError::NotTiled), "{from} {middle} {next} {to}");
    }
    assert_eq!(seasonal(&[]), Err(CurveError::NotTiled));
    let elsewhere = period_in("2026-05-11", "2026-07-01", Tz::America__New_York);
    assert_eq!(seasonal(&[halves[0], elsewhere]), Err(CurveError::NotTiled));
}

#[test]
fn months_at_the_ends_of_a_period_may_be_cut_off() {
    let curve = Curve::seasonal_months(period("2026-04-21", "2026-05-11"), &[0, 10_000]).unwrap();
    assert_eq!(share(curve.at_end_of(date("2026-04-30"))), (0, 1), "nothing is expected of April");
    assert_eq!(share(curve.at_end_of(date("2026-05-01"))), (1, 10));
}

#[test]
fn errors_say_what_is_wrong() {
    for (error, text) in [
        (CurveError::NoBusinessDay, "the period has no business day"),
        (CurveError::WrongNumber { parts: 3, weights: 2 }, "the period has 3 parts, but 2 weights are given"),
        (CurveError::Negative { part: 2, bp: -1 }, "the weight of part 2 is negative: -1 basis points"),
        (CurveError::NotWhole { sum_bp: 9_999 }, "the weights sum to 9999 basis points, not to 10000"),
        (CurveError::Period(PeriodError::TooManyBuckets), "the period has more than 1000 buckets of this grain"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
