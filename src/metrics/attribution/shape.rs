//! Models that weigh a touch by its place in the journey.
//!
//! Weights are integers of one unknown unit, so that nothing is rounded before money or parts of a close are handed out.

use std::fmt;
use std::ops::Range;

use entity::kinds::Resource;
use entity::money::BASIS_POINTS;
use entity::time::Timestamp;

use crate::metrics::by_resource::ByResource;
use crate::metrics::evidence::{Lookback, Milestones, Spread};
use crate::metrics::split::{NoWeight, quota, signed, split};

/// What milestones take of a close, and what the rest shares, in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weights {
    milestones: [u16; 4],
    rest: u16,
    spread: Spread,
}

/// Why basis points are not the weights of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightsError {
    /// One is negative.
    Negative,
    /// They do not sum to 10 000.
    NotWhole {
        /// What they sum to.
        sum_bp: i64,
    },
}

impl fmt::Display for WeightsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative => formatter.write_str("no weight may be negative"),
            Self::NotWhole { sum_bp } => write!(formatter, "the weights sum to {sum_bp} basis points, not to {BASIS_POINTS}"),
        }
    }
}

impl std::error::Error for WeightsError {}

impl Weights {
    /// All for the first touch.
    pub const FIRST_TOUCH: Self = Self::even([10_000, 0, 0, 0], 0);
    /// All for the last touch.
    pub const LAST_TOUCH: Self = Self::even([0, 0, 0, 10_000], 0);
    /// The same for every touch.
    pub const LINEAR: Self = Self::even([0; 4], 10_000);
    /// 40 % each for FT and LC, 20 % for the rest.
    pub const U_SHAPED: Self = Self::even([4_000, 4_000, 0, 0], 2_000);
    /// Half each for FT and LC.
    pub const U_SHAPED_HALVES: Self = Self::even([5_000, 5_000, 0, 0], 0);
    /// 40 % each for the first and the last touch, 20 % for the rest.
    pub const POSITION: Self = Self::even([4_000, 0, 0, 4_000], 2_000);
    /// 30 % each for FT, LC and OC, 10 % for the rest.
    pub const W_SHAPED: Self = Self::even([3_000, 3_000, 3_000, 0], 1_000);
    /// 22.5 % each for FT, LC, OC and CW, 10 % for the rest.
    pub const FULL_PATH: Self = Self::even([2_250; 4], 1_000);

    const fn even(milestones: [u16; 4], rest: u16) -> Self {
        Self { milestones, rest, spread: Spread::AllOthers }
    }

    /// Weights of FT, LC, OC and CW, and of the rest, in basis points.
    ///
    /// # Errors
    /// [`WeightsError`] if one is negative or they do not sum to 10 000.
    pub fn new(milestones: [i64; 4], rest: i64, spread: Spread) -> Result<Self, WeightsError> {
        let all = || milestones.into_iter().chain([rest]);
        if all().any(|bp| bp < 0) {
            return Err(WeightsError::Negative);
        }
        let sum_bp = all().fold(0, i64::saturating_add);
        if sum_bp != BASIS_POINTS {
            return Err(WeightsError::NotWhole { sum_bp });
        }
        // None is above the sum.
        let fit = |bp| u16::try_from(bp).unwrap_or(u16::MAX);
        Ok(Self { milestones: milestones.map(fit), rest: fit(rest), spread })
    }

    /// The same weights over another rest.
    #[must_use]
    pub const fn over(self, spread: Spread) -> Self {
        Self { spread, ..self }
    }

    /// What FT, LC, OC and CW take, in basis points.
    #[must_use]
    pub const fn milestones(&self) -> [u16; 4] {
        self.milestones
    }

    /// What the rest shares, in basis points.
    #[must_use]
    pub const fn rest(&self) -> u16 {
        self.rest
    }

    /// Which touches are the rest.
    #[must_use]
    pub const fn spread(&self) -> Spread {
        self.spread
    }
}

/// What all models look for in the touches of a close; never without an eligible touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    eligible: Range<usize>,
    known: Option<usize>,
    opportunity: Option<usize>,
}

impl Found {
    /// Looks through the touches of a close; `None` if none is eligible, so that the close stays unattributed.
    ///
    /// `times` must be in order of time, those of one instant in order of their id. Eligible are those in
    /// `(closed_at − lookback, closed_at]`.
    #[must_use]
    pub fn of(times: &[Timestamp], milestones: Milestones, closed_at: Timestamp, lookback: Lookback) -> Option<Self> {
        let opens = lookback.opens(closed_at);
        let eligible = times.partition_point(|&at| at <= opens)..times.partition_point(|&at| at <= closed_at);
        if eligible.is_empty() {
            return None;
        }
        let last_by = |moment: Option<Timestamp>| {
            let after = moment.map_or(0, |moment| times.partition_point(|&at| at <= moment)).min(eligible.end);
            after.checked_sub(1).filter(|position| eligible.contains(position))
        };
        let (known, opportunity) = (last_by(milestones.known_at), last_by(milestones.opportunity_created_at));
        Some(Self { eligible, known, opportunity })
    }

    /// Positions of the eligible touches.
    #[must_use]
    pub fn eligible(&self) -> Range<usize> {
        self.eligible.clone()
    }
}

/// A touch that is a milestone, or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    position: usize,
    weight: u64,
}

/// The weights of one close over its touches: any weight in constant time, nothing allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    eligible: Range<usize>,
    /// Milestones by their position, each once: the first `count` of them.
    marks: [Mark; 4],
    count: usize,
    /// Touches from here on are not of the rest.
    rest_end: usize,
    rest_len: u64,
    rest_weight: u64,
}

impl Shape {
    /// Weighs touches; `None` if none weighs anything, so that the close stays unattributed.
    #[must_use]
    pub fn weigh(found: &Found, weights: Weights) -> Option<Self> {
        let Found { eligible, known, opportunity } = found;
        let rest_end = match weights.spread {
            Spread::AllOthers => eligible.end,
            Spread::BeforeOpportunity => opportunity.unwrap_or(eligible.start),
        };
        let mut shape = Self { eligible: eligible.clone(), marks: [Mark::default(); 4], count: 0, rest_end, rest_len: 0, rest_weight: 0 };
        let places = [Some(eligible.start), *known, *opportunity, eligible.end.checked_sub(1)];
        let mut unit = 0;
        for (place, &bp) in places.into_iter().zip(&weights.milestones) {
            if let Some(position) = place.filter(|_| bp > 0) {
                unit = greatest_common_divisor(unit, bp.into());
                shape.mark(position, bp.into());
            }
        }
        let marked = shape.marks().iter().filter(|mark| mark.position < rest_end).count();
        let rest_len = u64::try_from((eligible.start..rest_end).len().saturating_sub(marked)).unwrap_or(u64::MAX);
        if rest_len > 0 && weights.rest > 0 {
            unit = greatest_common_divisor(unit, weights.rest.into());
            (shape.rest_len, shape.rest_weight) = (rest_len, u64::from(weights.rest) / unit);
        } else if unit == 0 {
            return None;
        }
        // What the rest shares is divided by how many they are: instead the others are multiplied.
        let times = shape.rest_len.max(1);
        for mark in &mut shape.marks {
            mark.weight = mark.weight / unit * times;
        }
        Some(shape)
    }

    /// Takes in a milestone; on one touch they add.
    fn mark(&mut self, position: usize, weight: u64) {
        let at = self.marks().partition_point(|mark| mark.position < position);
        if let Some(mark) = self.marks.get_mut(at).filter(|mark| at < self.count && mark.position == position) {
            mark.weight += weight;
            return;
        }
        let mut next = Mark { position, weight };
        for mark in self.marks.iter_mut().skip(at) {
            std::mem::swap(mark, &mut next);
        }
        self.count += 1;
    }

    fn marks(&self) -> &[Mark] {
        self.marks.get(..self.count).unwrap_or_default()
    }

    /// Positions of the eligible touches.
    #[must_use]
    pub fn eligible(&self) -> Range<usize> {
        self.eligible.clone()
    }

    /// Touches of the rest; none where the rest has nothing to share.
    #[must_use]
    pub const fn rest_len(&self) -> u64 {
        self.rest_len
    }

    /// The weight of the touch at a position; 0 for one that is not eligible.
    #[must_use]
    pub fn weight(&self, position: usize) -> u64 {
        if let Some(mark) = self.marks().iter().find(|mark| mark.position == position) {
            return mark.weight;
        }
        if self.eligible.start <= position && position < self.rest_end { self.rest_weight } else { 0 }
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
    /// Never in practice: some touch always weighs something.
    pub fn split(&self, amount_minor: i64) -> Result<Vec<i64>, NoWeight> {
        split(amount_minor, &self.weights().collect::<Vec<_>>())
    }

    /// Hands out amounts as [`Shape::split`] does each, to the touches that weigh something, in order. There are few different
    /// weights, so that this takes neither memory nor sorting.
    pub fn hand_out<const N: usize>(&self, amounts: [i64; N], mut give: impl FnMut(usize, [i64; N])) {
        let parts = amounts.map(|amount| self.parts(amount));
        let mut rest = 0;
        let mut next = self.eligible.start;
        let mut rest_until = |end: usize, give: &mut dyn FnMut(usize, [i64; N])| {
            for position in next..end {
                give(position, parts.map(|parts| parts.of_rest(rest)));
                rest += 1;
            }
            next = end.max(next) + 1;
        };
        for (index, mark) in self.marks().iter().enumerate() {
            if self.rest_len > 0 {
                rest_until(mark.position.min(self.rest_end), &mut give);
            }
            give(mark.position, parts.map(|parts| parts.marks.get(index).copied().unwrap_or_default()));
        }
        if self.rest_len > 0 {
            rest_until(self.rest_end, &mut give);
        }
    }

    /// An amount divided by the largest remainder: a part for each milestone, and one for all of the rest but for the first few,
    /// which have a unit more.
    fn parts(&self, amount: i64) -> Parts {
        let magnitude = amount.unsigned_abs();
        let sum =
            u128::from(self.marks().iter().map(|mark| mark.weight).sum::<u64>()) + u128::from(self.rest_weight) * u128::from(self.rest_len);
        let rest = if self.rest_len > 0 { quota(magnitude, self.rest_weight, sum) } else { (0, 0) };
        let mut quotas = [(0, 0); 4];
        let mut left_over = magnitude - rest.0 * self.rest_len;
        for (found, mark) in quotas.iter_mut().zip(self.marks()) {
            *found = quota(magnitude, mark.weight, sum);
            left_over -= found.0;
        }
        let mut parts = Parts { marks: [0; 4], rest: signed(rest.0, amount), more: 0, unit: amount.signum() };
        let mut favoured = 0;
        for (index, (mark, &(quota, fraction))) in self.marks().iter().zip(&quotas).enumerate() {
            // How many stand before this one: those with a larger fraction, and earlier ones with an equal fraction.
            let others = quotas.iter().take(self.count).enumerate();
            let before = others.filter(|&(other, &(_, theirs))| theirs > fraction || (theirs == fraction && other < index)).count();
            let rest_before = match rest.1.cmp(&fraction) {
                std::cmp::Ordering::Greater => self.rest_len,
                std::cmp::Ordering::Equal => self.rest_before(index, mark.position),
                std::cmp::Ordering::Less => 0,
            };
            let rank = rest_before.saturating_add(u64::try_from(before).unwrap_or(u64::MAX));
            let extra = u64::from(rank < left_over);
            favoured += extra;
            if let Some(part) = parts.marks.get_mut(index) {
                *part = signed(quota + extra, amount);
            }
        }
        parts.more = left_over - favoured;
        parts
    }

    /// Touches of the rest before the milestone with an index.
    fn rest_before(&self, index: usize, position: usize) -> u64 {
        if position >= self.rest_end {
            return self.rest_len;
        }
        let before = position.saturating_sub(self.eligible.start).saturating_sub(index);
        u64::try_from(before).unwrap_or(u64::MAX).min(self.rest_len)
    }
}

/// An amount divided.
#[derive(Clone, Copy, Debug)]
struct Parts {
    marks: [i64; 4],
    /// Of each of the rest.
    rest: i64,
    /// How many of the rest, from the first on, have a unit more.
    more: u64,
    unit: i64,
}

impl Parts {
    const fn of_rest(&self, number: u64) -> i64 {
        if number < self.more { self.rest + self.unit } else { self.rest }
    }
}

const fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}
