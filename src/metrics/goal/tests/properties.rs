//! What holds for any goal: its curve runs from nothing to all, and its contributions sum (property 10 of `metrics.md`).

use chrono::Days;
use proptest::prelude::*;

use super::*;
use crate::metrics::by_resource::ByResource;
use crate::metrics::period::{Grain, first_instant, local_day};
use crate::metrics::sla::Fraction;

const ZONES: &[Tz] = &[
    Tz::UTC,
    Tz::Europe__Lisbon,
    Tz::America__New_York,
    Tz::America__Havana,
    Tz::Pacific__Apia,
    Tz::Asia__Beirut,
    Tz::Australia__Lord_Howe,
];

const HOUR: i64 = 3_600_000_000;

fn day(number: u64) -> NaiveDate {
    date("2011-01-01") + Days::new(number)
}

/// Weights in basis points that sum to a whole, by cutting it in so many parts.
fn weights(cuts: &[i64], parts: usize) -> Vec<i64> {
    let mut borders: Vec<i64> = cuts[..parts - 1].to_vec();
    borders.extend([0, 10_000]);
    borders.sort_unstable();
    borders.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

prop_compose! {
    /// A curve of each kind over some days of 2011 to 2013, in a zone that changes its clocks, or leaves out a day.
    fn curves()(
        zone in prop::sample::select(ZONES), first in 0..800_u64, length in 1..300_u64, kind in 0..4_u8,
        cuts in prop::collection::vec(0..=10_000_i64, 60), off in 0..7_u32,
    ) -> Curve {
        let period = Period::new(day(first), day(first + length), zone).unwrap();
        match kind {
            0 => Curve::linear_days(period),
            1 => {
                let works = |day: &NaiveDate| day.weekday().num_days_from_monday() != off;
                Curve::business_days(period, works).unwrap_or_else(|_| Curve::linear_days(period))
            }
            2 => {
                let months = period.buckets(Grain::Month, entity::kinds::WeekStart::Monday, 1).unwrap();
                Curve::seasonal_months(period, &weights(&cuts, months.len())).unwrap()
            }
            _ => {
                let weeks = period.buckets(Grain::Week, entity::kinds::WeekStart::Sunday, 1).unwrap();
                Curve::seasonal(period, &weeks, &weights(&cuts, weeks.len())).unwrap()
            }
        }
    }
}

fn less_or_equal(one: Fraction, other: Fraction) -> bool {
    one.numerator() * other.denominator() <= other.numerator() * one.denominator()
}

fn goals() -> impl Strategy<Value = Goal> {
    let directions = prop::sample::select(vec![Direction::HigherIsBetter, Direction::LowerIsBetter]);
    let measures = prop::sample::select(vec![Measure::Cumulative, Measure::Ratio]);
    (1..10_000_000_i64, directions, measures, 0..5_u32).prop_map(|(target, direction, measure, places)| Goal {
        target: Target::new(Decimal::new(target, 2)).unwrap(),
        direction,
        measure,
        places,
    })
}

fn parts() -> impl Strategy<Value = [Fraction; 3]> {
    let part =
        (-1_000_000_i64..1_000_000, 1..400_i64).prop_map(|(numerator, denominator)| Fraction::new(numerator.into(), denominator.into()));
    prop::array::uniform3(part)
}

proptest! {
    #[test]
    fn a_share_runs_from_nothing_to_all_and_never_falls(curve in curves(), hours in 1..48_i64) {
        let period = *curve.period();
        let before = curve.at(period.start().saturating_add_micros(-1));
        prop_assert_eq!((before.share, before.days), (Fraction::ZERO, 0));
        let start = curve.at(period.start());
        prop_assert!(start.days < start.total);
        prop_assert_eq!(start.share, Fraction::ZERO);
        let end = curve.at(period.end());
        prop_assert_eq!((end.share, end.days, end.days_left()), (Fraction::whole(1), end.total, 0));
        let (mut instant, mut last) = (period.start(), start);
        while instant < period.end() {
            instant = instant.saturating_add_micros(hours * HOUR);
            let now = curve.at(instant);
            prop_assert!(less_or_equal(last.share, now.share) && less_or_equal(now.share, Fraction::whole(1)));
            prop_assert!(last.days <= now.days && now.days <= now.total && now.total == end.total);
            last = now;
        }
    }

    #[test]
    fn each_day_is_over_when_the_next_begins(curve in curves(), number in 0..1_200_u64) {
        let (next, zone) = (day(number + 1), curve.period().zone());
        let begins = first_instant(next, zone);
        // Samoa left out 30 December 2011: that day is over as it begins.
        prop_assume!(local_day(begins, zone) == next);
        prop_assert_eq!(curve.at_end_of(day(number)), curve.at(begins));
    }

    #[test]
    fn at_the_end_the_target_is_expected_and_the_actual_projected(goal in goals(), curve in curves(), actual in -1_000_000..1_000_000_i64) {
        let actual = Decimal::new(actual, 2);
        let end = curve.at(curve.period().end());
        let progress = goal.progress(Ok(exact(actual)), end).unwrap();
        prop_assert_eq!(progress.expected, goal.target.get());
        prop_assert_eq!(progress.pace.value, progress.attainment.value);
        let shown = Ratio::new(actual, Decimal::ONE, progress.expected.scale(), NullReason::ZeroDenominator).unwrap();
        prop_assert_eq!(progress.projected.value, shown.value);
        prop_assert!(progress.needed_per_day.is_none_or(|needed| needed.value.is_none()));
    }

    #[test]
    fn whoever_keeps_pace_is_projected_to_meet_the_target(
        target in 1..1_000_i64, actual in 1..1_000_i64, curve in curves(), hour in 0..7_300_i64,
        direction in prop::sample::select(vec![Direction::HigherIsBetter, Direction::LowerIsBetter]),
    ) {
        let elapsed = curve.at(curve.period().start().saturating_add_micros(hour * HOUR));
        prop_assume!(elapsed.share != Fraction::ZERO);
        let goal = Goal { target: Target::new(target.into()).unwrap(), direction, measure: Measure::Cumulative, places: 10 };
        let progress = goal.progress(Ok(Fraction::whole(actual.into())), elapsed).unwrap();
        let (pace, projected) = (progress.pace.value.unwrap(), progress.projected.value.unwrap());
        let meets = match direction {
            Direction::HigherIsBetter => projected >= target.into(),
            Direction::LowerIsBetter => projected <= target.into(),
        };
        // At a pace that is shown as 1 it may fall short of the target by a hair.
        prop_assert!(pace == Decimal::ONE || (pace > Decimal::ONE) == meets, "{} {} {}", pace, projected, target);
    }

    #[test]
    fn contributions_sum_to_the_actual_and_stay_within_one_unit(parts in parts(), places in 0..5_u32) {
        let actual: Fraction = parts.into_iter().sum();
        let shown = contributions(actual, ByResource::from_array(parts), places).unwrap().into_array();
        let total = goal("1", Direction::HigherIsBetter, Measure::Ratio);
        let total = Goal { places, ..total }.progress(Ok(actual), Elapsed { share: Fraction::ZERO, days: 0, total: 1 }).unwrap();
        prop_assert_eq!(Some(shown.into_iter().sum::<Decimal>()), total.projected.value);
        let unit = 10_i128.pow(places);
        for (shown, part) in shown.into_iter().zip(parts) {
            prop_assert_eq!(shown.scale(), places);
            // |shown − part| < one unit, multiplied out.
            prop_assert!((shown.mantissa() * part.denominator() - part.numerator() * unit).abs() < part.denominator());
        }
    }

    #[test]
    fn a_negative_actual_is_the_mirror_image(parts in parts(), places in 0..5_u32) {
        let actual: Fraction = parts.into_iter().sum();
        prop_assume!(actual != Fraction::ZERO);
        let mirrored = parts.map(|part| Fraction::new(-part.numerator(), part.denominator()));
        let shown = contributions(actual, ByResource::from_array(parts), places).unwrap();
        let back = contributions(mirrored.into_iter().sum(), ByResource::from_array(mirrored), places).unwrap();
        prop_assert_eq!(shown, back.map(|part| -part));
    }
}
