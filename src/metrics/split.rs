//! Splitting whole units by weights so that the parts add up: the method of the largest remainder.
//!
//! Each part first gets the whole units of its exact quota `total × weight ÷ Σ weights`; the units left over go one each to the
//! parts with the largest fractions, the earlier one where fractions are equal (Hamilton's method). A negative
//! total is split as its positive mirror image. Everything is exact: no amount and no weight can overflow.

use std::cmp::Reverse;
use std::fmt;

use entity::money::BASIS_POINTS;

use super::by_resource::ByResource;
use super::shares::Shares;

/// There is nothing to split by: no weights, or all of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWeight;

impl fmt::Display for NoWeight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nothing can be split by weights that sum to zero")
    }
}

impl std::error::Error for NoWeight {}

/// Splits `total` units by `weights`; the parts stand in the order of the weights.
///
/// # Errors
/// [`NoWeight`] if the weights sum to zero.
pub fn split(total: i64, weights: &[u64]) -> Result<Vec<i64>, NoWeight> {
    let mut splitter = Splitter::default();
    splitter.split(total, weights)?;
    Ok(splitter.parts)
}

/// Splits again and again without allocating each time.
#[derive(Debug, Default)]
pub struct Splitter {
    parts: Vec<i64>,
    /// Fractions in units of 1 ÷ Σ weights, with the position of the part.
    remainders: Vec<(Reverse<u128>, usize)>,
}

impl Splitter {
    /// Splits `total` units by `weights`; the parts stand in the order of the weights.
    ///
    /// # Errors
    /// [`NoWeight`] if the weights sum to zero.
    pub fn split(&mut self, total: i64, weights: &[u64]) -> Result<&[i64], NoWeight> {
        let sum: u128 = weights.iter().copied().map(u128::from).sum();
        if sum == 0 {
            return Err(NoWeight);
        }
        self.parts.clear();
        self.remainders.clear();
        let mut left_over = total.unsigned_abs();
        for (position, &weight) in weights.iter().enumerate() {
            let (quota, remainder) = quota(total.unsigned_abs(), weight, sum);
            left_over -= quota;
            self.parts.push(signed(quota, total));
            self.remainders.push((Reverse(remainder), position));
        }
        if left_over > 0 {
            // Positions are distinct, so equal fractions stay in the order of the parts.
            self.remainders.sort_unstable();
            let favoured = usize::try_from(left_over).unwrap_or(usize::MAX);
            for (_, position) in self.remainders.iter().take(favoured) {
                if let Some(part) = self.parts.get_mut(*position) {
                    *part += total.signum();
                }
            }
        }
        Ok(&self.parts)
    }
}

/// Splits `total` units between the three resources.
///
/// # Errors
/// [`NoWeight`] if the weights sum to zero.
pub fn split_by_resource(total: i64, weights: ByResource<u64>) -> Result<ByResource<i64>, NoWeight> {
    let sum: u128 = weights.into_array().into_iter().map(u128::from).sum();
    if sum == 0 {
        return Err(NoWeight);
    }
    let quotas = weights.into_array().map(|weight| quota(total.unsigned_abs(), weight, sum));
    Ok(hand_out(total, quotas))
}

/// Splits `total` units by shares of a whole.
#[must_use]
pub fn split_by_shares(total: i64, shares: Shares) -> ByResource<i64> {
    const WHOLE: u64 = BASIS_POINTS.unsigned_abs();
    let magnitude = total.unsigned_abs();
    let (wholes, rest) = (magnitude / WHOLE, magnitude % WHOLE);
    // Exact in 64 bits: `wholes × bp` is at most the magnitude, `rest × bp` below 10⁸.
    let quotas = shares.weights().into_array().map(|bp| (wholes * bp + rest * bp / WHOLE, rest * bp % WHOLE));
    hand_out(total, quotas)
}

/// Whole units of `total × weight ÷ sum`, and the fraction left in units of `1 ÷ sum`; `weight` is at most `sum`.
pub(super) fn quota(total: u64, weight: u64, sum: u128) -> (u64, u128) {
    if let Ok(sum) = u32::try_from(sum).map(u64::from) {
        // The usual case stays within 64 bits, where dividing is several times faster: `rest × weight` is below 2⁶⁴.
        let part = total % sum * weight;
        return (total / sum * weight + part / sum, u128::from(part % sum));
    }
    // A product of two 64-bit numbers fits, and a quota is at most the total.
    let product = u128::from(total) * u128::from(weight);
    (u64::try_from(product / sum).unwrap_or(u64::MAX), product % sum)
}

/// Adds what the quotas leave over to the parts with the largest fractions.
fn hand_out<R: Ord + Copy>(total: i64, quotas: [(u64, R); 3]) -> ByResource<i64> {
    let [(sales, s), (marketing, m), (product, p)] = quotas;
    let left_over = total.unsigned_abs() - sales - marketing - product;
    // How many parts stand before this one: those with a larger fraction, and earlier ones with an equal fraction.
    let ranks = [u64::from(m > s) + u64::from(p > s), u64::from(s >= m) + u64::from(p > m), u64::from(s >= p) + u64::from(m >= p)];
    let extra = ranks.map(|rank| u64::from(rank < left_over));
    let [s, m, p] = extra;
    ByResource::from_array([signed(sales + s, total), signed(marketing + m, total), signed(product + p, total)])
}

/// A magnitude with the sign of the total; no part is larger than the total, so it fits.
pub(super) const fn signed(magnitude: u64, total: i64) -> i64 {
    if total < 0 { 0_i64.wrapping_sub_unsigned(magnitude) } else { 0_i64.wrapping_add_unsigned(magnitude) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn left_over_units_go_to_the_largest_fractions_then_to_the_earlier_parts() {
        for (total, weights, parts) in [
            (10_000, &[1, 1, 1][..], &[3334, 3333, 3333][..]),
            (10_001, &[3334, 3333, 3333], &[3335, 3333, 3333]),
            (10_000, &[9, 9, 1, 9, 1, 1], &[3000, 3000, 334, 3000, 333, 333]),
            (1, &[1, 2], &[0, 1]),
            (1, &[0, 1, 1], &[0, 1, 0]),
            (5, &[7], &[5]),
            (0, &[1, 2, 3], &[0, 0, 0]),
            (-10_000, &[1, 1, 1], &[-3334, -3333, -3333]),
            (2, &[1, 1, 1, 1, 1], &[1, 1, 0, 0, 0]),
        ] {
            assert_eq!(split(total, weights).unwrap(), parts, "{total} by {weights:?}");
        }
    }

    #[test]
    fn nothing_is_split_by_no_weight() {
        assert_eq!(split(5, &[]), Err(NoWeight));
        assert_eq!(split(0, &[0, 0]), Err(NoWeight));
        assert_eq!(split_by_resource(5, ByResource::default()), Err(NoWeight));
    }

    #[test]
    fn the_ends_of_the_range_split_exactly() {
        for total in [i64::MAX, i64::MIN, i64::MIN + 1] {
            for weights in [vec![u64::MAX; 5], vec![1], vec![u64::MAX, 1], vec![1, u64::MAX, 0, 7]] {
                let parts = split(total, &weights).unwrap();
                assert_eq!(parts.iter().copied().map(i128::from).sum::<i128>(), i128::from(total), "{total} by {weights:?}");
            }
            let thirds = Shares::new(ByResource::from_array([3334, 3333, 3333])).unwrap();
            assert_eq!(split_by_shares(total, thirds).into_array().into_iter().map(i128::from).sum::<i128>(), i128::from(total));
        }
    }

    /// Weights that stay within 64 bits and weights that do not.
    fn weights() -> impl Strategy<Value = Vec<u64>> {
        let weights = prop_oneof![prop::collection::vec(0..40_u64, 1..8), prop::collection::vec(any::<u64>(), 1..8)];
        weights.prop_filter("some weight", |weights| weights.iter().any(|&weight| weight > 0))
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_within_one_unit_of_their_quota(total: i64, weights in weights()) {
            let parts = split(total, &weights).unwrap();
            let sum: u128 = weights.iter().copied().map(u128::from).sum();
            prop_assert_eq!(parts.iter().copied().map(i128::from).sum::<i128>(), i128::from(total));
            for (part, &weight) in parts.iter().map(|part| part.unsigned_abs()).zip(&weights) {
                let product = u128::from(total.unsigned_abs()) * u128::from(weight);
                prop_assert!(u128::from(part) == product / sum || (u128::from(part) == product / sum + 1 && product % sum > 0));
            }
        }

        #[test]
        fn a_negative_total_is_the_mirror_image(total in 0..=i64::MAX, weights in weights()) {
            let mirrored: Vec<i64> = split(-total, &weights).unwrap().into_iter().map(|part| -part).collect();
            prop_assert_eq!(split(total, &weights).unwrap(), mirrored);
        }

        #[test]
        fn the_three_way_paths_agree_with_the_general_one(total: i64, sales in 0..=10_000_i64, part in 0..=10_000_i64, weights in weights()) {
            let marketing = part.min(10_000 - sales);
            let shares = Shares::new(ByResource { sales, marketing, product: 10_000 - sales - marketing }).unwrap();
            prop_assert_eq!(split_by_shares(total, shares).into_array().to_vec(), split(total, &shares.weights().into_array()).unwrap());
            prop_assume!(weights.len() >= 3 && weights[..3] != [0; 3]);
            let three = split_by_resource(total, ByResource { sales: weights[0], marketing: weights[1], product: weights[2] }).unwrap();
            prop_assert_eq!(three.into_array().to_vec(), split(total, &weights[..3]).unwrap());
        }
    }
}
