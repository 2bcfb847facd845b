//! What tactics earn for what they cost: share of value ÷ share of cost, of tactics among each other. See `metrics.md`, section
//! 2.10 (G20).

use entity::money::{CurrencyCode, Money};
use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of shares and of their quotient.
const PLACES: u32 = 4;

/// Decimal places of closes: they are counted in billionths.
const CLOSE_PLACES: u32 = 9;

/// What a tactic earned and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// Closes, in billionths.
    pub closes: i64,
    /// Value, in minor units.
    pub value_minor: i64,
    /// Cost, in minor units; `None` where none was recorded, which is not the same as nothing.
    pub cost_minor: Option<i64>,
}

/// What a tactic earned for what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Importance {
    /// Its value, over that of all tactics.
    pub value_share: Ratio,
    /// Its cost, over that of all tactics.
    pub cost_share: Ratio,
    /// The one over the other.
    pub index: Ratio,
    /// Its cost, over its closes.
    pub cost_per_close: Ratio,
}

/// What each of some tactics earned for what it cost.
///
/// # Errors
/// [`TooLarge`] where a ratio has more digits than a decimal.
pub fn importance(tactics: &[Earned], currency: CurrencyCode) -> Result<Vec<Importance>, TooLarge> {
    let value: i64 = tactics.iter().map(|tactic| tactic.value_minor).fold(0, i64::saturating_add);
    let cost: i64 = tactics.iter().filter_map(|tactic| tactic.cost_minor).fold(0, i64::saturating_add);
    let one = |tactic: &Earned| {
        let closes = Decimal::new(tactic.closes, CLOSE_PLACES);
        let value_share = Ratio::new(tactic.value_minor.into(), value.into(), PLACES, NullReason::ZeroDenominator)?;
        let Some(own) = tactic.cost_minor else {
            let unknown = Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::NoCostData);
            return Ok(Importance { value_share, cost_share: unknown, index: unknown, cost_per_close: unknown });
        };
        Ok(Importance {
            value_share,
            cost_share: Ratio::new(own.into(), cost.into(), PLACES, NullReason::ZeroDenominator)?,
            index: index((tactic.value_minor, value), (own, cost))?,
            cost_per_close: Ratio::new(Money::from_minor(own, currency).to_decimal(), closes, currency.scale(), NullReason::ZeroCloses)?,
        })
    };
    tactics.iter().map(one).collect()
}

/// value ÷ all value over cost ÷ all cost, without rounding in between.
fn index((value, all_value): (i64, i64), (cost, all_cost): (i64, i64)) -> Result<Ratio, TooLarge> {
    let mut dividend = i128::from(value) * i128::from(all_cost);
    let mut divisor = i128::from(all_value) * i128::from(cost);
    let whole = |number: i128| Decimal::try_from_i128_with_scale(number, 0).ok();
    if whole(dividend).is_none() || whole(divisor).is_none() {
        let common = common_divisor(dividend, divisor).max(1);
        (dividend, divisor) = (dividend / common, divisor / common);
    }
    loop {
        if let Some((dividend, divisor)) = whole(dividend).zip(whole(divisor)) {
            return Ratio::new(dividend, divisor, PLACES, NullReason::ZeroDenominator);
        }
        // Products of two sums of so many minor units have more digits than a decimal: the last of them say nothing.
        (dividend, divisor) = (dividend / 10, divisor / 10);
    }
}

/// The greatest number that divides both.
const fn common_divisor(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one.abs(), other.abs());
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_many_minor_units_are_weighed_too() {
        let earned = |value_minor, cost_minor| Earned { closes: 1_000_000_000, value_minor, cost_minor: Some(cost_minor) };
        let texts = |tactics: &[Earned]| -> Vec<String> {
            importance(tactics, CurrencyCode::USD).unwrap().iter().map(|tactic| tactic.index.value.unwrap().to_string()).collect()
        };
        let small = [earned(3, 1), earned(1, 3)];
        assert_eq!(texts(&small), ["3.0000", "0.3333"]);
        // As many times more of both: the factor that all have in common goes.
        let factor = 1_000_000_000_000_000_000;
        assert_eq!(texts(&small.map(|it| earned(it.value_minor * factor, it.cost_minor.unwrap() * factor))), texts(&small));
        // Without one that helps.
        let near = [earned(3 * factor + 1, factor - 11), earned(factor + 7, 3 * factor - 1)];
        assert_eq!(texts(&near), texts(&small));
        assert_eq!(texts(&[earned(i64::MAX, i64::MAX), earned(i64::MAX - 1, 1)])[0], "1.0000");
    }

    #[test]
    fn g20_what_tactics_earn_for_what_they_cost() {
        let earned = |closes: i64, value_minor, cost_minor| Earned { closes: closes * 100_000_000, value_minor, cost_minor };
        let tactics = [
            earned(25, 2_000_000, Some(400_000)),
            earned(15, 600_000, Some(120_000)),
            earned(10, 900_000, Some(900_000)),
            earned(0, 0, Some(0)),
            earned(0, 0, None),
        ];
        let found = importance(&tactics, CurrencyCode::USD).unwrap();
        let text = |ratio: Ratio| ratio.value.map(|value| value.to_string()).ok_or_else(|| ratio.null_reason.unwrap());
        let row = |tactic: &Importance| [tactic.value_share, tactic.cost_share, tactic.index, tactic.cost_per_close].map(text);
        let ok = |texts: [&str; 4]| texts.map(|text| Ok(text.to_owned()));
        assert_eq!(row(&found[0]), ok(["0.5714", "0.2817", "2.0286", "1600.00"]));
        assert_eq!(row(&found[1]), ok(["0.1714", "0.0845", "2.0286", "800.00"]));
        assert_eq!(row(&found[2]), ok(["0.2571", "0.6338", "0.4057", "9000.00"]));
        let nothing = |text: &str| Ok(text.to_owned());
        assert_eq!(row(&found[3]), [nothing("0.0000"), nothing("0.0000"), Err(NullReason::ZeroDenominator), Err(NullReason::ZeroCloses)]);
        let unknown = Err(NullReason::NoCostData);
        assert_eq!(row(&found[4]), [nothing("0.0000"), unknown.clone(), unknown.clone(), unknown]);
    }
}
