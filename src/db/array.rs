//! Arrays for PostgreSQL, sent as text: arrays of values that may be missing have no other form in the library, and one
//! parameter is cheaper than hundreds.

use std::fmt::Write;

use sea_orm::Value;

use crate::error::{Error, Result};

/// The text of an array as PostgreSQL reads it.
pub(super) struct Array(String);

impl Array {
    /// An empty one.
    pub(super) fn with_room_for(elements: usize) -> Self {
        let mut text = String::with_capacity(2 + 24 * elements);
        text.push('{');
        Self(text)
    }

    /// Adds an element.
    pub(super) fn push(&mut self, value: &Value) -> Result<()> {
        let Self(text) = self;
        if text.len() > 1 {
            text.push(',');
        }
        let written = match value {
            Value::Uuid(Some(id)) => write!(text, "{id}"),
            Value::BigInt(Some(number)) => write!(text, "{number}"),
            Value::Int(Some(number)) => write!(text, "{number}"),
            Value::SmallInt(Some(number)) => write!(text, "{number}"),
            Value::Bool(Some(truth)) => write!(text, "{truth}"),
            Value::ChronoDate(Some(day)) => write!(text, "{day}"),
            Value::String(Some(string)) => {
                quote(text, string);
                Ok(())
            }
            Value::Uuid(None)
            | Value::BigInt(None)
            | Value::Int(None)
            | Value::SmallInt(None)
            | Value::Bool(None)
            | Value::ChronoDate(None)
            | Value::String(None) => text.write_str("NULL"),
            _ => return Err(Error::broken("a value has one of the types that tables of an organization have")),
        };
        written.map_err(Error::internal)
    }

    /// The text.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Within quotes only the quote and the backslash mean anything.
fn quote(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_keeps_what_looks_like_its_own_signs() {
        let mut array = Array::with_room_for(0);
        for text in ["a", "", "NULL", "{b,c}", "say \"d\\e\"", "ä\n"] {
            array.push(&Value::from(text)).unwrap();
        }
        array.push(&Value::String(None)).unwrap();
        array.push(&Value::from(-7_i64)).unwrap();
        array.push(&Value::from(true)).unwrap();
        assert_eq!(array.end(), "{\"a\",\"\",\"NULL\",\"{b,c}\",\"say \\\"d\\\\e\\\"\",\"ä\n\",NULL,-7,true}");
        assert!(Array::with_room_for(0).push(&Value::from(1.5)).is_err());
    }
}
