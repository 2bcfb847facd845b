//! How long things take: durations that ended, and those that still run.
//!
//! What still runs has lasted at least so long, and nobody knows how long it will: it is never mixed into a mean or a
//! percentile, which would make them shorter the more is open. The survival curve takes it in as what it is (Kaplan and Meier,
//! 1958). Durations are elapsed time in microseconds; answers are days of 24 hours. See `metrics.md`, section 2.6 (G8).

use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// A day, in microseconds.
pub const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Decimal places of a number of days.
const DAY_PLACES: u32 = 2;

/// Decimal places of a share that is still there.
const SHARE_PLACES: u32 = 4;

/// Most points of a survival curve.
pub const MAX_POINTS: usize = 100;

/// Bits behind the point of a share while it is computed. Each step loses less than one unit, so that after four milliards of
/// them a share is still exact to seventeen digits.
const SHARE_BITS: u32 = 90;

/// Microseconds in days of 24 hours, rounded half to even to two places.
#[must_use]
pub fn elapsed_days(micros: i64) -> Decimal {
    days(i128::from(micros), 1, NullReason::ZeroDenominator).ok().and_then(|days| days.value).unwrap_or_default()
}

/// Durations of one kind of thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    ended: Vec<i64>,
    running: Vec<i64>,
}

/// A point of a survival curve: at a duration some end, and this share of all lasts longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survival {
    /// How long, in microseconds.
    pub micros: i64,
    /// The share that lasts longer, from 1 to 0, rounded half to even to four places.
    pub share: Decimal,
}

/// What durations come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// How many ended.
    pub ended: u64,
    /// How many still run.
    pub running: u64,
    /// The longest of those, in microseconds.
    pub longest_running: Option<i64>,
    /// Mean of those that ended, in days.
    pub mean: Ratio,
    /// Median of those that ended, in days: between two of them, interpolated.
    pub median: Ratio,
    /// The duration that nine of ten of those that ended stay below, in days: between two of them, interpolated.
    pub ninetieth: Ratio,
    /// After how long half of all is over, those that still run counted for as long as they are known, in microseconds; `None`
    /// while more than half goes on.
    pub survival_median: Option<i64>,
    /// The share that lasts longer, at no more than [`MAX_POINTS`] of the durations at which some end, shortest first; of more
    /// every second, third … is kept, and the last.
    pub survival: Vec<Survival>,
}

impl Durations {
    /// Takes one in.
    pub fn push(&mut self, micros: i64, ended: bool) {
        if ended { self.ended.push(micros) } else { self.running.push(micros) }
    }

    /// Takes in all of some others.
    pub fn add(&mut self, others: &Self) {
        self.ended.extend_from_slice(&others.ended);
        self.running.extend_from_slice(&others.running);
    }

    /// What they come to.
    ///
    /// # Errors
    /// [`TooLarge`] where their sum is no decimal any more.
    pub fn spread(&mut self) -> Result<Spread, TooLarge> {
        self.ended.sort_unstable();
        self.running.sort_unstable();
        let (ended, running) = (self.ended.len() as u64, self.running.len() as u64);
        // Where nothing ended yet the answer is still to come; where there is nothing there is none.
        let reason = if running > 0 { NullReason::Immature } else { NullReason::ZeroDenominator };
        let (survival_median, survival) = self.survival();
        let sum: i128 = self.ended.iter().copied().map(i128::from).sum();
        Ok(Spread {
            ended,
            running,
            longest_running: self.running.last().copied(),
            mean: days(sum, i128::from(ended), reason)?,
            median: days(percentile(&self.ended, 50).unwrap_or_default(), hundredths(ended), reason)?,
            ninetieth: days(percentile(&self.ended, 90).unwrap_or_default(), hundredths(ended), reason)?,
            survival_median,
            survival,
        })
    }

    /// Of sorted durations: the one at which half of all is over, and the curve.
    ///
    /// While nothing is lost from sight the share that lasts longer is what is left of a base, so that it has to be divided
    /// only where something was, and where somebody reads it.
    fn survival(&self) -> (Option<i64>, Vec<Survival>) {
        let count = self.ended.chunk_by(|one, next| one == next).count();
        let stride = count.div_ceil(MAX_POINTS).max(1);
        let all = self.ended.len() + self.running.len();
        let (mut base, mut of, mut left) = (1_u128 << SHARE_BITS, all as u128, all);
        let (mut over, mut unseen, mut median, mut curve) = (0, 0, None, Vec::new());
        for (index, same) in (1..).zip(self.ended.chunk_by(|one, next| one == next)) {
            let Some(&micros) = same.first() else { continue };
            // What was seen running for just as long counts as still there: it ended later, if ever.
            unseen += self.running.iter().skip(unseen).take_while(|known| **known < micros).count();
            let at_risk = all - over - unseen;
            if at_risk != left {
                (base, of) = (base * left as u128 / of, at_risk as u128);
            }
            over += same.len();
            left = at_risk - same.len();
            if median.is_none() && base * left as u128 <= (of << (SHARE_BITS - 1)) {
                median = Some(micros);
            }
            if index % stride == 0 || index == count {
                curve.push(Survival { micros, share: rounded(base * left as u128 / of) });
            }
        }
        (median, curve)
    }
}

/// The interpolated percentile of sorted durations, times 100: what lies at the rank `per_cent / 100 × (n − 1)`.
fn percentile(sorted: &[i64], per_cent: usize) -> Option<i128> {
    let rank = per_cent * sorted.len().checked_sub(1)?;
    let lower = i128::from(*sorted.get(rank / 100)?);
    let upper = i128::from(*sorted.get(rank.div_ceil(100))?);
    Some(lower * 100 + (upper - lower) * (rank % 100) as i128)
}

/// The divisor of a percentile; zero where there is none.
const fn hundredths(ended: u64) -> i128 {
    if ended == 0 { 0 } else { 100 }
}

fn days(micros: i128, parts: i128, reason: NullReason) -> Result<Ratio, TooLarge> {
    let decimal = |integer: i128| Decimal::try_from_i128_with_scale(integer, 0).map_err(|_| TooLarge);
    Ratio::new(decimal(micros)?, decimal(parts * i128::from(DAY_MICROS))?, DAY_PLACES, reason)
}

fn rounded(share: u128) -> Decimal {
    let scale = 10_u128.pow(SHARE_PLACES);
    let (whole, rest) = ((share * scale) >> SHARE_BITS, (share * scale) & ((1 << SHARE_BITS) - 1));
    let half = 1_u128 << (SHARE_BITS - 1);
    let up = rest > half || (rest == half && whole % 2 == 1);
    Decimal::from_i128_with_scale(i128::try_from(whole).unwrap_or_default() + i128::from(up), SHARE_PLACES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_days(ended: &[i64], running: &[i64]) -> Durations {
        let mut durations = Durations::default();
        ended.iter().for_each(|days| durations.push(days * DAY_MICROS, true));
        running.iter().for_each(|days| durations.push(days * DAY_MICROS, false));
        durations
    }

    fn value(ratio: Ratio) -> String {
        ratio.value.map_or_else(|| format!("{:?}", ratio.null_reason.unwrap()), |value| value.to_string())
    }

    #[test]
    fn g8_visits_that_ended_and_one_that_runs() {
        let mut durations = of_days(&[15, 41, 8, 12], &[27]);
        let spread = durations.spread().unwrap();
        assert_eq!((spread.ended, spread.running, spread.longest_running), (4, 1, Some(27 * DAY_MICROS)));
        assert_eq!([spread.mean, spread.median, spread.ninetieth].map(value), ["19.00", "13.50", "33.20"]);
        assert_eq!(spread.survival_median, Some(15 * DAY_MICROS));
        let curve: Vec<(i64, String)> = spread.survival.iter().map(|it| (it.micros / DAY_MICROS, it.share.to_string())).collect();
        let expected = [(8, "0.8000"), (12, "0.6000"), (15, "0.4000"), (41, "0.0000")];
        assert_eq!(curve, expected.map(|(days, share)| (days, share.to_owned())));
    }

    #[test]
    fn of_nothing_there_is_no_number() {
        let spread = of_days(&[], &[]).spread().unwrap();
        assert_eq!([spread.mean, spread.median, spread.ninetieth].map(value), ["ZeroDenominator"; 3]);
        let spread = of_days(&[], &[3, 5]).spread().unwrap();
        assert_eq!([spread.mean, spread.median, spread.ninetieth].map(value), ["Immature"; 3]);
        assert_eq!((spread.survival_median, spread.longest_running), (None, Some(5 * DAY_MICROS)));
        let spread = of_days(&[7], &[]).spread().unwrap();
        assert_eq!([spread.mean, spread.median, spread.ninetieth].map(value), ["7.00"; 3]);
        assert_eq!(spread.survival_median, Some(7 * DAY_MICROS));
    }

    #[test]
    fn a_long_curve_is_thinned_out_and_keeps_its_end() {
        let all: Vec<i64> = (1..=250).collect();
        let curve = of_days(&all, &[]).spread().unwrap().survival;
        assert_eq!((curve.len(), curve[0].micros, curve[1].micros), (84, 3 * DAY_MICROS, 6 * DAY_MICROS));
        assert_eq!(curve.last().map(|it| (it.micros, it.share)), Some((250 * DAY_MICROS, Decimal::new(0, 4))));
    }

    #[test]
    fn what_runs_as_long_as_something_ended_is_still_there() {
        // Of two at risk one ends at 5: half is left, and that is the median.
        assert_eq!(of_days(&[5], &[5]).spread().unwrap().survival_median, Some(5 * DAY_MICROS));
        // Seen for a shorter time it is not at risk any more.
        assert_eq!(of_days(&[5], &[4]).spread().unwrap().survival.first().map(|it| it.share), Some(Decimal::new(0, 4)));
        // More than half goes on.
        assert_eq!(of_days(&[5], &[5, 6]).spread().unwrap().survival_median, None);
    }

    proptest! {
        #[test]
        fn without_what_runs_the_curve_counts(ended in prop::collection::vec(0..40_i64, 1..60)) {
            let mut durations = of_days(&ended, &[]);
            for point in durations.spread().unwrap().survival {
                let left = ended.iter().filter(|days| **days * DAY_MICROS > point.micros).count();
                let exact = Ratio::new(Decimal::from(left), Decimal::from(ended.len()), 4, NullReason::ZeroDenominator).unwrap();
                // Halves aside, which the bits behind the point cannot always hold.
                prop_assert!((exact.value.unwrap() - point.share).abs() <= Decimal::new(1, 4));
            }
            let mut sorted = ended.clone();
            sorted.sort_unstable();
            let half = sorted[sorted.len().div_ceil(2) - 1];
            prop_assert_eq!(durations.spread().unwrap().survival_median, Some(half * DAY_MICROS));
        }

        #[test]
        fn what_still_runs_changes_no_percentile(ended in prop::collection::vec(0..40_i64, 1..30), running in prop::collection::vec(0..40_i64, 0..30)) {
            let (with, without) = (of_days(&ended, &running).spread().unwrap(), of_days(&ended, &[]).spread().unwrap());
            prop_assert_eq!((with.mean, with.median, with.ninetieth), (without.mean, without.median, without.ninetieth));
            let median = |spread: &Spread| spread.survival_median.unwrap_or(i64::MAX);
            prop_assert!(median(&with) >= median(&without), "what runs can only make things last longer");
        }

        #[test]
        fn a_curve_falls_from_one_to_nothing(ended in prop::collection::vec(0..40_i64, 0..30), running in prop::collection::vec(0..40_i64, 0..30)) {
            let curve = of_days(&ended, &running).spread().unwrap().survival;
            prop_assert!(curve.windows(2).all(|pair| pair[0].micros < pair[1].micros && pair[0].share >= pair[1].share));
            prop_assert!(curve.iter().all(|point| point.share >= Decimal::ZERO && point.share < Decimal::ONE));
            let last = ended.iter().max();
            if last.is_some_and(|last| running.iter().all(|days| days < last)) {
                prop_assert_eq!(curve.last().unwrap().share, Decimal::new(0, 4));
            }
        }
    }
}
