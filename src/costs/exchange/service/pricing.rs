//! What closes and costs come to in the currency of the organization. Whoever values them asks here, so that no amount is
//! computed in two ways.

use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use entity::ids::{CloseId, CostEntryId};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;

use crate::costs::exchange::store::{self, Converted, Wanted};
use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::exchange::Rate;
use crate::metrics::standing::Standing;

/// Days by which a local day may lie off the day of the instant in UTC, and off the local day of another zone.
const ASTRAY: Days = Days::new(2);

/// Which rates amounts in other currencies are converted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rates {
    /// Each by the rate of its own date that is pinned to it.
    #[default]
    OwnDate,
    /// All by the rates of one day.
    Constant(NaiveDate),
}

/// What amounts come to in one currency.
#[derive(Debug)]
pub struct Pricing {
    into: CurrencyCode,
    rates: Loaded,
}

#[derive(Debug)]
enum Loaded {
    OwnDate(Converted),
    Constant(HashMap<CurrencyCode, Rate>),
}

/// What a close is worth, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// When it was recorded.
    pub gross_minor: i64,
    /// After what was given back; a void changes nothing of it.
    pub left_minor: i64,
}

/// Loads what is needed to convert amounts of some days into a currency, by what was recorded until an instant; within a
/// transaction of another area. The days are those of the instants in UTC, and the first of cost entries. Two statements for any
/// number of amounts, and none where all are in that currency.
///
/// # Errors
/// What the database says.
pub async fn pricing(
    tx: &TenantTx,
    into: CurrencyCode,
    rates: Rates,
    amounts: impl Iterator<Item = (CurrencyCode, NaiveDate)>,
    as_of: Timestamp,
) -> Result<Pricing> {
    let (mut bases, mut days) = (BTreeSet::new(), None);
    for (currency, day) in amounts.filter(|(currency, _)| *currency != into) {
        bases.insert(currency);
        let (first, last) = days.unwrap_or((day, day));
        days = Some((day.min(first), day.max(last)));
    }
    let rates = match (rates, days) {
        (_, None) => Loaded::OwnDate(Converted::default()),
        (Rates::Constant(day), _) => Loaded::Constant(store::rates_on(tx, (into, day), as_of).await?),
        (Rates::OwnDate, Some((first, last))) => {
            let days = (first.checked_sub_days(ASTRAY).unwrap_or(first), last.checked_add_days(ASTRAY).unwrap_or(last));
            Loaded::OwnDate(store::conversions(tx, &Wanted { bases, quotes: [into].into(), days }, as_of).await?)
        }
    };
    Ok(Pricing { into, rates })
}

impl Pricing {
    /// What a cost entry comes to, in minor units; `None` without a rate.
    #[must_use]
    pub fn cost(&self, id: CostEntryId, amount: Money) -> Option<i64> {
        self.convert(amount, |converted| converted.costs.get(&id).copied())
    }

    /// What a close is worth; `None` without a rate.
    #[must_use]
    pub fn close(&self, id: CloseId, amount: Money, standing: Standing) -> Option<Worth> {
        let left = Money::from_minor(amount.amount_minor().saturating_sub(standing.refunded_minor), amount.currency());
        let rate = |converted: &Converted| converted.closes.get(&id).copied();
        Some(Worth { gross_minor: self.convert(amount, rate)?, left_minor: self.convert(left, rate)? })
    }

    /// What does not fit is as good as without a rate.
    fn convert(&self, amount: Money, pinned: impl FnOnce(&Converted) -> Option<Rate>) -> Option<i64> {
        if amount.currency() == self.into {
            return Some(amount.amount_minor());
        }
        let rate = match &self.rates {
            Loaded::OwnDate(converted) => pinned(converted),
            Loaded::Constant(rates) => rates.get(&amount.currency()).copied(),
        };
        rate?.convert(amount, self.into)
    }
}
