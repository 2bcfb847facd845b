//! How much of the way to a close needs no seller.

use entity::kinds::{ActorKind, ClosePath};
use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of a share.
const PLACES: u32 = 4;

/// The way to one close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// On which path it was won.
    pub path: ClosePath,
    /// Touches within the lookback.
    pub touches: u64,
    /// Those of them that a seller made.
    pub by_sellers: u64,
}

impl Way {
    /// The way with these touches on it.
    pub fn of(path: ClosePath, actors: impl Iterator<Item = ActorKind>) -> Self {
        actors.fold(Self { path, touches: 0, by_sellers: 0 }, |way, actor| Self {
            touches: way.touches + 1,
            by_sellers: way.by_sellers + u64::from(actor == ActorKind::Seller),
            ..way
        })
    }

    /// Whether no seller had a part in it. What was won with a seller or a partner needed one, whether or not their touches
    /// were recorded; and who bought by themselves after a seller spoke to them did not do without.
    #[must_use]
    pub fn is_rep_free(self) -> bool {
        self.path == ClosePath::SelfServe && self.by_sellers == 0
    }
}

/// Ways taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepFree {
    /// Closes.
    pub closes: u64,
    /// Those without a seller.
    pub rep_free: u64,
    /// Those the buyer made by themselves, whoever spoke to them before.
    pub self_serve: u64,
    /// Touches within the lookback.
    pub touches: u64,
    /// Those of them that a seller made.
    pub by_sellers: u64,
}

impl RepFree {
    /// Counts ways.
    pub fn of(ways: impl Iterator<Item = Way>) -> Self {
        ways.fold(Self::default(), |mut sum, way| {
            sum.add(way);
            sum
        })
    }

    /// Takes a way in.
    pub fn add(&mut self, way: Way) {
        self.closes += 1;
        self.rep_free += u64::from(way.is_rep_free());
        self.self_serve += u64::from(way.path == ClosePath::SelfServe);
        self.touches += way.touches;
        self.by_sellers += way.by_sellers;
    }

    /// The closes without a seller, over all.
    ///
    /// # Errors
    /// [`TooLarge`], which a share of a count never is.
    pub fn share(self) -> Result<Ratio, TooLarge> {
        Ratio::new(self.rep_free.into(), self.closes.into(), PLACES, NullReason::ZeroCloses)
    }

    /// The touches that no seller made, over all.
    ///
    /// # Errors
    /// [`TooLarge`], which a share of a count never is.
    pub fn touch_share(self) -> Result<Ratio, TooLarge> {
        let others = Decimal::from(self.touches) - Decimal::from(self.by_sellers);
        Ratio::new(others, self.touches.into(), PLACES, NullReason::ZeroDenominator)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn way(path: ClosePath, touches: u64, by_sellers: u64) -> Way {
        Way { path, touches, by_sellers }
    }

    #[test]
    fn only_who_bought_by_themselves_and_was_not_spoken_to_did_without() {
        let ways = [
            way(ClosePath::SelfServe, 4, 0),
            way(ClosePath::SelfServe, 0, 0),
            way(ClosePath::SelfServe, 5, 1),
            way(ClosePath::Assisted, 2, 0),
            way(ClosePath::Assisted, 6, 3),
            way(ClosePath::Partner, 3, 0),
        ];
        let sum = RepFree::of(ways.into_iter());
        assert_eq!(sum, RepFree { closes: 6, rep_free: 2, self_serve: 3, touches: 20, by_sellers: 4 });
        assert_eq!(sum.share().unwrap().value.unwrap().to_string(), "0.3333");
        assert_eq!(sum.touch_share().unwrap().value.unwrap().to_string(), "0.8000");
    }

    #[test]
    fn without_closes_or_touches_there_is_no_share() {
        let nothing = RepFree::of(std::iter::empty());
        assert_eq!(nothing.share().unwrap().null_reason, Some(NullReason::ZeroCloses));
        assert_eq!(nothing.touch_share().unwrap().null_reason, Some(NullReason::ZeroDenominator));
        let untouched = RepFree::of([way(ClosePath::SelfServe, 0, 0)].into_iter());
        assert_eq!(untouched.share().unwrap().value, Some(Decimal::new(10_000, 4)));
        assert_eq!(untouched.touch_share().unwrap().value, None);
    }

    #[test]
    fn whoever_is_no_seller_is_counted_as_nothing_else() {
        for &actor in ActorKind::ALL {
            let way = Way::of(ClosePath::SelfServe, [actor, ActorKind::Campaign].into_iter());
            assert_eq!((way.touches, way.by_sellers), (2, u64::from(actor == ActorKind::Seller)), "{actor:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(ways in prop::collection::vec((0usize..3, 0u64..9, 0u64..9), 0..30), at in 0usize..30) {
            let ways: Vec<Way> = ways.into_iter().map(|(path, others, by_sellers)| way(ClosePath::ALL[path], others + by_sellers, by_sellers)).collect();
            let (one, other) = ways.split_at(at.min(ways.len()));
            let (whole, one, other) = (RepFree::of(ways.iter().copied()), RepFree::of(one.iter().copied()), RepFree::of(other.iter().copied()));
            prop_assert_eq!((whole.closes, whole.rep_free, whole.touches), (one.closes + other.closes, one.rep_free + other.rep_free, one.touches + other.touches));
            prop_assert!(whole.rep_free <= whole.self_serve && whole.self_serve <= whole.closes && whole.by_sellers <= whole.touches);
        }
    }
}
