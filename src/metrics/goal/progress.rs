//! How far a goal has come: against its target, and against what is expected by now. See `metrics.md`, section 2.9 (G12).

use rust_decimal::Decimal;

use super::curve::Elapsed;
use super::exact::{RATIO_PLACES, difference, exact, product, quotient, rounded};
use super::target::Target;
use crate::metrics::ratio::{NullReason, Ratio, TooLarge};
use crate::metrics::sla::Fraction;

/// Whether more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The target is the least that is to be reached: closes, or a win rate.
    HigherIsBetter,
    /// The target is the most that is allowed: what is spent, or what a close costs.
    LowerIsBetter,
}

/// Whether a metric grows with the days of its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// It adds up, so that a part of the period is expected to bring a part of the target: closes, money.
    Cumulative,
    /// It is a ratio, the same for a day as for a year, and never prorated: a rate, what a close costs.
    Ratio,
}

/// What a goal says, but for its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What is to be reached, or not to be exceeded.
    pub target: Target,
    /// Whether more is better.
    pub direction: Direction,
    /// Whether the target is prorated.
    pub measure: Measure,
    /// Decimal places with which values of the metric are shown. A target that has more of them is shown with its own, and so is
    /// what it is compared with.
    pub places: u32,
}

/// How far a goal has come. The terms of a ratio are shown as values of the metric are, an elapsed share with four places, and what
/// is unknown as zero; the ratio itself is rounded once, half to even, from the exact terms, to four places where nothing else
/// is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How much of the period has elapsed.
    pub elapsed: Elapsed,
    /// Actual ÷ target, or target ÷ actual where lower is better; 1 is the target. Where lower is better, no value for an actual
    /// of nothing or less: there is nothing to divide by.
    pub attainment: Ratio,
    /// Whether the actual is as good as the target, the very target included. While the period lasts a total that must not grow
    /// too large is met for now. `None` where there is no actual.
    pub met: Option<bool>,
    /// Target × elapsed share, in the unit of the metric; the target itself for a ratio.
    pub expected: Decimal,
    /// Actual ÷ expected, or expected ÷ actual where lower is better, so that above 1 is ahead in either direction; the
    /// attainment for a ratio. Without a value ([`NullReason::Immature`]) until a share has elapsed.
    pub pace: Ratio,
    /// Actual ÷ elapsed share, in the unit of the metric and with its places: what the period ends with if it goes on like this.
    /// The actual after the end, and for a ratio. Without a value ([`NullReason::Immature`]) until a share has elapsed.
    pub projected: Ratio,
    /// (Target − actual) ÷ days that are left of the curve's kind: what each of them has to bring, or may still cost where
    /// lower is better. Zero where the target is reached or used up; without a value where no day is left; `None` for a ratio.
    pub needed_per_day: Option<Ratio>,
}

impl Goal {
    /// How far it has come. The actual is the exact value of its metric over the period, or why that has no value, which is then
    /// why the goal has none.
    ///
    /// # Errors
    /// [`TooLarge`] where something cannot be shown.
    pub fn progress(&self, actual: Result<Fraction, NullReason>, elapsed: Elapsed) -> Result<Progress, TooLarge> {
        let target = exact(self.target.get());
        let attainment = self.compare(actual, target)?;
        let expected = match self.measure {
            Measure::Cumulative => product(target, elapsed.share)?,
            Measure::Ratio => target,
        };
        let (pace, projected, needed_per_day) = match self.measure {
            Measure::Cumulative => {
                let needed = self.needed_per_day(actual, target, elapsed.days_left())?;
                (self.compare(actual, expected)?, self.projected(actual, elapsed.share)?, Some(needed))
            }
            Measure::Ratio => (attainment, self.projected(actual, Fraction::whole(1))?, None),
        };
        let met = actual.ok().map(|actual| self.is_met(actual, target)).transpose()?;
        Ok(Progress { elapsed, attainment, met, expected: self.shown(expected)?, pace, projected, needed_per_day })
    }

    /// How good an actual is against what it is measured by: above 1 is better.
    fn compare(&self, actual: Result<Fraction, NullReason>, measured_by: Fraction) -> Result<Ratio, TooLarge> {
        let (actual, unknown) = known(actual);
        let (dividend, divisor) = match self.direction {
            Direction::HigherIsBetter => (actual, measured_by),
            Direction::LowerIsBetter => (measured_by, actual),
        };
        let terms = (self.shown(dividend)?, self.shown(divisor)?);
        // Only what is expected of no time at all is zero: before that, nothing is good or bad.
        let immature = (measured_by.numerator() == 0).then_some(NullReason::Immature);
        // Less than nothing is better than anything that is allowed, which its quotient would deny.
        let nothing = (divisor.numerator() <= 0).then_some(NullReason::ZeroDenominator);
        match unknown.or(immature).or(nothing) {
            Some(reason) => Ok(Ratio::null(terms.0, terms.1, reason)),
            None => ratio(quotient(dividend, divisor)?, terms, RATIO_PLACES),
        }
    }

    fn projected(&self, actual: Result<Fraction, NullReason>, share: Fraction) -> Result<Ratio, TooLarge> {
        let (actual, unknown) = known(actual);
        let terms = (self.shown(actual)?, rounded(share, RATIO_PLACES)?);
        match unknown.or((share.numerator() == 0).then_some(NullReason::Immature)) {
            Some(reason) => Ok(Ratio::null(terms.0, terms.1, reason)),
            None => ratio(quotient(actual, share)?, terms, self.places()),
        }
    }

    fn needed_per_day(&self, actual: Result<Fraction, NullReason>, target: Fraction, days_left: i64) -> Result<Ratio, TooLarge> {
        let (actual, unknown) = known(actual);
        let missing = difference(target, actual)?;
        let missing = if missing.numerator() < 0 { Fraction::ZERO } else { missing };
        let terms = (self.shown(missing)?, Decimal::from(days_left));
        match unknown.or((days_left <= 0).then_some(NullReason::ZeroDenominator)) {
            Some(reason) => Ok(Ratio::null(terms.0, terms.1, reason)),
            None => ratio(quotient(missing, Fraction::whole(i128::from(days_left)))?, terms, RATIO_PLACES),
        }
    }

    fn is_met(&self, actual: Fraction, target: Fraction) -> Result<bool, TooLarge> {
        let above = difference(actual, target)?.numerator();
        Ok(match self.direction {
            Direction::HigherIsBetter => above >= 0,
            Direction::LowerIsBetter => above <= 0,
        })
    }

    fn shown(&self, number: Fraction) -> Result<Decimal, TooLarge> {
        rounded(number, self.places())
    }

    fn places(&self) -> u32 {
        self.places.max(self.target.get().normalize().scale())
    }
}

/// The actual, or nothing with the reason why it is unknown.
fn known(actual: Result<Fraction, NullReason>) -> (Fraction, Option<NullReason>) {
    actual.map_or_else(|reason| (Fraction::ZERO, Some(reason)), |actual| (actual, None))
}

/// An exact quotient, rounded once, beside its terms as they are shown.
fn ratio(value: Fraction, (numerator, denominator): (Decimal, Decimal), places: u32) -> Result<Ratio, TooLarge> {
    Ok(Ratio { value: Some(rounded(value, places)?), numerator, denominator, null_reason: None })
}
