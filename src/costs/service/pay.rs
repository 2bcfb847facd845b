//! Pay on fine lines: who may not see what single people are paid sees sums of several people only.
//!
//! Pay that is not said to be of three people at least is not laid on the line of its tactic, team or channel, but on the
//! last one, which stands for nothing in particular. Where that line would hold so little pay that it could be told from
//! the difference, the line with the fewest people joins it. Totals, and those of resources and months, stay what they are.

use std::collections::{BTreeMap, BTreeSet};

/// Fewest people whose pay is shown as one sum.
const FEWEST: i32 = 3;

/// An entry that pays people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pay {
    /// The code of its line; none for the last one.
    pub(super) line: Option<u32>,
    /// How many people it pays; it may be the same ones as another entry does.
    pub(super) people: i32,
}

/// The lines whose pay goes to the last one.
///
/// Entries do not say whom they pay, so that what is known of several is only that they pay as many people as the one that
/// pays most.
pub(super) fn pooled(pay: &[Pay]) -> BTreeSet<u32> {
    let (mut lines, mut last): (BTreeMap<u32, i32>, i32) = (BTreeMap::new(), 0);
    for pay in pay {
        let most = match pay.line {
            Some(line) => lines.entry(line).or_default(),
            None => &mut last,
        };
        *most = (*most).max(pay.people);
    }
    let mut pooled: BTreeSet<u32> = lines.iter().filter(|&(_, &people)| people < FEWEST).map(|(&line, _)| line).collect();
    if !pooled.is_empty() && last < FEWEST {
        let others = lines.iter().filter(|&(_, &people)| people >= FEWEST);
        pooled.extend(others.min_by_key(|&(&line, &people)| (people, line)).map(|(&line, _)| line));
    }
    pooled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pooled_of(pay: &[(Option<u32>, i32)]) -> Vec<u32> {
        let pay: Vec<Pay> = pay.iter().map(|&(line, people)| Pay { line, people }).collect();
        pooled(&pay).into_iter().collect()
    }

    #[test]
    fn pay_of_three_stands_on_its_own_line() {
        assert!(pooled_of(&[(Some(1), 3), (Some(2), 4)]).is_empty());
        assert!(pooled_of(&[]).is_empty());
        assert!(pooled_of(&[(None, 1)]).is_empty());
    }

    #[test]
    fn pay_of_fewer_is_hidden_among_others() {
        // The last line holds the pay of three already.
        assert_eq!(pooled_of(&[(Some(1), 2), (Some(2), 4), (None, 3)]), [1]);
        // It does not: the line with the fewest people joins, of several the first.
        assert_eq!(pooled_of(&[(Some(1), 2), (Some(2), 9), (Some(3), 4), (Some(4), 4)]), [1, 3]);
        // Twelve months of one person are one person, and two lines of one may be the same one.
        assert_eq!(pooled_of(&[(Some(1), 1); 12]), [1]);
        assert_eq!(pooled_of(&[(Some(1), 1), (Some(2), 2), (Some(3), 1)]), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn no_line_tells_what_fewer_than_three_are_paid(pay in prop::collection::vec((prop::option::of(0_u32..6), 1_i32..6), 0..20)) {
            let pay: Vec<Pay> = pay.into_iter().map(|(line, people)| Pay { line, people }).collect();
            let pooled = pooled(&pay);
            let most = |wanted: &dyn Fn(&Pay) -> bool| pay.iter().filter(|pay| wanted(pay)).map(|pay| pay.people).max();
            for line in 0..6 {
                let people = most(&|pay| pay.line == Some(line));
                prop_assert!(pooled.contains(&line) || people.is_none_or(|people| people >= FEWEST));
            }
            let last = most(&|pay| pay.line.is_none_or(|line| pooled.contains(&line)));
            let all = pay.iter().all(|pay| pay.line.is_none_or(|line| pooled.contains(&line)));
            prop_assert!(pooled.is_empty() || all || last.is_some_and(|people| people >= FEWEST));
        }
    }
}
