//! Counts that need not be whole: what is committed for a part of a month.

use std::ops::Add;

use rust_decimal::Decimal;

use crate::metrics::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of a count that is not whole, where it is shown.
const PLACES: u32 = 4;

/// An exact quotient in lowest terms, its denominator above zero. What is too large for 128 bits stops at their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// A quotient; nothing where there is nothing to divide by.
    #[must_use]
    pub const fn new(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 {
            return Self::ZERO;
        }
        let common = gcd(numerator, denominator);
        let sign = if denominator < 0 { -1 } else { 1 };
        Self { numerator: numerator.saturating_mul(sign) / common, denominator: denominator.saturating_mul(sign) / common }
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i128) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// What is divided.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// What it is divided by.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// Rounded half to even to four places.
    ///
    /// # Errors
    /// [`TooLarge`] if it does not fit.
    pub fn rounded(self) -> Result<Decimal, TooLarge> {
        let ratio = Ratio::new(decimal(self.numerator)?, decimal(self.denominator)?, PLACES, NullReason::ZeroDenominator)?;
        Ok(ratio.value.unwrap_or_default().normalize())
    }

    /// A count divided by it, rounded once to so many places. The divisor shown is rounded itself.
    ///
    /// # Errors
    /// [`TooLarge`] if it does not fit.
    pub fn divide(self, count: u64, places: u32) -> Result<Ratio, TooLarge> {
        let product = i128::from(count).checked_mul(self.denominator).ok_or(TooLarge)?;
        let exact = Self::new(product, self.numerator);
        let (count, shown) = (Decimal::from(count), self.rounded()?);
        if self.numerator == 0 {
            return Ok(Ratio::null(count, shown, NullReason::ZeroDenominator));
        }
        let ratio = Ratio::new(decimal(exact.numerator)?, decimal(exact.denominator)?, places, NullReason::ZeroDenominator)?;
        Ok(Ratio { numerator: count, denominator: shown, ..ratio })
    }
}

impl Add for Fraction {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // Over the least common denominator, so that sums of many parts of months stay small.
        let common = gcd(self.denominator, other.denominator);
        let (own, others) = (other.denominator / common, self.denominator / common);
        let numerator = self.numerator.saturating_mul(own).saturating_add(other.numerator.saturating_mul(others));
        Self::new(numerator, self.denominator.saturating_mul(own))
    }
}

impl std::iter::Sum for Fraction {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

fn decimal(number: i128) -> Result<Decimal, TooLarge> {
    Decimal::try_from_i128_with_scale(number, 0).map_err(|_| TooLarge)
}

/// The greatest common divisor; 1 where both are nothing.
const fn gcd(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one.saturating_abs(), other.saturating_abs());
    while other != 0 {
        (one, other) = (other, one % other);
    }
    if one == 0 { 1 } else { one }
}
