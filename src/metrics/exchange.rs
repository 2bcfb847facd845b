//! Exchange rates: what an amount comes to in another currency, and which version of a rate counts for a row.
//!
//! A rate is an exact decimal, kept as a whole number and its decimal places. An amount is converted in whole minor units of
//! both currencies and rounded half to even once, at the end. What is converted stays so: the version of the rate a row was
//! converted by is pinned when the row is recorded, or when the first rate of its day comes, and no later version changes
//! it.

use std::fmt;

use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use rust_decimal::Decimal;

/// Most digits of a rate, and most of them after its point.
pub const MAX_DIGITS: u32 = 18;

/// How much of one currency a unit of another one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Without zeros at its end, where it has decimal places.
    mantissa: i64,
    scale: u32,
}

/// Why a number is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// It is zero or less.
    NotPositive,
    /// It has more digits than are kept.
    TooManyDigits,
}

impl fmt::Display for RateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositive => formatter.write_str("must be greater than zero"),
            Self::TooManyDigits => write!(formatter, "must have at most {MAX_DIGITS} digits, before and after the point together"),
        }
    }
}

impl std::error::Error for RateError {}

impl Rate {
    /// A rate from a decimal number: one number has one form.
    ///
    /// # Errors
    /// [`RateError`] rather than rounding.
    pub fn new(rate: Decimal) -> Result<Self, RateError> {
        if rate <= Decimal::ZERO {
            return Err(RateError::NotPositive);
        }
        let rate = rate.normalize();
        let too_many = |_| RateError::TooManyDigits;
        Self::from_parts(i64::try_from(rate.mantissa()).map_err(too_many)?, rate.scale())
    }

    /// A rate from its digits and the number of them after the point.
    ///
    /// # Errors
    /// [`RateError`].
    pub const fn from_parts(mantissa: i64, scale: u32) -> Result<Self, RateError> {
        if mantissa <= 0 {
            Err(RateError::NotPositive)
        } else if mantissa >= 10_i64.pow(MAX_DIGITS) || scale > MAX_DIGITS {
            Err(RateError::TooManyDigits)
        } else {
            Ok(Self { mantissa, scale })
        }
    }

    /// Its digits.
    #[must_use]
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// How many of them stand after the point.
    #[must_use]
    pub const fn scale(self) -> u32 {
        self.scale
    }

    /// As a decimal number.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.mantissa, self.scale)
    }

    /// What an amount comes to, in minor units of a currency, rounded half to even; `None` where it does not fit 64 bits.
    #[must_use]
    pub fn convert(self, amount: Money, into: CurrencyCode) -> Option<i64> {
        // Below 2^63 × 2^60, so there is room for both.
        let product = i128::from(amount.amount_minor()) * i128::from(self.mantissa);
        let (places, wanted) = (amount.currency().scale() + self.scale, into.scale());
        let converted = match places.checked_sub(wanted) {
            Some(surplus) => divide_half_even(product, 10_i128.pow(surplus)),
            None => product.checked_mul(10_i128.pow(wanted - places))?,
        };
        i64::try_from(converted).ok()
    }
}

/// A quotient rounded to the nearest whole number, halves to the even one; the divisor is positive.
const fn divide_half_even(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    // The divisor is at most 10^22, so twice the rest fits.
    let twice = 2 * rest;
    if twice > divisor || (twice == divisor && quotient.rem_euclid(2) == 1) { quotient + 1 } else { quotient }
}

/// Which version of the rate of its day counts for a row: the last one recorded by when the row was recorded, else the first
/// one after. The versions come in order, each with when it was recorded.
#[must_use]
pub fn pinned<T: Copy>(versions: &[(Timestamp, T)], recorded_at: Timestamp) -> Option<T> {
    let known = versions.iter().rev().find(|(at, _)| *at <= recorded_at);
    known.or_else(|| versions.first()).map(|&(_, version)| version)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> CurrencyCode {
        code.parse().unwrap()
    }

    fn money(amount: &str, code: &str) -> Money {
        Money::from_decimal(amount.parse().unwrap(), currency(code)).unwrap()
    }

    fn rate(text: &str) -> Rate {
        Rate::new(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn one_number_has_one_form() {
        for (text, mantissa, scale) in [("1.10", 11, 1), ("0.0068", 68, 4), ("150", 150, 0), ("1", 1, 0), ("0.000000000000000001", 1, 18)] {
            assert_eq!((rate(text).mantissa(), rate(text).scale()), (mantissa, scale), "{text}");
            assert_eq!(rate(text).to_decimal(), text.parse::<Decimal>().unwrap());
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        let refused = |text: &str| Rate::new(text.parse().unwrap()).unwrap_err();
        for text in ["0", "0.00", "-1.10"] {
            assert_eq!(refused(text), RateError::NotPositive, "{text}");
        }
        for text in ["0.0000000000000000001", "1000000000000000000", "1.234567890123456789", "79228162514264337593543950335"] {
            assert_eq!(refused(text), RateError::TooManyDigits, "{text}");
        }
        assert_eq!(rate("999999999999999999").mantissa(), 999_999_999_999_999_999);
    }

    #[test]
    fn amounts_keep_the_minor_units_of_both_currencies() {
        for (amount, code, by, into, converted) in [
            ("1000.00", "EUR", "1.10", "USD", 110_000),
            ("150000", "JPY", "0.0068", "USD", 102_000),
            ("10.00", "USD", "147.06", "JPY", 1_471),
            ("1.000", "KWD", "3.25", "USD", 325),
            ("1.00", "USD", "0.3077", "KWD", 308),
            ("7", "JPY", "2", "KWD", 14_000),
            ("0", "JPY", "2", "KWD", 0),
        ] {
            assert_eq!(rate(by).convert(money(amount, code), currency(into)), Some(converted), "{amount} {code} at {by}");
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (amount, converted) in [("0.01", 0), ("0.03", 2), ("0.05", 2), ("0.07", 4)] {
            assert_eq!(rate("0.5").convert(money(amount, "EUR"), CurrencyCode::USD), Some(converted), "{amount}");
            let back = Money::from_minor(-money(amount, "EUR").amount_minor(), currency("EUR"));
            assert_eq!(rate("0.5").convert(back, CurrencyCode::USD), Some(-converted), "-{amount}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_converted() {
        let largest = |code| Money::from_minor(i64::MAX, currency(code));
        assert_eq!(rate("1").convert(largest("EUR"), CurrencyCode::USD), Some(i64::MAX));
        assert_eq!(rate("1.1").convert(largest("EUR"), CurrencyCode::USD), None);
        assert_eq!(rate("999999999999999999").convert(largest("JPY"), currency("CLF")), None);
        assert_eq!(rate("0.000000000000000001").convert(largest("CLF"), currency("JPY")), Some(0));
    }

    #[test]
    fn the_version_known_when_a_row_was_recorded_counts_else_the_first_after() {
        let at = Timestamp::from_micros;
        let versions = [(at(10), 1), (at(20), 2), (at(20), 3), (at(30), 4)];
        for (recorded, version) in [(5, 1), (10, 1), (19, 1), (20, 3), (29, 3), (99, 4)] {
            assert_eq!(pinned(&versions, at(recorded)), Some(version), "{recorded}");
        }
        assert_eq!(pinned::<u8>(&[], at(5)), None);
    }

    proptest! {
        #[test]
        fn p13_a_later_version_of_a_rate_changes_no_converted_amount(
            amount: i64, recorded in 0..100_i64, known in prop::collection::vec((0..100_i64, 1..1_000_000_i64, 0..6_u32), 1..5),
            later in prop::collection::vec((0..100_i64, 1..1_000_000_i64, 0..6_u32), 0..5),
        ) {
            let versions = |rows: &[(i64, i64, u32)], after: i64| -> Vec<(Timestamp, Rate)> {
                let mut rows = rows.to_vec();
                rows.sort_unstable();
                rows.into_iter().map(|(at, mantissa, scale)| (Timestamp::from_micros(after + at), Rate::from_parts(mantissa, scale).unwrap())).collect()
            };
            let mut all = versions(&known, 0);
            let recorded = Timestamp::from_micros(recorded);
            let money = Money::from_minor(amount, currency("JPY"));
            let converted = |versions: &[(Timestamp, Rate)]| pinned(versions, recorded).and_then(|rate| rate.convert(money, CurrencyCode::USD));
            let before = converted(&all);
            // Recorded after the row and after its rate.
            all.extend(versions(&later, 101));
            prop_assert_eq!(converted(&all), before);
        }

        #[test]
        fn more_money_never_comes_to_less(one: i64, other: i64, mantissa in 1..i64::pow(10, 18), scale in 0..=18_u32) {
            let rate = Rate::from_parts(mantissa, scale).unwrap();
            let convert = |minor| rate.convert(Money::from_minor(minor, currency("EUR")), CurrencyCode::USD);
            if let (Some(least), Some(most)) = (convert(one.min(other)), convert(one.max(other))) {
                prop_assert!(least <= most);
            }
        }
    }
}
