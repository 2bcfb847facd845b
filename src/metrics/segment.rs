//! Whether accounts pass a filter, by what is known of them.
//!
//! Three values, as Kleene has them: what is not known makes a condition unknown, not false. A filter is all of its
//! conditions: one that is false makes it false, whatever is not known; only where all are true is it true.

use entity::condition::Condition;
use entity::kinds::ConditionOperator;
use rust_decimal::Decimal;

/// Whether a condition holds of an attribute; `None` where nobody knows. What is no number is not compared as one.
#[must_use]
pub fn holds(condition: &Condition, value: Option<&str>) -> Option<bool> {
    let is_one = |value: &str| condition.values.iter().any(|wanted| same(wanted, value));
    let numbers = || Some((number(value?)?, number(condition.values.first()?)?));
    match condition.op {
        ConditionOperator::In => value.map(is_one),
        ConditionOperator::NotIn => value.map(|value| !is_one(value)),
        ConditionOperator::AtLeast => numbers().map(|(value, least)| value >= least),
        ConditionOperator::AtMost => numbers().map(|(value, most)| value <= most),
        ConditionOperator::Known => Some(value.is_some()),
        ConditionOperator::Unknown => Some(value.is_none()),
    }
}

/// Whether all conditions hold of an account, whose attributes are asked for by key; `None` where nobody knows.
pub fn passes<'a>(conditions: &[Condition], value_of: impl Fn(&str) -> Option<&'a str>) -> Option<bool> {
    conditions.iter().map(|condition| holds(condition, value_of(&condition.key))).fold(Some(true), and)
}

const fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// A number as it is written in an attribute or a condition.
#[must_use]
pub fn number(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

fn same(one: &str, other: &str) -> bool {
    one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    fn condition(key: &str, op: ConditionOperator, values: &[&str]) -> Condition {
        Condition { key: key.to_owned(), op, values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn each_comparison_on_each_side() {
        use ConditionOperator::{AtLeast, AtMost, In, Known, NotIn, Unknown};
        for (op, values, value, expected) in [
            (In, &["DE", "AT"][..], Some("at"), YES),
            (In, &["DE", "AT"], Some("CH"), NO),
            (In, &["DE"], None, None),
            (NotIn, &["DE"], Some("CH"), YES),
            (NotIn, &["DE"], Some("de"), NO),
            (NotIn, &["DE"], None, None),
            (AtLeast, &["50"], Some("50"), YES),
            (AtLeast, &["50"], Some("49"), NO),
            // As text it would be below.
            (AtLeast, &["50"], Some("100"), YES),
            (AtLeast, &["50"], None, None),
            (AtLeast, &["50"], Some("many"), None),
            (AtMost, &["50"], Some("50"), YES),
            (AtMost, &["50"], Some("50.5"), NO),
            (AtMost, &["50"], None, None),
            (Known, &[], Some("x"), YES),
            (Known, &[], None, NO),
            (Unknown, &[], Some("x"), NO),
            (Unknown, &[], None, YES),
        ] {
            assert_eq!(holds(&condition("K", op, values), value), expected, "{op:?} {values:?} {value:?}");
        }
    }

    #[test]
    fn one_false_condition_settles_what_another_leaves_open() {
        let filter =
            [condition("INDUSTRY", ConditionOperator::In, &["Software"]), condition("EMPLOYEES", ConditionOperator::AtLeast, &["50"])];
        let ask = |industry: Option<&'static str>, employees: Option<&'static str>| {
            passes(&filter, |key| if key == "INDUSTRY" { industry } else { employees })
        };
        assert_eq!(ask(Some("Software"), Some("80")), YES);
        assert_eq!(ask(Some("Software"), None), None);
        assert_eq!(ask(None, Some("80")), None);
        assert_eq!(ask(None, None), None);
        assert_eq!(ask(Some("Steel"), None), NO);
        assert_eq!(ask(None, Some("10")), NO);
    }

    proptest! {
        #[test]
        fn to_learn_more_never_turns_an_answer_round(
            known in prop::collection::vec(prop::option::of(0..5_u32), 4), learned in prop::collection::vec(0..5_u32, 4),
            wanted in prop::collection::vec((0..4_usize, 0..4_usize, 0..5_u32), 1..6),
        ) {
            use ConditionOperator::{AtLeast, AtMost, In, NotIn};
            let filter: Vec<Condition> = wanted.iter()
                .map(|&(key, op, value)| condition(&key.to_string(), [In, NotIn, AtLeast, AtMost][op], &[&value.to_string()])).collect();
            let texts: Vec<Option<String>> = known.iter().map(|value| value.map(|value| value.to_string())).collect();
            let before = passes(&filter, |key| texts[key.parse::<usize>().unwrap()].as_deref());
            let filled: Vec<String> = known.iter().zip(&learned).map(|(value, learned)| value.unwrap_or(*learned).to_string()).collect();
            let after = passes(&filter, |key| Some(filled[key.parse::<usize>().unwrap()].as_str()));
            prop_assert!(after.is_some());
            prop_assert!(before.is_none() || before == after);
        }
    }
}
