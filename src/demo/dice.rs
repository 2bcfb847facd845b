//! Chance out of a seed, in whole numbers only: the same on every machine.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Throws the same numbers every time.
#[derive(Debug)]
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// As [`Self::between`], with small numbers more often than great ones: half of them lie in the first quarter.
    pub(super) fn early(&mut self, low: i64, high: i64) -> i64 {
        const PARTS: i64 = 1_000;
        let part = self.between(0, PARTS);
        low + (high.max(low) - low) * part * part / (PARTS * PARTS)
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.0.random_ratio(chance.min(100), 100)
    }

    /// One of some values, each so many times in a hundred, else the last one.
    pub(super) fn choose<T: Copy>(&mut self, percents: &[(u32, T)], otherwise: T) -> T {
        let mut left = self.0.random_range(0..100_u32);
        for &(chance, value) in percents {
            if left < chance {
                return value;
            }
            left -= chance;
        }
        otherwise
    }

    /// A place in a list, each so often as its weight says.
    pub(super) fn place(&mut self, weights: &[u64]) -> usize {
        let sum: u64 = weights.iter().sum();
        let mut left = self.0.random_range(0..sum.max(1));
        for (place, &weight) in weights.iter().enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A name out of a list.
    pub(super) fn name(&mut self, names: &[&'static str]) -> &'static str {
        let place = self.0.random_range(0..names.len().max(1));
        names.get(place).copied().unwrap_or_default()
    }
}
