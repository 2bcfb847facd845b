//! Comparing and showing quotients of counts. Compared they are never rounded, and no product of theirs has to fit.

use std::cmp::Ordering;

use entity::money::BASIS_POINTS;
use rust_decimal::Decimal;

use crate::metrics::ratio::{NullReason, Ratio};

/// Basis points of a whole.
pub(super) const WHOLE_BP: u128 = BASIS_POINTS.unsigned_abs() as u128;

/// A dividend and its divisor. One that is divided by nothing is above all others.
pub(super) type Quotient = (u128, u128);

/// How one quotient compares to another: by their whole parts, and where these are equal by what is left, the other way up.
pub(super) const fn compare(mut one: Quotient, mut other: Quotient) -> Ordering {
    loop {
        match (one.1, other.1) {
            (0, 0) => return Ordering::Equal,
            (0, _) => return Ordering::Greater,
            (_, 0) => return Ordering::Less,
            _ => {}
        }
        let (whole, others) = (one.0 / one.1, other.0 / other.1);
        if whole != others {
            return if whole < others { Ordering::Less } else { Ordering::Greater };
        }
        // a/b below c/d where d/c is below b/a; nothing left makes a divisor of nothing, which is above all others.
        (one, other) = ((other.1, other.0 % other.1), (one.1, one.0 % one.1));
    }
}

/// Whether a quotient is so many basis points of a whole or more.
pub(super) fn reaches(quotient: Quotient, bp: u32) -> bool {
    compare(quotient, (u128::from(bp), WHOLE_BP)).is_ge()
}

/// A quotient as it is shown, rounded once, half to even; `None` where it has no value or more digits than a decimal.
pub(super) fn shown((dividend, divisor): Quotient, places: u32) -> Option<Decimal> {
    let whole = |number: u128| Decimal::try_from_i128_with_scale(i128::try_from(number).ok()?, 0).ok();
    Ratio::new(whole(dividend)?, whole(divisor)?, places, NullReason::ZeroDenominator).ok()?.value
}
