//! What the touches of a close say about who earned it: the W-shaped model.
//!
//! Three milestones take 30 % each: the first touch (FT), the last touch at or before the buyer became known (LC), the
//! last touch at or before the opportunity was created (OC). The other 10 % is spread evenly over the touches in the
//! middle; vendors differ on which those are, see [`Spread`]. Weights that fall on one touch add; a milestone
//! that does not exist and a middle that is empty drop out, and the rest is scaled up to 100 %.
//! Weights are integers of one unknown unit, so that nothing is rounded before money or basis points are handed out.
//!
//! This is correlation, never cause: evidence is recomputed freely and moves no credit by itself.

use std::ops::Range;

use entity::kinds::Resource;
use entity::time::Timestamp;

use super::by_resource::ByResource;
use super::split::{NoWeight, split};

/// Microseconds of a day of 24 hours.
const DAY_MICROS: i64 = 86_400_000_000;

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

/// Which touches share the 10 % that no milestone takes.
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

/// The W-shaped weights of one close over its touches: any weight in constant time, nothing allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WShape {
    eligible: Range<usize>,
    /// Positions of FT, LC and OC.
    milestones: [Option<usize>; 3],
    /// Touches from here on are not in the middle.
    middle_end: usize,
    /// Weight of one milestone, in units of the weight of one touch in the middle.
    milestone_weight: u64,
}

impl WShape {
    /// Weighs the touches of a close; `None` if none is eligible, so that the close stays unattributed.
    ///
    /// `times` must be in order of time, those of one instant in order of their id. Eligible are those in
    /// `(closed_at − lookback, closed_at]`.
    #[must_use]
    pub fn of(times: &[Timestamp], milestones: Milestones, closed_at: Timestamp, model: Model) -> Option<Self> {
        let opens = model.lookback.opens(closed_at);
        let eligible = times.partition_point(|&at| at <= opens)..times.partition_point(|&at| at <= closed_at);
        if eligible.is_empty() {
            return None;
        }
        let last_by = |moment: Option<Timestamp>| {
            let after = moment.map_or(0, |moment| times.partition_point(|&at| at <= moment)).min(eligible.end);
            after.checked_sub(1).filter(|position| eligible.contains(position))
        };
        let opportunity = last_by(milestones.opportunity_created_at);
        let middle_end = match model.spread {
            Spread::AllOthers => eligible.end,
            Spread::BeforeOpportunity => opportunity.unwrap_or(eligible.start),
        };
        let mut shape = Self {
            milestones: [Some(eligible.start), last_by(milestones.known_at), opportunity],
            eligible,
            middle_end,
            milestone_weight: 1,
        };
        let middle = shape.middle_len();
        if middle > 0 {
            // 30 % to 10 % ÷ middle.
            shape.milestone_weight = 3 * middle;
        }
        Some(shape)
    }

    /// Positions of the eligible touches.
    #[must_use]
    pub fn eligible(&self) -> Range<usize> {
        self.eligible.clone()
    }

    /// The weight of the touch at a position; 0 for one that is not eligible.
    #[must_use]
    pub fn weight(&self, position: usize) -> u64 {
        let milestones: u64 = self.milestones.iter().map(|&milestone| u64::from(milestone == Some(position))).sum();
        if milestones > 0 {
            return milestones * self.milestone_weight;
        }
        u64::from(self.eligible.start <= position && position < self.middle_end)
    }

    /// The weights of the eligible touches, in order.
    pub fn weights(&self) -> impl Iterator<Item = u64> {
        self.eligible().map(|position| self.weight(position))
    }

    /// The weights summed by resource; `resources` stand in the order of the touches.
    #[must_use]
    pub fn by_resource(&self, resources: &[Resource]) -> ByResource<u64> {
        let mut sums = ByResource::default();
        for (position, &resource) in resources.iter().enumerate() {
            *sums.get_mut(resource) += self.weight(position);
        }
        sums
    }

    /// An amount in minor units handed out to the eligible touches, largest remainder, earlier touch first.
    ///
    /// # Errors
    /// Never in practice: the first touch always weighs something.
    pub fn split(&self, amount_minor: i64) -> Result<Vec<i64>, NoWeight> {
        split(amount_minor, &self.weights().collect::<Vec<_>>())
    }

    /// Touches in the middle: eligible, early enough, no milestone.
    fn middle_len(&self) -> u64 {
        let range = self.eligible.start..self.middle_end;
        let [first, known, opportunity] = self.milestones;
        let counted = |milestone: Option<usize>| u64::from(milestone.is_some_and(|position| range.contains(&position)));
        let mut milestones = counted(first);
        if known != first {
            milestones += counted(known);
        }
        if opportunity != first && opportunity != known {
            milestones += counted(opportunity);
        }
        u64::try_from(range.len()).unwrap_or(u64::MAX) - milestones
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

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
        let shape = WShape::of(&times, milestones, closed_at, ALL_OTHERS).unwrap();
        let amounts = shape.split(1_000_000).unwrap();
        assert_eq!(amounts, [300_000, 300_000, 33_334, 300_000, 33_333, 33_333]);
        assert_eq!(roll(&amounts, &resources), [66_666, 633_334, 300_000]);
        assert_eq!(shape.by_resource(&resources).into_array(), [2, 19, 9]);
    }

    #[test]
    fn g5_rest_before_the_opportunity() {
        let (times, resources, milestones, closed_at) = g5();
        let shape = WShape::of(&times, milestones, closed_at, BEFORE).unwrap();
        let amounts = shape.split(1_000_000).unwrap();
        assert_eq!(amounts, [300_000, 300_000, 100_000, 300_000, 0, 0]);
        assert_eq!(roll(&amounts, &resources), [0, 700_000, 300_000]);
    }

    /// Percent of a million, of touches on days 1, 2, 3 …; LC and OC given as days.
    fn percents(days: &[i64], known: Option<i64>, opportunity: Option<i64>, model: Model) -> Vec<i64> {
        let times: Vec<_> = days.iter().map(|&number| day(number)).collect();
        let milestones = Milestones { known_at: known.map(day), opportunity_created_at: opportunity.map(day) };
        WShape::of(&times, milestones, day(30), model).unwrap().split(1_000_000).unwrap()
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
        let shape = WShape::of(&[day(10), day(11), day(20), day(21)], Milestones::default(), closed_at, model).unwrap();
        assert_eq!((shape.eligible(), shape.weight(0), shape.weight(3)), (1..3, 0, 0));
        assert_eq!(WShape::of(&[day(10), day(21)], Milestones::default(), closed_at, model), None, "unattributed");
        assert_eq!(WShape::of(&[], Milestones::default(), closed_at, model), None);
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
            let shape = WShape::of(&times, milestones, closed_at, model);
            let eligible: Vec<_> = times.iter().copied().filter(|&time| model.lookback.reaches(time, closed_at)).collect();
            prop_assert_eq!(shape.is_none(), eligible.is_empty());

            let mut extended: Vec<_> = early.iter().map(|&number| day(number)).collect();
            extended.sort_unstable();
            extended.extend(&times);
            let latest = extended.last().copied().unwrap_or(closed_at).max(closed_at);
            extended.push(latest.saturating_add_micros(late));
            let amounts = shape.map(|shape| {
                let total: u64 = shape.weights().sum();
                let milestones = shape.milestones.iter().flatten().count();
                // 30 % for each milestone there is and 10 % for the middle if there is one, to the unit.
                let middle = shape.middle_len();
                let expected = if middle == 0 { milestones as u64 } else { (3 * milestones as u64 + 1) * middle };
                assert_eq!(total, expected);
                shape.split(amount).unwrap()
            });
            prop_assert!(amounts.as_ref().is_none_or(|amounts| amounts.iter().sum::<i64>() == amount));
            let alone = WShape::of(&extended, milestones, closed_at, model).map(|shape| shape.split(amount).unwrap());
            prop_assert_eq!(alone, amounts);
        }
    }
}
