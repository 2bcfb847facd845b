//! Quotients compared.

use std::cmp::Ordering;

use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::metrics::insight::exact::{compare, reaches, shown};

#[test]
fn quotients_are_compared_without_rounding() {
    let most = u128::MAX;
    for (one, other, expected) in [
        ((1, 2), (2, 4), Ordering::Equal),
        ((1, 3), (1, 2), Ordering::Less),
        ((0, 5), (0, 9), Ordering::Equal),
        ((0, 5), (1, 9), Ordering::Less),
        ((7, 2), (3, 1), Ordering::Greater),
        ((3, 1), (7, 2), Ordering::Less),
        // No decimal tells these apart.
        ((most - 1, most), (most - 2, most - 1), Ordering::Greater),
        ((most, most - 1), (most - 1, most - 2), Ordering::Less),
        ((most, most), (1, 1), Ordering::Equal),
        // What is divided by nothing is above everything else.
        ((1, 0), (most, 1), Ordering::Greater),
        ((most, 1), (1, 0), Ordering::Less),
        ((1, 0), (9, 0), Ordering::Equal),
    ] {
        assert_eq!(compare(one, other), expected, "{one:?} {other:?}");
    }
}

#[test]
fn a_threshold_is_reached_at_its_very_value() {
    for (quotient, bp, expected) in [((3, 20), 1_500, true), ((2_999, 20_000), 1_500, false), ((0, 1), 0, true), ((1, 0), u32::MAX, true)] {
        assert_eq!(reaches(quotient, bp), expected, "{quotient:?} {bp}");
    }
}

#[test]
fn a_quotient_is_shown_rounded_half_to_even() {
    for (quotient, expected) in
        [((1, 8), Some("0.12")), ((3, 8), Some("0.38")), ((2, 3), Some("0.67")), ((1, 0), None), ((u128::MAX, 1), None)]
    {
        assert_eq!(shown(quotient, 2).map(|decimal: Decimal| decimal.to_string()).as_deref(), expected, "{quotient:?}");
    }
}

proptest! {
    #[test]
    fn quotients_compare_as_their_products_do(a: u64, b in 1..=u64::MAX, c: u64, d in 1..=u64::MAX) {
        let products = (u128::from(a) * u128::from(d)).cmp(&(u128::from(c) * u128::from(b)));
        prop_assert_eq!(compare((a.into(), b.into()), (c.into(), d.into())), products);
    }

    #[test]
    fn small_quotients_compare_as_their_products_do(a in 0..20_u128, b in 1..20_u128, c in 0..20_u128, d in 1..20_u128) {
        prop_assert_eq!(compare((a, b), (c, d)), (a * d).cmp(&(c * b)));
        prop_assert_eq!(compare((c, d), (a, b)), (c * b).cmp(&(a * d)));
    }
}
