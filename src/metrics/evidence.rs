//! What the touches of a close say about who earned it: the W-shaped model.
//!
//! Three milestones take 30 % each: the first touch (FT), the last touch at or before the buyer became known (LC), the
//! last touch at or before the opportunity was created (OC). The other 10 % is spread evenly over the touches in the
//! middle; vendors differ on which those are, see [`Spread`]. Weights that fall on one touch add; a milestone
//! that does not exist and a middle that is empty drop out, and the rest is scaled up to 100 %.
//! It is one of the models by position of [`super::attribution`], which all weigh in the same way.
//!
//! This is correlation, never cause: evidence is recomputed freely and moves no credit by itself.

use entity::time::Timestamp;

use super::attribution::{Found, Shape, Weights};
use super::durations::DAY_MICROS;

/// How far back from a close its touches count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lookback {
    micros: i64,
}

impl Lookback {
    /// A number of days of 24 hours each.
    #[must_use]
    pub fn from_days(days: u32) -> Self {
        // At most 2³² days, some 10²⁰ µs: stopping at the end of the range looks back over everything.
        Self { micros: i64::from(days).saturating_mul(DAY_MICROS) }
    }

    /// Its length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// Its length in whole days.
    #[must_use]
    pub fn days(self) -> u32 {
        u32::try_from(self.micros / DAY_MICROS).unwrap_or(u32::MAX)
    }

    /// Whether an instant lies in `(closed_at − lookback, closed_at]`.
    #[must_use]
    pub fn reaches(self, instant: Timestamp, closed_at: Timestamp) -> bool {
        self.opens(closed_at) < instant && instant <= closed_at
    }

    /// The last instant that is too early.
    #[must_use]
    pub const fn opens(self, closed_at: Timestamp) -> Timestamp {
        closed_at.saturating_add_micros(-self.micros)
    }
}

/// Which touches share what no milestone takes: 10 % in the W-shaped model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Every eligible touch that is no milestone.
    AllOthers,
    /// Of these only the ones before the opportunity's touch; none where there is no such touch.
    BeforeOpportunity,
}

/// The parameters of the W-shaped model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Model {
    /// How far back touches count.
    pub lookback: Lookback,
    /// Which touches are the middle.
    pub spread: Spread,
}

/// The moments of a buyer's journey that make touches into milestones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// When the buyer became known.
    pub known_at: Option<Timestamp>,
    /// When the opportunity was created.
    pub opportunity_created_at: Option<Timestamp>,
}

impl Model {
    /// Weighs the touches of a close; `None` if none is eligible, so that the close stays unattributed.
    ///
    /// `times` must be in order of time, those of one instant in order of their id.
    #[must_use]
    pub fn shape(self, times: &[Timestamp], milestones: Milestones, closed_at: Timestamp) -> Option<Shape> {
        Shape::weigh(&Found::of(times, milestones, closed_at, self.lookback)?, self.weights())
    }

    /// What it weighs milestones and the rest by.
    #[must_use]
    pub const fn weights(self) -> Weights {
        Weights::W_SHAPED.over(self.spread)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use entity::kinds::Resource;
    use proptest::prelude::*;

    use super::super::by_resource::ByResource;
    use super::*;

    const QUARTER: Lookback = Lookback { micros: 90 * DAY_MICROS };
    const ALL_OTHERS: Model = Model { lookback: QUARTER, spread: Spread::AllOthers };
    const BEFORE: Model = Model { lookback: QUARTER, spread: Spread::BeforeOpportunity };

    fn at(text: &str) -> Timestamp {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_micros((20_000 + day) * DAY_MICROS)
    }

    /// The journey of G5, closed 2026-01-31T12:00Z for 10 000.00.
    fn g5() -> ([Timestamp; 6], [Resource; 6], Milestones, Timestamp) {
        use Resource::{Marketing, Product, Sales};
        let times = ["01-01T12", "01-08T12", "01-15T12", "01-20T12", "01-25T12", "01-31T11"].map(|day| at(&format!("2026-{day}:00:00Z")));
        let milestones =
            Milestones { known_at: Some(at("2026-01-08T12:00:00Z")), opportunity_created_at: Some(at("2026-01-20T12:00:00Z")) };
        (times, [Marketing, Marketing, Marketing, Product, Sales, Sales], milestones, at("2026-01-31T12:00:00Z"))
    }

    fn roll(amounts: &[i64], resources: &[Resource]) -> [i64; 3] {
        let mut sums = ByResource::default();
        for (amount, &resource) in amounts.iter().zip(resources) {
            *sums.get_mut(resource) += amount;
        }
        sums.into_array()
    }

    #[test]
    fn g5_rest_over_all_others() {
        let (times, resources, milestones, closed_at) = g5();
        let shape = ALL_OTHERS.shape(&times, milestones, closed_at).unwrap();
        let amounts = shape.split(1_000_000).unwrap();
        assert_eq!(amounts, [300_000, 300_000, 33_334, 300_000, 33_333, 33_333]);
        assert_eq!(roll(&amounts, &resources), [66_666, 633_334, 300_000]);
        assert_eq!(shape.by_resource(&resources).into_array(), [2, 19, 9]);
    }

    #[test]
    fn g5_rest_before_the_opportunity() {
        let (times, resources, milestones, closed_at) = g5();
        let shape = BEFORE.shape(&times, milestones, closed_at).unwrap();
        let amounts = shape.split(1_000_000).unwrap();
        assert_eq!(amounts, [300_000, 300_000, 100_000, 300_000, 0, 0]);
        assert_eq!(roll(&amounts, &resources), [0, 700_000, 300_000]);
    }

    /// Percent of a million, of touches on days 1, 2, 3 …; LC and OC given as days.
    fn percents(days: &[i64], known: Option<i64>, opportunity: Option<i64>, model: Model) -> Vec<i64> {
        let times: Vec<_> = days.iter().map(|&number| day(number)).collect();
        let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
        model.shape(&times, milestones, day(30)).unwrap().split(1_000_000).unwrap()
    }

    #[test]
    fn g5_degenerate_journeys_add_drop_and_renormalise() {
        for model in [ALL_OTHERS, BEFORE] {
            assert_eq!(percents(&[1], Some(1), Some(1), model), [1_000_000], "one touch is all three");
            assert_eq!(percents(&[1, 2], Some(1), Some(2), model), [666_667, 333_333], "FT = LC, no middle");
            assert_eq!(percents(&[1, 2, 3], Some(2), Some(3), model), [333_334, 333_333, 333_333], "no middle");
            assert_eq!(percents(&[1, 2, 3], None, Some(3), model), [428_572, 142_857, 428_571], "LC missing");
            assert_eq!(percents(&[1], None, None, model), [1_000_000], "only FT");
            assert_eq!(percents(&[2, 3], Some(1), Some(3), model), [500_000, 500_000], "known before the first touch: no LC");
        }
        assert_eq!(percents(&[1, 2], None, None, ALL_OTHERS), [750_000, 250_000], "only FT and a middle");
        assert_eq!(percents(&[1, 2], None, None, BEFORE), [1_000_000, 0], "nothing lies before a missing OC");
        assert_eq!(percents(&[1, 2, 3, 4], Some(4), Some(2), BEFORE), [333_334, 333_333, 0, 333_333], "LC after OC");
    }

    #[test]
    fn touches_of_one_instant_keep_their_order() {
        assert_eq!(percents(&[1, 1, 1], Some(1), Some(1), ALL_OTHERS), [300_000, 100_000, 600_000]);
    }

    #[test]
    fn the_window_is_open_at_its_far_end_and_closed_at_the_close() {
        let model = Model { lookback: Lookback::from_days(10), spread: Spread::AllOthers };
        let closed_at = day(20);
        assert!(!model.lookback.reaches(day(10), closed_at) && model.lookback.reaches(closed_at, closed_at));
        let shape = model.shape(&[day(10), day(11), day(20), day(21)], Milestones::default(), closed_at).unwrap();
        assert_eq!((shape.eligible(), shape.weight(0), shape.weight(3)), (1..3, 0, 0));
        assert_eq!(model.shape(&[day(10), day(21)], Milestones::default(), closed_at), None, "unattributed");
        assert_eq!(model.shape(&[], Milestones::default(), closed_at), None);
        assert_eq!(Lookback::from_days(u32::MAX).opens(Timestamp::EPOCH), Timestamp::from_micros(-i64::MAX));
    }

    prop_compose! {
        fn journey()(mut days in prop::collection::vec(0..60_i64, 0..12), known in prop::option::of(0..60_i64), opportunity in prop::option::of(0..60_i64)) -> (Vec<i64>, Milestones) {
            days.sort_unstable();
            (days, Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) })
        }
    }

    proptest! {
        #[test]
        fn weights_are_100_percent_and_touches_out_of_reach_change_nothing(
            (days, milestones) in journey(), days_back in 1..40_u32, before: bool, amount in -1_000_000..1_000_000_i64,
            early in prop::collection::vec(-40..0_i64, 0..4), late in 1..30_i64,
        ) {
            let spread = if before { Spread::BeforeOpportunity } else { Spread::AllOthers };
            let model = Model { lookback: Lookback::from_days(days_back), spread };
            let closed_at = day(40);
            let times: Vec<_> = days.iter().map(|&number| day(number)).collect();
            let shape = model.shape(&times, milestones, closed_at);
            let eligible: Vec<_> = times.iter().copied().filter(|&time| model.lookback.reaches(time, closed_at)).collect();
            prop_assert_eq!(shape.is_none(), eligible.is_empty());

            let mut extended: Vec<_> = early.iter().map(|&number| day(number)).collect();
            extended.sort_unstable();
            extended.extend(&times);
            let latest = extended.last().copied().unwrap_or(closed_at).max(closed_at);
            extended.push(latest.saturating_add_micros(late));
            let amounts = shape.map(|shape| {
                let total: u64 = shape.weights().sum();
                let reached = |moment: Option<Timestamp>| moment.is_some_and(|moment| eligible.first().is_some_and(|&first| first <= moment));
                let milestones = 1 + usize::from(reached(milestones.known_at)) + usize::from(reached(milestones.opportunity_created_at));
                // 30 % for each milestone there is and 10 % for the middle if there is one, to the unit.
                let middle = shape.rest_len();
                let expected = if middle == 0 { milestones as u64 } else { (3 * milestones as u64 + 1) * middle };
                assert_eq!(total, expected);
                shape.split(amount).unwrap()
            });
            prop_assert!(amounts.as_ref().is_none_or(|amounts| amounts.iter().sum::<i64>() == amount));
            let alone = model.shape(&extended, milestones, closed_at).map(|shape| shape.split(amount).unwrap());
            prop_assert_eq!(alone, amounts);
        }
    }
}
