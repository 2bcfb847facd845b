//! Which stages and blockers there is content for.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::ratio::{NullReason, Ratio, TooLarge};

/// Decimal places of the share.
const PLACES: u32 = 4;

/// A piece of content in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The numbers of the stages it covers.
    pub stages: BTreeSet<usize>,
    /// The numbers of the kinds of blockers it covers.
    pub blockers: BTreeSet<usize>,
    /// How many touches used it.
    pub touches: u64,
    /// How many blockers of each kind were resolved with it, by the number of the kind.
    pub resolved: BTreeMap<usize, u64>,
}

impl Piece {
    /// How many blockers of a kind were resolved with it.
    #[must_use]
    pub fn resolved_of(&self, kind: usize) -> u64 {
        self.resolved.get(&kind).copied().unwrap_or_default()
    }
}

/// A stage and a kind of blocker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The number of the stage.
    pub stage: usize,
    /// The number of the kind.
    pub blocker: usize,
    /// The numbers of the pieces that cover both.
    pub pieces: Vec<usize>,
    /// How many touches used any of them.
    pub touches: u64,
    /// How many blockers of the kind were resolved with any of them.
    pub resolved: u64,
}

/// Every stage with every kind of blocker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Stage by stage, and within each the kinds in their order.
    pub cells: Vec<Cell>,
    /// The share of cells that some piece covers.
    pub covered: Ratio,
}

/// Lays pieces of content over stages and kinds of blockers.
///
/// # Errors
/// [`TooLarge`] if the share does not fit, which takes more cells than a decimal counts.
pub fn grid(stages: usize, blockers: usize, pieces: &[Piece]) -> Result<Grid, TooLarge> {
    let cell = |stage: usize, blocker: usize| {
        let covers = |(_, piece): &(usize, &Piece)| piece.stages.contains(&stage) && piece.blockers.contains(&blocker);
        let found: Vec<(usize, &Piece)> = pieces.iter().enumerate().filter(covers).collect();
        let touches = found.iter().fold(0_u64, |sum, (_, piece)| sum.saturating_add(piece.touches));
        let resolved = found.iter().fold(0_u64, |sum, (_, piece)| sum.saturating_add(piece.resolved_of(blocker)));
        Cell { stage, blocker, pieces: found.into_iter().map(|(number, _)| number).collect(), touches, resolved }
    };
    let cells: Vec<Cell> =
        (0..stages).flat_map(|stage| (0..blockers).map(move |blocker| (stage, blocker))).map(|(s, b)| cell(s, b)).collect();
    let covered = cells.iter().filter(|cell| !cell.pieces.is_empty()).count();
    let covered = Ratio::new(Decimal::from(covered), Decimal::from(cells.len()), PLACES, NullReason::ZeroDenominator)?;
    Ok(Grid { cells, covered })
}

/// What stands after changes in the order in which they were made: each adds something or takes it away.
pub fn standing<K: Ord>(changes: impl IntoIterator<Item = (K, bool)>) -> BTreeSet<K> {
    let mut standing = BTreeSet::new();
    for (what, added) in changes {
        if added {
            standing.insert(what);
        } else {
            standing.remove(&what);
        }
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(stages: &[usize], blockers: &[usize], touches: u64) -> Piece {
        let resolved = blockers.iter().map(|kind| (*kind, touches)).collect();
        Piece { stages: stages.iter().copied().collect(), blockers: blockers.iter().copied().collect(), touches, resolved }
    }

    #[test]
    fn a_cell_is_covered_by_what_covers_both() {
        // The second covers a stage and no blocker, the third a blocker and no stage.
        let pieces = [piece(&[0, 1], &[2], 3), piece(&[0], &[], 5), piece(&[], &[0], 7), piece(&[1], &[1, 2], 11)];
        let grid = grid(2, 3, &pieces).unwrap();
        let told: Vec<_> = grid.cells.iter().map(|cell| (cell.stage, cell.blocker, cell.pieces.clone(), cell.touches)).collect();
        assert_eq!(
            told,
            [(0, 0, vec![], 0), (0, 1, vec![], 0), (0, 2, vec![0], 3), (1, 0, vec![], 0), (1, 1, vec![3], 11), (1, 2, vec![0, 3], 14)]
        );
        let resolved: Vec<u64> = grid.cells.iter().map(|cell| cell.resolved).collect();
        assert_eq!(resolved, [0, 0, 3, 0, 11, 14]);
        assert_eq!((grid.covered.numerator, grid.covered.denominator), (Decimal::from(3), Decimal::from(6)));
        assert_eq!(grid.covered.value.unwrap().to_string(), "0.5000");
    }

    #[test]
    fn without_cells_there_is_no_share() {
        let grid = grid(0, 3, &[piece(&[0], &[0], 1)]).unwrap();
        assert_eq!((grid.cells.len(), grid.covered.value, grid.covered.null_reason), (0, None, Some(NullReason::ZeroDenominator)));
    }

    #[test]
    fn the_last_change_counts() {
        assert_eq!(standing([("a", true), ("b", true), ("a", false), ("c", false), ("a", true), ("b", false)]), BTreeSet::from(["a"]));
        assert_eq!(standing::<&str>([]), BTreeSet::new());
    }
}
