//! How much would not be won without a value: a first-order chain over the values that journeys pass, and what is lost of its
//! conversions when whatever enters a value ends there.
//!
//! With N = (I − Q)⁻¹ the expected visits, a journey ever comes to R with probability N(start, R) ÷ N(R, R), and whatever comes
//! there is lost: P(conversion | R removed) = P(conversion) − N(start, R) ÷ N(R, R) · P(conversion from R). As the chain is
//! counted from the journeys themselves, N(start, R) is the visits to R ÷ journeys and P(conversion) the wins ÷ journeys.
//! One inversion so answers for every value. Numbers are integers of 2⁻⁴⁸; an effect is off by less than 10⁻¹⁰.

use rust_decimal::Decimal;

use super::paths::{Paths, PathsError, Shared};

/// Most values: solving takes the third power of their number.
const MOST_STATES: usize = 100;

/// Bits of fractions.
const BITS: u32 = 48;
const ONE: i128 = 1 << BITS;

/// Decimal places of an effect.
const PLACES: u32 = 9;

/// A value and what would be lost without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The number of the value; `None` for touches without one.
    pub code: Option<u32>,
    /// Which part of the conversions would be lost without it.
    pub effect: Decimal,
    /// The same as a weight, in units of 10⁻⁹.
    pub weight: u64,
}

impl From<Removal> for Shared {
    fn from(removal: Removal) -> Self {
        Self { code: removal.code, weight: removal.weight }
    }
}

/// What would be lost without each value that journeys passed, rising by number, touches without a value first.
///
/// # Errors
/// [`PathsError::Immature`] where there are fewer journeys than `least`, or none was won; [`PathsError::TooManyValues`].
pub fn markov(paths: &Paths, least: u64) -> Result<Vec<Removal>, PathsError> {
    let journeys = paths.journeys();
    if journeys < least || paths.wins() == 0 {
        return Err(PathsError::Immature { journeys });
    }
    let values = paths.values(MOST_STATES)?;
    let chain = Chain::count(paths, &values);
    let visits = chain.expected_visits().ok_or(PathsError::TooLong)?;
    let mut removals = Vec::with_capacity(values.len());
    for (place, ((&code, row), &passed)) in values.iter().zip(&visits).zip(&chain.visits).enumerate() {
        let weight = chain.lost_without((place, row), passed, paths.wins()).ok_or(PathsError::TooLong)?;
        let effect = i64::try_from(weight).map_err(|_| PathsError::TooLong)?;
        removals.push(Removal { code, effect: Decimal::new(effect, PLACES), weight });
    }
    Ok(removals)
}

/// The transitions of journeys, as probabilities.
struct Chain {
    /// How often each value was passed.
    visits: Vec<u64>,
    /// From each value to each value.
    moves: Vec<Vec<i128>>,
    /// From each value to being won.
    converts: Vec<i128>,
}

impl Chain {
    fn count(paths: &Paths, values: &[Option<u32>]) -> Self {
        let mut moves = vec![vec![0_u64; values.len()]; values.len()];
        let mut wins = vec![0_u64; values.len()];
        let mut visits = vec![0_u64; values.len()];
        // Searching the values again for each of many steps would take longer than all the rest.
        let mut places: Vec<usize> = Vec::new();
        for (place, code) in values.iter().enumerate() {
            let key = key_of(*code);
            places.resize(places.len().max(key + 1), 0);
            if let Some(known) = places.get_mut(key) {
                *known = place;
            }
        }
        let place_of = |step: Option<u32>| places.get(key_of(step)).copied().unwrap_or_default();
        for (steps, won) in paths.each() {
            let mut before: Option<usize> = None;
            for step in steps {
                let place = place_of(*step);
                add(&mut visits, place);
                if let Some(row) = before.and_then(|before| moves.get_mut(before)) {
                    add(row, place);
                }
                before = Some(place);
            }
            if let Some(last) = before.filter(|_| won) {
                add(&mut wins, last);
            }
        }
        let share = |count: u64, of: u64| rounded(i128::from(count) << BITS, of.into()).unwrap_or_default();
        let shares = |counts: &[u64], of: u64| counts.iter().map(|&count| share(count, of)).collect();
        Self {
            moves: moves.iter().zip(&visits).map(|(row, &of)| shares(row, of)).collect(),
            converts: wins.iter().zip(&visits).map(|(&won, &of)| share(won, of)).collect(),
            visits,
        }
    }

    /// What part of the conversions would be lost without the value at a place, in units of 10⁻⁹; by how often the values are visited
    /// from there, and how often it was passed itself.
    fn lost_without(&self, (place, row): (usize, &[i128]), passed: u64, wins: u64) -> Option<u64> {
        let conversion: i128 = row.iter().zip(&self.converts).map(|(&visits, &converts)| multiply(visits, converts)).sum::<Option<_>>()?;
        let lost = conversion.checked_mul(passed.into())?.checked_mul(10_i128.pow(PLACES))?;
        let of = row.get(place)?.checked_mul(wins.into())?;
        u64::try_from(rounded(lost, of)?.clamp(0, 10_i128.pow(PLACES))).ok()
    }

    /// How often each value is visited, beginning at each: the inverse of what stays after the moves. Every value leads to an end,
    /// so there is one, and as no row of moves sums to more than one, no order of elimination is better than another.
    fn expected_visits(&self) -> Option<Vec<Vec<i128>>> {
        let mut rows: Vec<Vec<i128>> = self.moves.iter().map(|row| row.iter().map(|&share| -share).collect()).collect();
        for (place, row) in rows.iter_mut().enumerate() {
            *row.get_mut(place)? += ONE;
        }
        for place in 0..rows.len() {
            let mut chosen = std::mem::take(rows.get_mut(place)?);
            let pivot = std::mem::replace(chosen.get_mut(place)?, ONE);
            if pivot <= 0 {
                return None;
            }
            for cell in &mut chosen {
                *cell = rounded(cell.checked_mul(ONE)?, pivot)?;
            }
            for row in rows.iter_mut().filter(|row| !row.is_empty()) {
                let factor = std::mem::take(row.get_mut(place)?);
                if factor != 0 {
                    for (cell, &theirs) in row.iter_mut().zip(&chosen) {
                        *cell -= multiply(factor, theirs)?;
                    }
                }
            }
            *rows.get_mut(place)? = chosen;
        }
        Some(rows)
    }
}

/// A place in a table for a code, or for none.
fn key_of(code: Option<u32>) -> usize {
    code.map_or(0, |code| usize::try_from(code).unwrap_or(usize::MAX - 1) + 1)
}

fn add(counts: &mut [u64], place: usize) {
    if let Some(count) = counts.get_mut(place) {
        *count += 1;
    }
}

/// A product of fractions.
fn multiply(one: i128, other: i128) -> Option<i128> {
    Some((one.checked_mul(other)? + (ONE >> 1)) >> BITS)
}

/// A quotient rounded to the nearest; the divisor is positive.
fn rounded(dividend: i128, divisor: i128) -> Option<i128> {
    dividend.checked_mul(2)?.checked_add(divisor)?.checked_div_euclid(divisor.checked_mul(2)?)
}
