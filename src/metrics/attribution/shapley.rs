//! What each value adds to every set of others, on average over all orders in which they could have joined: the Shapley value of
//! one of two games, which differ so much that an answer names its game.
//!
//! Both games give a set the sum of something over the sets within it, of journeys by the exact set of values they passed. Of such
//! a game the Shapley value is that sum with each set's something divided evenly among its members, so no order has to be tried;
//! the tests try them all.

use super::paths::{Paths, PathsError, Shared};

/// Most values: of more, hardly two journeys pass the same set.
pub const MOST_PLAYERS: usize = 12;

/// A multiple of every number up to [`MOST_PLAYERS`], so that dividing among members is exact.
const EVEN: u64 = 27_720;

/// Bits of a rate.
const RATE_BITS: u32 = 30;

/// What a set of values is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Game {
    /// The journeys won that passed no value outside of it. It is no more than linear over distinct values.
    Conversions,
    /// The sum, over the sets within it, of the wins per journey among those that passed exactly that set.
    Rate,
}

/// What each value that journeys passed weighs, rising by number, touches without a value first; nothing where none was won.
///
/// # Errors
/// [`PathsError::TooManyValues`].
pub fn shapley(paths: &Paths, game: Game) -> Result<Vec<Shared>, PathsError> {
    let values = paths.values(MOST_PLAYERS)?;
    let mut sets = vec![(0_u64, 0_u64); 1 << values.len()];
    for (steps, won) in paths.each() {
        let members = steps.iter().filter_map(|step| values.binary_search(step).ok());
        let set = members.fold(0_usize, |set, member| set | 1 << member);
        if let Some((wins, journeys)) = sets.get_mut(set) {
            *wins += u64::from(won);
            *journeys += 1;
        }
    }
    let worth = |set: usize, (wins, journeys): (u64, u64)| {
        let members = u64::from(set.count_ones());
        match game {
            Game::Conversions => wins * (EVEN / members.max(1)),
            Game::Rate => {
                let each = u128::from(wins * (EVEN / members.max(1))) << RATE_BITS;
                u64::try_from(each / u128::from(journeys.max(1))).unwrap_or(u64::MAX)
            }
        }
    };
    let of = |place: usize| {
        let sets = sets.iter().enumerate().filter(|(set, _)| set >> place & 1 == 1);
        sets.map(|(set, &counts)| worth(set, counts)).fold(0, u64::saturating_add)
    };
    Ok(values.iter().enumerate().map(|(place, &code)| Shared { code, weight: of(place) }).collect())
}
