//! Weights that halve with every half-life: 2^(−age ÷ half-life), in integers.

use entity::time::Timestamp;

use crate::metrics::evidence::Lookback;

/// Bits of the fractions of the tables.
const BITS: u32 = 63;

/// Bits of a weight: 2⁴⁸ is that of the youngest touch, so that the weights of 65 000 touches still add up in 64 bits.
const WEIGHT_BITS: u32 = 48;

/// The natural logarithm of 2, times 2⁶³, rounded.
const LN_2: u128 = 6_393_154_322_601_327_830;

/// 2^(−i ÷ 256) times 2⁶³, for i from 0 to 255.
const COARSE: [u64; 256] = powers(root(8));

/// 2^(−i ÷ 65 536) times 2⁶³, for i from 0 to 255.
const FINE: [u64; 256] = powers(root(16));

/// 2^(−1 ÷ 2^times) times 2⁶³: the square root of a half, and of that, and so on.
const fn root(times: u32) -> u128 {
    let mut root: u128 = 1 << (BITS - 1);
    let mut time = 0;
    while time < times {
        root = (root << BITS).isqrt();
        time += 1;
    }
    root
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "computed by the compiler: a place or a number too large would not build"
)]
const fn powers(base: u128) -> [u64; 256] {
    let mut table = [0; 256];
    let mut power: u128 = 1 << BITS;
    let mut place = 0;
    while place < table.len() {
        table[place] = power as u64;
        power = (power * base) >> BITS;
        place += 1;
    }
    table
}

/// In how long a touch loses half of its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HalfLife {
    micros: u64,
}

impl HalfLife {
    /// A number of days of 24 hours each; one at least.
    #[must_use]
    pub fn from_days(days: u32) -> Self {
        Self { micros: Lookback::from_days(days.max(1)).micros().unsigned_abs() }
    }

    /// Its length in days.
    #[must_use]
    pub fn days(self) -> u64 {
        self.micros / Self::from_days(1).micros
    }

    /// The weights of touches in order of time. What counts is how far they are from each other, so ages are counted from the
    /// last one, which weighs 2⁴⁸ whenever the close was. A weight is off by less than 10⁻¹² of that.
    pub fn weigh(self, times: &[Timestamp], weights: &mut Vec<u64>) {
        weights.clear();
        let last = times.last().map_or(0, |last| last.micros());
        weights.extend(times.iter().map(|at| self.after(last.saturating_sub(at.micros()).unsigned_abs())));
    }

    /// The weight of an age.
    fn after(self, age: u64) -> u64 {
        let halvings = age / self.micros;
        if halvings >= u64::from(WEIGHT_BITS) + 2 {
            return 0;
        }
        // What is left of the exponent, times 2⁶⁴: it is below one.
        let exponent = (u128::from(age % self.micros) << 64) / u128::from(self.micros);
        let table = |table: &[u64; 256], bits: u32| {
            let place = usize::try_from((exponent >> bits) & 0xff).unwrap_or_default();
            u128::from(table.get(place).copied().unwrap_or_default())
        };
        let power = (table(&COARSE, 56) * table(&FINE, 48)) >> BITS;
        // e^−y for what is left, at most 2⁻¹⁶ · ln 2: the fourth term is below 10⁻²⁰.
        let one = 1_u128 << BITS;
        let y = ((exponent & 0xffff_ffff_ffff) * LN_2) >> 64;
        let (second, third) = ((y * y) >> (BITS + 1), ((((y * y) >> BITS) * y) >> BITS) / 6);
        let small = one - y + second - third;
        let weight = (power * small) >> BITS >> halvings;
        let rounded = ((weight >> (BITS - WEIGHT_BITS - 1)) + 1) >> 1;
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_half_lives_halve() {
        let week = HalfLife::from_days(7);
        for halvings in 0..=48 {
            assert_eq!(week.after(u64::from(halvings) * week.micros), 1 << (WEIGHT_BITS - halvings));
        }
        assert_eq!(week.after(u64::MAX), 0);
        assert_eq!(week.after(51 * week.micros), 0);
        assert_eq!(HalfLife::from_days(0), HalfLife::from_days(1));
    }
}
