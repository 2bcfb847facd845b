//! What customers gained cost against what they bring: payback, return on spend. See `metrics.md`, section 2.10 (G14).
//!
//! - *CAC payback* = cost ÷ (what new customers bring each month × gross margin), in months; nothing where they bring nothing, or
//!   more is taken back than comes.
//! - *ROMI* = (value × gross margin − cost) ÷ cost.
//! - *ROAS* = value ÷ cost.

use std::fmt;

use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of months and of ROAS.
const PLACES: u32 = 2;

/// Decimal places of ROMI, which is a share.
const SHARE_PLACES: u32 = 4;

/// Decimal places of a margin: hundredths of a percent.
const MARGIN_PLACES: u32 = 4;

/// What is left of revenue once what was sold is paid for: more than nothing, at most all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin(Decimal);

/// A share that is no margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMargin;

impl fmt::Display for NoMargin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("must be above 0 and at most 1, to four decimal places")
    }
}

impl std::error::Error for NoMargin {}

impl Margin {
    /// A share of revenue.
    ///
    /// # Errors
    /// [`NoMargin`] unless it is above 0 and at most 1, to four decimal places.
    pub fn new(share: Decimal) -> Result<Self, NoMargin> {
        let share = share.normalize();
        let is_one = share > Decimal::ZERO && share <= Decimal::ONE && share.scale() <= MARGIN_PLACES;
        if is_one { Ok(Self(share)) } else { Err(NoMargin) }
    }

    /// The share.
    #[must_use]
    pub const fn share(self) -> Decimal {
        self.0
    }
}

/// What somebody spent, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Cost, in minor units.
    pub cost_minor: i64,
    /// Why nothing is known of the cost, where that is so.
    pub no_cost: Option<NullReason>,
    /// Value credited, in minor units.
    pub value_minor: i64,
    /// What new customers bring each month, in minor units.
    pub monthly_minor: i64,
}

/// What came of it for each unit spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Economics {
    /// Months until new customers have paid back what they cost.
    pub payback: Ratio,
    /// Return on what was spent, as a share of it.
    pub romi: Ratio,
    /// Value for each unit spent.
    pub roas: Ratio,
}

/// What came of what was spent; money has `scale` decimal places.
///
/// # Errors
/// [`TooLarge`] where a ratio cannot be shown.
pub fn economics(spent: &Spent, margin: Margin, scale: u32) -> Result<Economics, TooLarge> {
    let money = |minor: i64| Decimal::new(minor, scale);
    let earned = |minor: i64| money(minor).checked_mul(margin.0).ok_or(TooLarge);
    let (cost, value, monthly) = (money(spent.cost_minor), money(spent.value_minor), earned(spent.monthly_minor)?);
    let gain = earned(spent.value_minor)?.checked_sub(cost).ok_or(TooLarge)?;
    if let Some(reason) = spent.no_cost {
        return Ok(Economics {
            payback: Ratio::null(cost, monthly, reason),
            romi: Ratio::null(gain, cost, reason),
            roas: Ratio::null(value, cost, reason),
        });
    }
    Ok(Economics {
        payback: match spent.monthly_minor {
            ..=0 => Ratio::null(cost, monthly, NullReason::ZeroDenominator),
            1.. => Ratio::new(cost, monthly, PLACES, NullReason::ZeroDenominator)?,
        },
        romi: Ratio::new(gain, cost, SHARE_PLACES, NullReason::ZeroDenominator)?,
        roas: Ratio::new(value, cost, PLACES, NullReason::ZeroDenominator)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn margin(share: &str) -> Margin {
        Margin::new(share.parse().unwrap()).unwrap()
    }

    fn spent(cost: i64, value: i64, monthly: i64) -> Spent {
        Spent { cost_minor: cost * 100, no_cost: None, value_minor: value * 100, monthly_minor: monthly * 100 }
    }

    fn text(ratio: Ratio) -> (Option<String>, Option<NullReason>) {
        (ratio.value.map(|value| value.to_string()), ratio.null_reason)
    }

    fn value(value: &str) -> (Option<String>, Option<NullReason>) {
        (Some(value.to_owned()), None)
    }

    #[test]
    fn g14_payback_and_return() {
        let acquired = economics(&spent(60_000, 0, 5_000), margin("0.8"), 2).unwrap();
        assert_eq!(text(acquired.payback), value("15.00"));
        let marketed = economics(&spent(15_000, 40_000, 0), margin("0.70"), 2).unwrap();
        assert_eq!((text(marketed.romi), text(marketed.roas)), (value("0.8667"), value("2.67")));
        assert_eq!(text(marketed.payback), (None, Some(NullReason::ZeroDenominator)), "nothing comes each month");
    }

    #[test]
    fn without_cost_there_is_no_return_and_a_loss_is_one() {
        let free = economics(&spent(0, 100, 10), margin("1"), 2).unwrap();
        assert_eq!(
            (text(free.romi), text(free.roas)),
            ((None, Some(NullReason::ZeroDenominator)), (None, Some(NullReason::ZeroDenominator)))
        );
        assert_eq!(text(free.payback), value("0.00"));
        let fewer = economics(&spent(8_000, 0, -2_000), margin("0.8"), 2).unwrap();
        assert_eq!(text(fewer.payback), (None, Some(NullReason::ZeroDenominator)), "customers went, and pay nothing back");
        let lost = economics(&spent(100, 0, 0), margin("0.5"), 2).unwrap();
        assert_eq!((text(lost.romi), text(lost.roas)), (value("-1.0000"), value("0.00")));
        let unknown = economics(&Spent { no_cost: Some(NullReason::NoCostData), ..spent(0, 100, 10) }, margin("0.5"), 2).unwrap();
        for ratio in [unknown.payback, unknown.romi, unknown.roas] {
            assert_eq!(text(ratio), (None, Some(NullReason::NoCostData)));
        }
    }

    #[test]
    fn a_margin_is_above_nothing_and_at_most_all() {
        for refused in ["0", "-0.1", "1.0001", "0.12345"] {
            assert_eq!(Margin::new(refused.parse().unwrap()), Err(NoMargin), "{refused}");
        }
        assert_eq!(Margin::new("0.50000".parse().unwrap()).unwrap().share().to_string(), "0.5");
    }
}
