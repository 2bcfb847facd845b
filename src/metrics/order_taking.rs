//! How much of what sellers get credit for they only wrote down: the buyer wanted to buy before a seller first spoke to them. See
//! `metrics.md`, section 2.2 (G23).

use entity::money::BASIS_POINTS;
use entity::time::Timestamp;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of a share.
const PLACES: u32 = 4;

/// A close, as far as order-taking wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// What the ledger gives Sales, in basis points.
    pub sales_bp: i64,
    /// The first touch of Sales within the lookback.
    pub first_sales_touch: Option<Timestamp>,
    /// When the buyer first showed that they want to buy, within the lookback.
    pub intent: Option<Timestamp>,
}

/// What a close tells of order-taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Sales has less than half of it.
    NotOfSales,
    /// Nobody knows when the buyer wanted to buy.
    Unknown,
    /// No seller spoke to the buyer before they wanted to buy.
    Taken,
    /// A seller did.
    Sold,
}

impl Sale {
    /// What it tells.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        if self.sales_bp < BASIS_POINTS / 2 {
            return Verdict::NotOfSales;
        }
        match (self.intent, self.first_sales_touch) {
            (None, _) => Verdict::Unknown,
            (Some(intent), Some(touch)) if touch < intent => Verdict::Sold,
            (Some(_), _) => Verdict::Taken,
        }
    }
}

/// Closes taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderTaking {
    /// All of them.
    pub closes: u64,
    /// Those of which Sales has half at least.
    pub eligible: u64,
    /// Of these, those of which nobody knows when the buyer wanted to buy.
    pub unknown: u64,
    /// Of the rest, those no seller brought.
    pub taken: u64,
}

impl OrderTaking {
    /// Counts closes.
    pub fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        verdicts.fold(Self::default(), |sum, verdict| Self {
            closes: sum.closes + 1,
            eligible: sum.eligible + u64::from(verdict != Verdict::NotOfSales),
            unknown: sum.unknown + u64::from(verdict == Verdict::Unknown),
            taken: sum.taken + u64::from(verdict == Verdict::Taken),
        })
    }

    /// Those no seller brought, over those of which that is known.
    ///
    /// # Errors
    /// [`TooLarge`], which a share of a count never is.
    pub fn share(self) -> Result<Ratio, TooLarge> {
        Ratio::new(self.taken.into(), self.eligible.saturating_sub(self.unknown).into(), PLACES, NullReason::ZeroDenominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(sales_bp: i64, touch: Option<i64>, intent: Option<i64>) -> Verdict {
        let [first_sales_touch, intent] = [touch, intent].map(|day| day.map(Timestamp::from_micros));
        Sale { sales_bp, first_sales_touch, intent }.verdict()
    }

    #[test]
    fn g23_two_of_three_were_taken() {
        let verdicts = [
            sale(10_000, Some(5), Some(10)),
            sale(10_000, Some(12), Some(10)),
            sale(10_000, None, Some(10)),
            sale(4_000, Some(12), Some(10)),
            sale(6_000, Some(10), None),
        ];
        assert_eq!(verdicts, [Verdict::Sold, Verdict::Taken, Verdict::Taken, Verdict::NotOfSales, Verdict::Unknown]);
        let sum = OrderTaking::of(verdicts.into_iter());
        assert_eq!(sum, OrderTaking { closes: 5, eligible: 4, unknown: 1, taken: 2 });
        assert_eq!(sum.share().unwrap().value.unwrap().to_string(), "0.6667");
    }

    #[test]
    fn half_of_a_close_is_enough_and_a_touch_at_the_moment_of_intent_is_late() {
        assert_eq!(sale(5_000, Some(10), Some(10)), Verdict::Taken);
        assert_eq!(sale(5_000, Some(9), Some(10)), Verdict::Sold);
        assert_eq!(sale(4_999, Some(10), Some(10)), Verdict::NotOfSales);
        let unknown = OrderTaking::of([sale(5_000, None, None)].into_iter());
        assert_eq!(unknown.share().unwrap().null_reason, Some(NullReason::ZeroDenominator));
    }
}
