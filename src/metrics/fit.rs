//! How well an account fits the ideal customer: weights for what is known to be so.
//!
//! What is not known is not taken for false: it leaves a range, and where the threshold lies within it the verdict is that
//! nobody knows. See `metrics.md`, section 2.10 (G26).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};
use super::split::split;

/// Decimal places of a share.
const SHARE_PLACES: u32 = 4;

/// How well an account fits: its score lies between `known` and `possible`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// The weights of what is so.
    pub known: u64,
    /// Those, and the weights of what may be so.
    pub possible: u64,
}

/// What a fit means against a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It fits, whatever else turns out.
    Fit,
    /// It depends on what is not known.
    Unknown,
    /// It does not fit, whatever else turns out.
    NotFit,
}

impl Fit {
    /// Adds up criteria: the weight of each, and whether it is so, if that is known.
    #[must_use]
    pub fn of(criteria: impl IntoIterator<Item = (u32, Option<bool>)>) -> Self {
        criteria.into_iter().fold(Self::default(), |fit, (weight, met)| {
            let weight = u64::from(weight);
            let (known, possible) = match met {
                Some(true) => (weight, weight),
                None => (0, weight),
                Some(false) => (0, 0),
            };
            Self { known: fit.known.saturating_add(known), possible: fit.possible.saturating_add(possible) }
        })
    }

    /// What it means against a threshold, which is enough by itself.
    #[must_use]
    pub const fn verdict(self, threshold: u64) -> Verdict {
        if self.known >= threshold {
            Verdict::Fit
        } else if self.possible >= threshold {
            Verdict::Unknown
        } else {
            Verdict::NotFit
        }
    }
}

/// How an amount of something, as touches, money or closes, goes to accounts by their fit. Parts add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FitSplit {
    /// To those that fit.
    pub on_fit: i64,
    /// To those of which nobody knows.
    pub unknown: i64,
    /// To those that do not fit.
    pub off_fit: i64,
}

impl FitSplit {
    /// Takes an amount in.
    pub const fn add(&mut self, verdict: Verdict, amount: i64) {
        let part = match verdict {
            Verdict::Fit => &mut self.on_fit,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotFit => &mut self.off_fit,
        };
        *part = part.saturating_add(amount);
    }

    /// The shares of the parts: on fit, unknown, off fit.
    ///
    /// # Errors
    /// [`TooLarge`] where amounts of both signs leave a whole so small that a share does not fit.
    pub fn shares(&self) -> Result<[Ratio; 3], TooLarge> {
        self.shares_of_units(0, NullReason::ZeroDenominator)
    }

    /// The shares of amounts in units of `10^-scale`, as cents of money are: on fit, unknown, off fit; without a value for the
    /// reason `if_zero` where the whole is zero.
    ///
    /// # Errors
    /// As [`FitSplit::shares`].
    pub fn shares_of_units(&self, scale: u32, if_zero: NullReason) -> Result<[Ratio; 3], TooLarge> {
        let whole = Decimal::new(self.on_fit, scale) + Decimal::new(self.unknown, scale) + Decimal::new(self.off_fit, scale);
        let share = |part: i64| Ratio::new(Decimal::new(part, scale), whole, SHARE_PLACES, if_zero);
        Ok([share(self.on_fit)?, share(self.unknown)?, share(self.off_fit)?])
    }

    /// The amount that went to the accounts of a verdict.
    #[must_use]
    pub const fn part(&self, verdict: Verdict) -> i64 {
        match verdict {
            Verdict::Fit => self.on_fit,
            Verdict::Unknown => self.unknown,
            Verdict::NotFit => self.off_fit,
        }
    }
}

/// Spreads what each tactic cost over whom it touched, by the number of its touches, in whole units by the largest remainder.
/// What a tactic without touches cost goes to nobody (`None`), as does the part of touches that have no account.
#[must_use]
pub fn spread<T: Ord + Copy, A: Ord + Copy>(
    spent: &BTreeMap<T, i64>,
    touches: impl IntoIterator<Item = (T, Option<A>)>,
) -> BTreeMap<Option<A>, i64> {
    let mut touched: BTreeMap<T, BTreeMap<Option<A>, u64>> = BTreeMap::new();
    for (tactic, account) in touches {
        if spent.contains_key(&tactic) {
            *touched.entry(tactic).or_default().entry(account).or_default() += 1;
        }
    }
    let mut borne: BTreeMap<Option<A>, i64> = BTreeMap::new();
    let mut bear = |account: Option<A>, amount: i64| {
        let sum = borne.entry(account).or_default();
        *sum = sum.saturating_add(amount);
    };
    for (tactic, &amount) in spent {
        let accounts = touched.get(tactic);
        let weights: Vec<u64> = accounts.into_iter().flat_map(BTreeMap::values).copied().collect();
        match (accounts, split(amount, &weights)) {
            (Some(accounts), Ok(parts)) => accounts.keys().zip(parts).for_each(|(&account, part)| bear(account, part)),
            _ => bear(None, amount),
        }
    }
    borne
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WEIGHTS: [u32; 3] = [50, 30, 20];

    fn fit(met: [Option<bool>; 3]) -> Fit {
        Fit::of(WEIGHTS.into_iter().zip(met))
    }

    #[test]
    fn g26_what_is_not_known_is_not_false() {
        let (yes, no, unknown) = (Some(true), Some(false), None);
        let accounts = [[yes, yes, no], [yes, unknown, no], [no, yes, yes]].map(fit);
        assert_eq!(accounts.map(|fit| (fit.known, fit.possible)), [(80, 80), (50, 80), (50, 50)]);
        let verdicts = accounts.map(|fit| fit.verdict(60));
        assert_eq!(verdicts, [Verdict::Fit, Verdict::Unknown, Verdict::NotFit]);
        let mut spend = FitSplit::default();
        verdicts.into_iter().zip([100_000, 40_000, 60_000]).for_each(|(verdict, amount)| spend.add(verdict, amount));
        assert_eq!(spend.shares().unwrap().map(|share| share.value.unwrap().to_string()), ["0.5000", "0.2000", "0.3000"]);
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        let shares = FitSplit::default().shares().unwrap();
        assert!(shares.iter().all(|share| share.null_reason == Some(NullReason::ZeroDenominator)));
        assert_eq!(Fit::of([]).verdict(0), Verdict::Fit, "who asks for nothing is content");
    }

    #[test]
    fn a_cost_goes_where_its_tactic_touched() {
        let spent = BTreeMap::from([("ads", 1_000), ("fair", 100), ("idle", 7)]);
        let touches =
            [("ads", Some('a')), ("ads", Some('a')), ("ads", Some('b')), ("fair", None), ("fair", Some('a')), ("free", Some('c'))];
        assert_eq!(spread(&spent, touches), BTreeMap::from([(None, 57), (Some('a'), 717), (Some('b'), 333)]));
        assert_eq!(spread(&BTreeMap::<&str, i64>::new(), touches), BTreeMap::new());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_by_spreading(spent in prop::collection::btree_map(0..5_u8, -1_000_000..1_000_000_i64, 0..5), touches in prop::collection::vec((0..6_u8, prop::option::of(0..4_u8)), 0..40)) {
            let borne = spread(&spent, touches);
            prop_assert_eq!(borne.values().sum::<i64>(), spent.values().sum::<i64>());
        }

        #[test]
        fn to_learn_more_never_turns_a_verdict_round(met in prop::collection::vec((0..100_u32, prop::option::of(any::<bool>())), 0..12), learned in any::<u64>(), threshold in 0..600_u64) {
            let before = Fit::of(met.iter().copied()).verdict(threshold);
            let known = met.iter().enumerate().map(|(index, &(weight, met))| (weight, Some(met.unwrap_or((learned >> index) & 1 == 1))));
            let after = Fit::of(known).verdict(threshold);
            prop_assert_ne!(after, Verdict::Unknown);
            prop_assert!(before == Verdict::Unknown || before == after);
        }
    }
}
