//! What attributes may be called and say, and what may be asked of them.

use entity::condition::Condition;
use entity::kinds::ConditionOperator;

use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::segment::number;

/// Longest key.
const KEY: usize = 40;

/// Most conditions of a filter or a profile.
pub(super) const MAX_CONDITIONS: usize = 50;

/// Most values of a condition.
const MAX_VALUES: usize = 100;

/// How many work there: a whole number.
const EMPLOYEES: &str = "EMPLOYEES";

/// Where it is: two letters, as ISO 3166 has them.
const COUNTRY: &str = "COUNTRY";

/// A key: upper-case letters, digits and underscores, beginning with a letter.
pub(super) fn key(field: &str, value: &str) -> Result<String> {
    let mut letters = value.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_uppercase());
    if begins && value.len() <= KEY && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_') {
        return Ok(value.to_owned());
    }
    let message = format!("must be upper-case letters, digits and underscores, at most {KEY}, beginning with a letter");
    Err(Error::invalid(field, ProblemCode::Invalid, message))
}

/// What is said under a key, as it is kept.
pub(super) fn value(field: &str, key: &str, value: &str) -> Result<String> {
    let value = input::text(field, value, input::NAME)?;
    match key {
        EMPLOYEES => match value.parse::<u32>() {
            Ok(count) => Ok(count.to_string()),
            Err(_) => Err(Error::invalid(field, ProblemCode::Invalid, "must be a whole number")),
        },
        COUNTRY if value.len() == 2 && value.chars().all(|letter| letter.is_ascii_alphabetic()) => Ok(value.to_ascii_uppercase()),
        COUNTRY => Err(Error::invalid(field, ProblemCode::Invalid, "must be two letters, as ISO 3166 has them, like PT")),
        _ => Ok(value),
    }
}

/// Conditions as they are kept: 1 to 50.
pub(super) fn conditions(field: &str, given: &[Condition]) -> Result<Vec<Condition>> {
    counted(field, given.len())?;
    let mut problems = Problems::new();
    let mut checked = Vec::with_capacity(given.len());
    for (index, one) in given.iter().enumerate() {
        checked.extend(problems.take(condition(&format!("{field}.{index}"), one))?);
    }
    problems.check()?;
    Ok(checked)
}

/// Goes on where there are some, and not too many.
pub(super) fn counted(field: &str, count: usize) -> Result<()> {
    match count {
        0 => Err(Error::invalid(field, ProblemCode::Required, "must not be empty")),
        1..=MAX_CONDITIONS => Ok(()),
        _ => Err(Error::invalid(field, ProblemCode::TooMany, format!("must be at most {MAX_CONDITIONS}"))),
    }
}

/// A condition as it is kept.
pub(super) fn condition(field: &str, given: &Condition) -> Result<Condition> {
    let mut problems = Problems::new();
    let place = format!("{field}.values");
    let key = problems.take(key(&format!("{field}.key"), &given.key))?.unwrap_or_default();
    let fits = match given.op {
        ConditionOperator::In | ConditionOperator::NotIn => (1..=MAX_VALUES).contains(&given.values.len()),
        ConditionOperator::AtLeast | ConditionOperator::AtMost => given.values.len() == 1,
        ConditionOperator::Known | ConditionOperator::Unknown => given.values.is_empty(),
    };
    if !fits {
        let message = "IN and NOT_IN need 1 to 100 values, AT_LEAST and AT_MOST one, KNOWN and UNKNOWN none";
        problems.push(place.clone(), ProblemCode::Invalid, message);
    }
    let mut values = Vec::with_capacity(given.values.len());
    for (index, wanted) in given.values.iter().take(MAX_VALUES).enumerate() {
        let place = format!("{place}.{index}");
        let checked = match given.op {
            ConditionOperator::AtLeast | ConditionOperator::AtMost => input::text(&place, wanted, input::NAME).and_then(|text| {
                number(&text)
                    .map(|number| number.normalize().to_string())
                    .ok_or_else(|| Error::invalid(&place, ProblemCode::Invalid, "must be a number"))
            }),
            _ => value(&place, &key, wanted),
        };
        values.extend(problems.take(checked)?);
    }
    problems.check()?;
    Ok(Condition { key, op: given.op, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_upper_case_identifiers() {
        for good in ["A", "INDUSTRY", "X_1", &"A".repeat(40)] {
            assert_eq!(key("key", good).unwrap(), good);
        }
        for bad in ["", "a", "_A", "1A", "A-B", "A B", "É", &"A".repeat(41)] {
            assert!(key("key", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_have_the_shape_of_their_key() {
        for (key, given, kept) in
            [("EMPLOYEES", "007", Some("7")), ("EMPLOYEES", "1.5", None), ("EMPLOYEES", "-1", None), ("COUNTRY", "pt", Some("PT"))]
        {
            assert_eq!(value("value", key, given).ok().as_deref(), kept, "{key} {given}");
        }
        for (key, given, kept) in
            [("COUNTRY", "PRT", None), ("COUNTRY", "P1", None), ("REGION", " EMEA ", Some("EMEA")), ("REGION", " ", None)]
        {
            assert_eq!(value("value", key, given).ok().as_deref(), kept, "{key} {given}");
        }
    }

    #[test]
    fn conditions_have_as_many_values_as_they_use() {
        use ConditionOperator::{AtLeast, AtMost, In, Known, NotIn, Unknown};
        let of = |op, values: &[&str]| {
            condition("c", &Condition { key: "SIZE".to_owned(), op, values: values.iter().map(ToString::to_string).collect() })
        };
        for (op, values) in [(In, &["a"][..]), (NotIn, &["a", "b"]), (AtLeast, &["1.50"]), (AtMost, &["-3"]), (Known, &[]), (Unknown, &[])]
        {
            assert!(of(op, values).is_ok(), "{op:?}");
        }
        for (op, values) in
            [(In, &[][..]), (NotIn, &[]), (AtLeast, &[]), (AtLeast, &["1", "2"]), (AtMost, &["many"]), (Known, &["a"]), (Unknown, &["a"])]
        {
            assert!(of(op, values).is_err(), "{op:?}");
        }
        assert_eq!(of(AtLeast, &["1.50"]).unwrap().values, ["1.5"]);
        assert!(conditions("filter", &[]).is_err());
    }
}
