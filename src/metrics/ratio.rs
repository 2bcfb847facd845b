//! A ratio that says what it was computed from, or why it has no value.

use std::fmt;

use rust_decimal::Decimal;

/// Why a ratio has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullReason {
    /// There is no close to divide by.
    ZeroCloses,
    /// Something else there is to divide by is zero.
    ZeroDenominator,
    /// No cost has been recorded, which is not the same as a cost of zero.
    NoCostData,
    /// Too little has happened yet.
    Immature,
    /// Everything there is to price is in a currency without a rate.
    NoFxRate,
    /// So few people stand behind the figure that it would give them away.
    Suppressed,
}

/// A quotient rounded once, half to even, with its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The rounded quotient; `None` has a reason.
    pub value: Option<Decimal>,
    /// The exact dividend.
    pub numerator: Decimal,
    /// The exact divisor.
    pub denominator: Decimal,
    /// Why there is no value.
    pub null_reason: Option<NullReason>,
}

/// A quotient has more digits than a decimal holds (96 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a ratio is too large to be shown")
    }
}

impl std::error::Error for TooLarge {}

impl Ratio {
    /// `numerator ÷ denominator`, rounded half to even to exactly `places` decimal places; without a value for the
    /// reason `if_zero` where the denominator is zero.
    ///
    /// # Errors
    /// [`TooLarge`] if the quotient does not fit.
    pub fn new(numerator: Decimal, denominator: Decimal, places: u32, if_zero: NullReason) -> Result<Self, TooLarge> {
        if denominator.is_zero() {
            return Ok(Self::null(numerator, denominator, if_zero));
        }
        let value = quotient(numerator, denominator, places).ok_or(TooLarge)?;
        Ok(Self { value: Some(value), numerator, denominator, null_reason: None })
    }

    /// A ratio without a value.
    #[must_use]
    pub const fn null(numerator: Decimal, denominator: Decimal, reason: NullReason) -> Self {
        Self { value: None, numerator, denominator, null_reason: Some(reason) }
    }
}

/// Long division on the integers behind the decimals, because dividing decimals first rounds to 28 digits and
/// rounding that again can go the wrong way.
fn quotient(numerator: Decimal, denominator: Decimal, places: u32) -> Option<Decimal> {
    let negative = numerator.is_sign_negative() != denominator.is_sign_negative();
    let mut dividend = numerator.mantissa().unsigned_abs();
    let mut divisor = denominator.mantissa().unsigned_abs();
    let (wanted, given) = (places.checked_add(denominator.scale())?, numerator.scale());
    divisor = divisor.checked_mul(10_u128.checked_pow(given.saturating_sub(wanted))?)?;
    let mut result = dividend / divisor;
    dividend %= divisor;
    for _ in 0..wanted.saturating_sub(given) {
        dividend = dividend.checked_mul(10)?;
        result = result.checked_mul(10)?.checked_add(dividend / divisor)?;
        dividend %= divisor;
    }
    // What is left against its complement: above half, or at half with an odd result, goes up.
    let complement = divisor - dividend;
    if dividend > complement || (dividend == complement && result % 2 == 1) {
        result += 1;
    }
    let result = i128::try_from(result).ok()?;
    Decimal::try_from_i128_with_scale(if negative { -result } else { result }, places).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(numerator: &str, denominator: &str, places: u32) -> Option<String> {
        let ratio = Ratio::new(numerator.parse().unwrap(), denominator.parse().unwrap(), places, NullReason::ZeroDenominator).unwrap();
        ratio.value.map(|value| value.to_string())
    }

    #[test]
    fn a_ratio_is_rounded_once_half_to_even() {
        for (numerator, denominator, places, expected) in [
            ("6300.00", "1.7334", 2, "3634.48"),
            ("1.7334", "4", 4, "0.4334"),
            ("0.25", "2", 2, "0.12"),
            ("0.75", "2", 2, "0.38"),
            ("-0.25", "2", 2, "-0.12"),
            ("-0.75", "2", 2, "-0.38"),
            ("1", "3", 0, "0"),
            ("0.00", "2.0000", 2, "0.00"),
            ("500.00", "0.25", 2, "2000.00"),
            ("1.23456789", "1", 2, "1.23"),
            ("1.005", "1", 2, "1.00"),
            // The exact quotient lies a hair above the half; 28 digits would show the half itself and round down.
            ("0.2500000000000000000000000001", "2", 2, "0.13"),
        ] {
            assert_eq!(value(numerator, denominator, places).as_deref(), Some(expected), "{numerator} ÷ {denominator}");
        }
    }

    #[test]
    fn a_zero_denominator_gives_the_reason_and_keeps_the_numerator() {
        let ratio = Ratio::new(Decimal::new(50_000, 2), Decimal::ZERO, 2, NullReason::ZeroCloses).unwrap();
        assert_eq!((ratio.value, ratio.null_reason), (None, Some(NullReason::ZeroCloses)));
        assert_eq!(ratio.numerator.to_string(), "500.00");
    }

    #[test]
    fn a_quotient_that_does_not_fit_is_refused() {
        let tiny = Decimal::from_i128_with_scale(1, 28);
        assert_eq!(Ratio::new(Decimal::MAX, tiny, 2, NullReason::ZeroDenominator), Err(TooLarge));
        assert_eq!(Ratio::new(Decimal::ONE, Decimal::ONE, 40, NullReason::ZeroDenominator), Err(TooLarge));
        assert!(Ratio::new(Decimal::new(i64::MIN, 4), Decimal::new(1, 4), 4, NullReason::ZeroCloses).is_ok());
    }

    proptest! {
        #[test]
        fn a_value_lies_within_half_a_unit_of_the_exact_quotient(numerator: i64, denominator: i64, scale in 0..5_u32, places in 0..5_u32) {
            prop_assume!(denominator != 0);
            let ratio = Ratio::new(Decimal::new(numerator, scale), Decimal::new(denominator, 4), places, NullReason::ZeroCloses).unwrap();
            let value = ratio.value.unwrap();
            prop_assert_eq!(value.scale(), places);
            // |value − n/d| ≤ ½·10^−places, multiplied out to integers of one scale.
            let product = value.mantissa() * i128::from(denominator) * 10_i128.pow(scale);
            let exact = i128::from(numerator) * 10_i128.pow(4 + places);
            prop_assert!(2 * (product - exact).abs() <= i128::from(denominator).abs() * 10_i128.pow(scale));
        }
    }
}
