//! What was spent against what may be spent.
//!
//! A budget is spread over its days as a cost is ([`super::accrual`]), so that any period knows its part and the parts of a
//! period add up. What a resource may spend in all is set against everything it spent, tactics included; what it may spend
//! on a tactic against what it spent on that.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::accrual::{Accrual, DaySpan};
use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of the share that is used.
const SHARE_PLACES: u32 = 4;

/// Something that may be spent, or was.
#[derive(Clone, Copy, Debug)]
pub struct Fund<K> {
    /// Whose, or on what.
    pub scope: K,
    /// How much, over which days.
    pub accrual: Accrual,
}

/// What may be spent on something, and what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLine<K> {
    /// Whose, or on what.
    pub scope: K,
    /// What may be spent in the period, in minor units.
    pub budget_minor: i64,
    /// What was spent in it, in minor units.
    pub spent_minor: i64,
    /// Spent ÷ budget.
    pub used: Ratio,
}

impl<K> BudgetLine<K> {
    /// What is left, in minor units; negative where too much was spent.
    #[must_use]
    pub const fn left_minor(&self) -> i64 {
        self.budget_minor.saturating_sub(self.spent_minor)
    }
}

/// One line for each scope that may spend something on the days, in the order of scopes.
///
/// # Errors
/// [`TooLarge`] where a sum cannot be shown.
pub fn lines<K: Ord + Copy>(budgets: &[Fund<K>], spent: &[Fund<K>], days: DaySpan, scale: u32) -> Result<Vec<BudgetLine<K>>, TooLarge> {
    let mut sums: BTreeMap<K, (i128, i128)> = BTreeMap::new();
    for fund in budgets.iter().filter(|fund| fund.accrual.days().intersection(days).is_some()) {
        sums.entry(fund.scope).or_default().0 += i128::from(fund.accrual.within(days));
    }
    for fund in spent {
        if let Some((_, spent)) = sums.get_mut(&fund.scope) {
            *spent += i128::from(fund.accrual.within(days));
        }
    }
    let line = |(scope, (budget, spent)): (K, (i128, i128))| {
        let minor = |sum: i128| i64::try_from(sum).map_err(|_| TooLarge);
        let (budget_minor, spent_minor) = (minor(budget)?, minor(spent)?);
        let (budget, spent) = (Decimal::new(budget_minor, scale), Decimal::new(spent_minor, scale));
        let used = Ratio::new(spent, budget, SHARE_PLACES, NullReason::ZeroDenominator)?;
        Ok(BudgetLine { scope, budget_minor, spent_minor, used })
    };
    sums.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;

    fn days(first: u32, last: u32) -> DaySpan {
        let day = |day| NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        DaySpan::new(day(first), day(last)).unwrap()
    }

    fn fund(scope: u8, amount: i64, span: DaySpan) -> Fund<u8> {
        Fund { scope, accrual: Accrual::new(amount, span) }
    }

    #[test]
    fn a_period_knows_its_part_of_budget_and_spending() {
        let budgets = [fund(1, 31_00, days(1, 31)), fund(2, 10_00, days(1, 10)), fund(1, 9_00, days(1, 9)), fund(3, 0, days(1, 31))];
        let spent = [fund(1, 62_00, days(1, 31)), fund(2, 5_00, days(5, 5)), fund(9, 7_00, days(1, 31)), fund(3, 1_00, days(1, 1))];
        let told = |span| {
            let lines = lines(&budgets, &spent, span, 2).unwrap();
            let told = lines.iter().map(|line| (line.scope, line.budget_minor, line.spent_minor, line.left_minor(), line.used.value));
            told.map(|(scope, budget, spent, left, used)| (scope, budget, spent, left, used.map(|used| used.to_string())))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(days(1, 31)),
            [
                (1, 40_00, 62_00, -22_00, Some("1.5500".to_owned())),
                (2, 10_00, 5_00, 5_00, Some("0.5000".to_owned())),
                (3, 0, 1_00, -1_00, None),
            ]
        );
        assert_eq!(
            told(days(10, 11)),
            [(1, 2_00, 4_00, -2_00, Some("2.0000".to_owned())), (2, 1_00, 0, 1_00, Some("0.0000".to_owned())), (3, 0, 0, 0, None),]
        );
        assert_eq!(lines::<u8>(&[], &spent, days(1, 31), 2).unwrap(), [], "what nobody budgeted has no line");
    }

    proptest! {
        #[test]
        fn parts_of_a_period_add_up(amounts in prop::collection::vec((0..3_u8, 0..1_000_000_i64, 1..31_u32, 1..31_u32), 1..8), cut in 1..30_u32) {
            let funds: Vec<_> = amounts.iter().map(|&(scope, amount, one, other)| fund(scope, amount, days(one.min(other), one.max(other)))).collect();
            let sum = |span| {
                let lines = lines(&funds, &funds, span, 2).unwrap();
                lines.iter().map(|line| line.budget_minor).sum::<i64>()
            };
            prop_assert_eq!(sum(days(1, cut)) + sum(days(cut + 1, 31)), amounts.iter().map(|(_, amount, ..)| amount).sum::<i64>());
        }
    }
}
