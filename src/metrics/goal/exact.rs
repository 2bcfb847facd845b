//! Arithmetic of quotients that tells what is too large for it, where a [`Fraction`] left alone stops at the end of its range.

use rust_decimal::Decimal;

use crate::metrics::ratio::{NullReason, Ratio, TooLarge};
use crate::metrics::sla::Fraction;

/// Decimal places of attainment, pace, need per day and shares of a period.
pub(super) const RATIO_PLACES: u32 = 4;

/// A decimal as a quotient: the actual of a metric that is no quotient itself.
#[must_use]
pub fn exact(number: Decimal) -> Fraction {
    // A decimal has 28 places at most, and ten to that fits.
    Fraction::new(number.mantissa(), 10_i128.saturating_pow(number.scale()))
}

pub(super) fn product(one: Fraction, other: Fraction) -> Result<Fraction, TooLarge> {
    // Cut crosswise first, so that only what does not cancel has to fit.
    let one_cut = Fraction::new(one.numerator(), other.denominator());
    let other_cut = Fraction::new(other.numerator(), one.denominator());
    let numerator = one_cut.numerator().checked_mul(other_cut.numerator());
    let denominator = one_cut.denominator().checked_mul(other_cut.denominator());
    Ok(Fraction::new(numerator.ok_or(TooLarge)?, denominator.ok_or(TooLarge)?))
}

/// What is to be divided by is not zero.
pub(super) fn quotient(dividend: Fraction, divisor: Fraction) -> Result<Fraction, TooLarge> {
    product(dividend, Fraction::new(divisor.denominator(), divisor.numerator()))
}

pub(super) fn sum(one: Fraction, other: Fraction) -> Result<Fraction, TooLarge> {
    // Over the least common denominator: the denominators against each other tell by what each term grows.
    let against = Fraction::new(one.denominator(), other.denominator());
    let first = one.numerator().checked_mul(against.denominator());
    let second = other.numerator().checked_mul(against.numerator());
    let numerator = first.zip(second).and_then(|(first, second)| first.checked_add(second));
    let denominator = one.denominator().checked_mul(against.denominator());
    Ok(Fraction::new(numerator.ok_or(TooLarge)?, denominator.ok_or(TooLarge)?))
}

pub(super) fn difference(one: Fraction, other: Fraction) -> Result<Fraction, TooLarge> {
    sum(one, Fraction::new(other.numerator().checked_neg().ok_or(TooLarge)?, other.denominator()))
}

/// Rounded once, half to even, to exactly so many places.
pub(super) fn rounded(number: Fraction, places: u32) -> Result<Decimal, TooLarge> {
    let whole = |number: i128| Decimal::try_from_i128_with_scale(number, 0).map_err(|_| TooLarge);
    let ratio = Ratio::new(whole(number.numerator())?, whole(number.denominator())?, places, NullReason::ZeroDenominator)?;
    ratio.value.ok_or(TooLarge)
}
