//! Pay on fine lines: who may not see what single people are paid sees sums of several people only.
//!
//! Pay that is not said to be of three people at least is not laid on the line of its tactic, team or channel, but on the
//! last one, which stands for nothing in particular. That is decided for each entry by itself: whatever is asked, for any
//! period and as of any instant, an entry stands on its line or it never does, so that no two answers differ by it.
//!
//! The last line, and the totals of resources, months and the organization, are whole: the cost per close is everybody's
//! number. Who pays fewer than three people out of a resource shows with its total what they are paid together.

use entity::kinds::CostCategory;

/// Fewest people whose pay is shown as one sum.
const FEWEST: i32 = 3;

/// Whether a cost stands on its own line for those who may not see single pay. What is not said to pay several pays one.
pub(super) fn stands_alone(category: CostCategory, people: Option<i32>) -> bool {
    !category.is_pay() || people.unwrap_or(1) >= FEWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_of_three_people_stands_on_its_own_line() {
        for &category in CostCategory::ALL {
            for (people, pay_stands) in [(None, false), (Some(1), false), (Some(2), false), (Some(3), true), (Some(40), true)] {
                let stands = pay_stands || !CostCategory::PAY.contains(&category);
                assert_eq!(stands_alone(category, people), stands, "{category:?} {people:?}");
            }
        }
    }
}
