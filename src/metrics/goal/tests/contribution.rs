use super::*;
use crate::metrics::by_resource::ByResource;
use crate::metrics::sla::Fraction;

fn shown(parts: [(i128, i128); 3], places: u32) -> [String; 3] {
    let parts = parts.map(|(numerator, denominator)| Fraction::new(numerator, denominator));
    let actual = parts.into_iter().sum();
    contributions(actual, ByResource::from_array(parts), places).unwrap().into_array().map(|part| part.to_string())
}

#[test]
fn parts_sum_to_what_is_shown() {
    for (parts, places, expected) in [
        // Credit in basis points of a close needs no rounding with four places, and with none of them it does.
        ([(17_334, 10_000), (8_333, 10_000), (4_333, 10_000)], 4, ["1.7334", "0.8333", "0.4333"]),
        ([(17_334, 10_000), (8_333, 10_000), (4_333, 10_000)], 0, ["2", "1", "0"]),
        ([(54, 3); 3], 2, ["18.00", "18.00", "18.00"]),
        ([(1, 3); 3], 2, ["0.34", "0.33", "0.33"]),
        ([(2, 3); 3], 0, ["1", "1", "0"]),
        ([(1, 6), (1, 6), (1, 6)], 0, ["0", "0", "0"]),
        ([(95, 100), (28, 100), (28, 100)], 0, ["1", "1", "0"]),
        ([(0, 1), (1, 2), (1, 1)], 0, ["0", "1", "1"]),
        ([(0, 1); 3], 2, ["0.00", "0.00", "0.00"]),
        ([(-1, 3); 3], 2, ["-0.34", "-0.33", "-0.33"]),
        ([(7, 2), (-1, 2), (0, 1)], 0, ["4", "-1", "0"]),
        ([(1, 3), (-1, 3), (0, 1)], 2, ["0.33", "-0.33", "0.00"]),
        ([(1, 3), (1, 3), (-5, 3)], 1, ["0.3", "0.3", "-1.6"]),
    ] {
        assert_eq!(shown(parts, places), expected, "{parts:?} with {places} places");
    }
}

#[test]
fn what_does_not_sum_to_the_actual_is_refused() {
    let parts = ByResource::from_array([Fraction::whole(20), Fraction::whole(30), Fraction::new(39_999, 10_000)]);
    let error = contributions(Fraction::whole(54), parts, 0).unwrap_err();
    assert_eq!(error, ContributionError::Apart { sum: Fraction::new(539_999, 10_000), actual: Fraction::whole(54) });
    assert_eq!(error.to_string(), "contributions sum to 539999/10000, not to the actual of 54/1");
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let of =
        |part: Fraction, places| contributions(part, ByResource { sales: part, ..ByResource::from_array([Fraction::ZERO; 3]) }, places);
    assert_eq!(of(Fraction::whole(i128::MAX), 2), Err(ContributionError::TooLarge));
    assert_eq!(of(Fraction::whole(1), 40), Err(ContributionError::TooLarge));
    assert_eq!(of(Fraction::whole(i64::MAX.into()), 4).unwrap().sales, Decimal::from(i64::MAX), "units need not fit 64 bits");
}
