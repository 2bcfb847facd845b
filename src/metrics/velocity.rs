//! How much is won in a day: what is open, how often it is won, for how much, and how long that takes.
//!
//! `open × won / decided × mean won value ÷ mean cycle in days`, multiplied out in integers and rounded once, half to even,
//! to minor units. Of several segments taken together it is blended and has to be labelled so. See `metrics.md`, section 2.6
//! (G9).

use super::durations::DAY_MICROS;
use super::ratio::{NullReason, TooLarge};

/// What velocity is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VelocityFacts {
    /// Qualified opportunities that are open.
    pub open: u64,
    /// Opportunities won in the period, of …
    pub won: u64,
    /// … those that were decided in it.
    pub decided: u64,
    /// Won opportunities whose value is known in the currency of the answer.
    pub priced: u64,
    /// Their values together, in minor units.
    pub value_minor: u64,
    /// Won opportunities whose way from their creation is known.
    pub cycles: u64,
    /// Their ways together, in microseconds.
    pub cycle_micros: u64,
}

/// What is won in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Velocity {
    /// In minor units; `None` has a reason.
    pub per_day_minor: Option<i64>,
    /// Why there is no value.
    pub null_reason: Option<NullReason>,
}

/// What is won in a day.
///
/// # Errors
/// [`TooLarge`] where it does not fit.
pub fn velocity(facts: &VelocityFacts) -> Result<Velocity, TooLarge> {
    if facts.decided == 0 || facts.priced == 0 || facts.cycle_micros == 0 {
        return Ok(Velocity { per_day_minor: None, null_reason: Some(NullReason::ZeroDenominator) });
    }
    let mut above = [facts.open, facts.won, facts.value_minor, facts.cycles, DAY_MICROS.unsigned_abs()].map(u128::from);
    let mut below = [facts.decided, facts.priced, facts.cycle_micros].map(u128::from);
    for over in &mut above {
        for under in &mut below {
            let common = gcd(*over, *under);
            (*over, *under) = (*over / common, *under / common);
        }
    }
    let product = |factors: &[u128]| factors.iter().try_fold(1_u128, |product, factor| product.checked_mul(*factor)).ok_or(TooLarge);
    let (dividend, divisor) = (product(&above)?, product(&below)?);
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    let complement = divisor - rest;
    let up = rest > complement || (rest == complement && whole % 2 == 1);
    let rounded = whole.checked_add(u128::from(up)).and_then(|whole| i64::try_from(whole).ok()).ok_or(TooLarge)?;
    Ok(Velocity { per_day_minor: Some(rounded), null_reason: None })
}

/// Of two of which the second is not zero.
const fn gcd(one: u128, other: u128) -> u128 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn days(days: u64) -> u64 {
        days * DAY_MICROS.unsigned_abs()
    }

    #[test]
    fn g9_what_is_won_in_a_day() {
        // 12 open × 25 % × 8 000.00 ÷ 40 days.
        let facts = VelocityFacts { open: 12, won: 2, decided: 8, priced: 2, value_minor: 1_600_000, cycles: 2, cycle_micros: days(80) };
        assert_eq!(velocity(&facts), Ok(Velocity { per_day_minor: Some(60_000), null_reason: None }));
        // One of the two has no price in this currency: the mean is of the other.
        let facts = VelocityFacts { priced: 1, value_minor: 800_000, ..facts };
        assert_eq!(velocity(&facts).unwrap().per_day_minor, Some(60_000));
    }

    #[test]
    fn without_decisions_or_a_cycle_there_is_none() {
        let facts = VelocityFacts { open: 12, won: 2, decided: 8, priced: 2, value_minor: 1_600_000, cycles: 2, cycle_micros: days(80) };
        for none in [
            VelocityFacts { decided: 0, won: 0, priced: 0, ..facts },
            VelocityFacts { cycle_micros: 0, ..facts },
            VelocityFacts { priced: 0, value_minor: 0, ..facts },
        ] {
            assert_eq!(velocity(&none).unwrap().null_reason, Some(NullReason::ZeroDenominator));
        }
        assert_eq!(velocity(&VelocityFacts { open: 0, ..facts }).unwrap().per_day_minor, Some(0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let facts = VelocityFacts { open: u64::MAX, won: 1, decided: 1, priced: 1, value_minor: u64::MAX, cycles: 1, cycle_micros: 1 };
        assert_eq!(velocity(&facts), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn it_is_what_the_formula_says(open in 0..1_000_u64, won in 1..100_u64, lost in 0..100_u64, value in 0..1_000_000_000_u64, cycle in 1..4_000_000_000_000_u64) {
            let facts = VelocityFacts { open, won, decided: won + lost, priced: won, value_minor: value, cycles: won, cycle_micros: cycle };
            let got = i128::from(velocity(&facts).unwrap().per_day_minor.unwrap());
            // |got − above/below| ≤ ½, multiplied out.
            let product = |factors: &[u64]| factors.iter().copied().map(i128::from).product::<i128>();
            let (above, below) = (product(&[open, won, value, won, DAY_MICROS.unsigned_abs()]), product(&[won + lost, won, cycle]));
            prop_assert!(2 * (got * below - above).abs() <= below, "{} against {} / {}", got, above, below);
        }
    }
}
