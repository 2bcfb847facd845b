//! How much of a segment is reached: which of its accounts were touched, are looking, are known, bought.

use entity::kinds::DemandState;
use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of a share.
const SHARE_PLACES: u32 = 4;

/// What there is between an account and the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// It, or somebody who buys for it, was touched.
    pub touched: bool,
    /// Whether it is looking, where anybody knows.
    pub demand: Option<DemandState>,
    /// Somebody who buys for it is known.
    pub known: bool,
    /// It bought.
    pub customer: bool,
}

/// A part of a segment. An account is in one part of each pair, and of the three of demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Part {
    /// Touched.
    Touched,
    /// Not touched.
    Untouched,
    /// Looking.
    Searching,
    /// Not looking.
    NotSearching,
    /// Nobody knows whether it is looking.
    DemandUnknown,
    /// Somebody there is known.
    Known,
    /// Nobody there is known.
    Anonymous,
    /// It bought.
    Customer,
    /// It did not buy yet.
    Prospect,
}

impl Part {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Touched,
        Self::Untouched,
        Self::Searching,
        Self::NotSearching,
        Self::DemandUnknown,
        Self::Known,
        Self::Anonymous,
        Self::Customer,
        Self::Prospect,
    ];

    /// Whether an account is in it.
    #[must_use]
    pub fn holds(self, account: Reached) -> bool {
        match self {
            Self::Touched => account.touched,
            Self::Untouched => !account.touched,
            Self::Searching => account.demand == Some(DemandState::Searching),
            Self::NotSearching => account.demand == Some(DemandState::NotSearching),
            Self::DemandUnknown => account.demand.is_none(),
            Self::Known => account.known,
            Self::Anonymous => !account.known,
            Self::Customer => account.customer,
            Self::Prospect => !account.customer,
        }
    }
}

/// The share of accounts that are in all of some parts.
///
/// # Errors
/// [`TooLarge`] where the share does not fit, which a share of a count does.
pub fn share(accounts: impl IntoIterator<Item = Reached>, parts: &[Part]) -> Result<Ratio, TooLarge> {
    let (mut inside, mut all) = (0_u64, 0_u64);
    for account in accounts {
        all = all.saturating_add(1);
        inside = inside.saturating_add(u64::from(parts.iter().all(|part| part.holds(account))));
    }
    Ratio::new(Decimal::from(inside), Decimal::from(all), SHARE_PLACES, NullReason::ZeroDenominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Vec<Reached> {
        let mut all = Vec::new();
        for bits in 0..8_u8 {
            for demand in [None, Some(DemandState::Searching), Some(DemandState::NotSearching)] {
                all.push(Reached { touched: bits & 1 > 0, known: bits & 2 > 0, customer: bits & 4 > 0, demand });
            }
        }
        all
    }

    #[test]
    fn an_account_is_in_one_part_of_each_group() {
        use Part::{Anonymous, Customer, DemandUnknown, Known, NotSearching, Prospect, Searching, Touched, Untouched};
        for account in everything() {
            for group in [&[Touched, Untouched][..], &[Searching, NotSearching, DemandUnknown], &[Known, Anonymous], &[Customer, Prospect]]
            {
                assert_eq!(group.iter().filter(|part| part.holds(account)).count(), 1, "{account:?} {group:?}");
            }
        }
    }

    #[test]
    fn a_share_counts_who_is_in_all_parts() {
        let value = |parts: &[Part]| share(everything(), parts).unwrap().value.unwrap().to_string();
        assert_eq!(value(&[]), "1.0000");
        assert_eq!(value(&[Part::Untouched]), "0.5000");
        assert_eq!(value(&[Part::NotSearching]), "0.3333");
        assert_eq!(value(&[Part::Untouched, Part::NotSearching]), "0.1667");
        assert_eq!(value(&[Part::Touched, Part::Untouched]), "0.0000");
        assert_eq!(share([], &[]).unwrap().null_reason, Some(NullReason::ZeroDenominator));
    }
}
