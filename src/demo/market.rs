//! What the companies are like, and how the market is divided.

use entity::condition::{Condition, Criterion};
use entity::kinds::ConditionOperator;

use super::dice::Dice;

const SEED: u64 = 2_842;

/// What is said of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    /// How many work there.
    pub employees: i64,
    /// As ISO 3166 has it.
    pub country: &'static str,
    /// What they do.
    pub industry: &'static str,
}

/// What the companies are like, in their order.
pub(super) fn firms(count: usize) -> Vec<Firm> {
    let mut dice = Dice::new(SEED);
    let firm = |_| Firm {
        employees: dice.choose(&[(50, 8), (30, 60), (14, 300)], 1_200) * dice.between(1, 8) / 2,
        country: dice.choose(&[(62, "US"), (14, "CA"), (12, "GB")], "DE"),
        industry: dice.choose(&[(28, "Software"), (22, "Retail"), (18, "Services"), (16, "Manufacturing")], "Health"),
    };
    (0..count).map(firm).collect()
}

fn condition(key: &str, op: ConditionOperator, values: &[&str]) -> Condition {
    Condition { key: key.to_owned(), op, values: values.iter().map(|&value| value.to_owned()).collect() }
}

/// The segments by name.
pub(super) fn segments() -> [(&'static str, Vec<Condition>); 4] {
    use ConditionOperator::{AtLeast, AtMost, In};
    [
        ("Small business", vec![condition("EMPLOYEES", AtMost, &["49"])]),
        ("Mid-market", vec![condition("EMPLOYEES", AtLeast, &["50"]), condition("EMPLOYEES", AtMost, &["999"])]),
        ("Enterprise", vec![condition("EMPLOYEES", AtLeast, &["1000"])]),
        ("North America", vec![condition("COUNTRY", In, &["US", "CA"])]),
    ]
}

/// What the ideal customer is like, and the score that is enough.
pub(super) fn ideal() -> (Vec<Criterion>, i32) {
    use ConditionOperator::{AtLeast, AtMost, In};
    let criteria = [
        (condition("EMPLOYEES", AtLeast, &["20"]), 30),
        (condition("EMPLOYEES", AtMost, &["500"]), 20),
        (condition("INDUSTRY", In, &["Software", "Services"]), 35),
        (condition("COUNTRY", In, &["US", "CA", "GB"]), 15),
    ];
    (criteria.into_iter().map(|(condition, weight)| Criterion { condition, weight }).collect(), 65)
}
