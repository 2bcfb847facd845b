//! Values GraphQL has no type for. Inputs are checked where they are used, so that the error names the field.

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use entity::time::Timestamp;

use crate::error::{Error, ProblemCode, Result};

/// A count as the API gives it: nothing there is counted beyond two thousand million.
pub fn int<N: TryInto<i32>>(number: N) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// An instant in UTC with at most microseconds: `2026-01-31T12:00:00Z`. Other offsets are accepted in input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Description)]
pub struct DateTime(pub Timestamp);

#[Scalar(use_type_description = true, specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        chrono::DateTime::parse_from_rfc3339(text)
            .map(|instant| Self(instant.to_utc().into()))
            .map_err(|_| InputValueError::custom("must be an RFC 3339 date and time, like 2026-01-31T12:00:00Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A day on somebody's calendar, without a time zone: `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Description)]
pub struct LocalDate(pub NaiveDate);

#[Scalar(use_type_description = true, specified_by_url = "https://scalars.graphql.org/andimarek/local-date")]
impl ScalarType for LocalDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        // `%Y` alone would also take one digit and a sign.
        let four_digits = text.len() == 10 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
        let date = four_digits.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
        date.map(Self).ok_or_else(|| InputValueError::custom("must be a date, like 2026-01-31"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// An exact decimal number, as text: `"0.5714"`. Binary floating point would not keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Description)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar(use_type_description = true)]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        text.parse().map(Self).map_err(|_| InputValueError::custom("must be a decimal number as text, like \"12.50\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A whole JSON document, as it is: objects, lists, texts, numbers, true, false and null.
#[derive(Clone, Debug, PartialEq, Eq, Description)]
pub struct Json(pub serde_json::Value);

#[Scalar(name = "JSON", use_type_description = true, specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(|_| InputValueError::custom("must be a JSON document"))
    }

    fn to_value(&self) -> Value {
        // A document that cannot be told is told as none: numbers that are no numbers are all it could be, and it has none.
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

macro_rules! text_scalars {
    ($($(#[$doc:meta])* $name:ident = $url:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Description)]
        pub struct $name(pub String);

        #[Scalar(use_type_description = true, specified_by_url = $url)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    )*};
}

text_scalars! {
    /// An IANA time zone: `Europe/Lisbon`.
    TimeZone = "https://www.iana.org/time-zones";
    /// An ISO 4217 currency: `USD`.
    CurrencyCode = "https://www.iso.org/iso-4217-currency-codes.html";
    /// An ISO 8601 duration of weeks, days, hours, minutes and seconds: `P45D`, `PT4H`. A day is 24 hours.
    Duration = "https://www.iso.org/iso-8601-date-and-time-format.html";
}

impl Duration {
    /// The length in microseconds.
    ///
    /// # Errors
    /// A problem with the field where it is no duration, is not positive, or is longer than a hundred years.
    pub fn micros(&self, field: &str) -> Result<i64> {
        const LONGEST_SECONDS: i64 = 36_525 * 86_400;
        let seconds = parse_seconds(&self.0).filter(|seconds| (1..=LONGEST_SECONDS).contains(seconds));
        seconds.map(|seconds| seconds * 1_000_000).ok_or_else(|| {
            Error::invalid(
                field,
                ProblemCode::Invalid,
                "must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, like P45D",
            )
        })
    }

    /// From microseconds, in days of 24 hours and what is left in hours, minutes and seconds.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        let seconds = micros / 1_000_000;
        Self::of(seconds / 86_400, seconds % 86_400)
    }

    /// From microseconds, in hours, minutes and seconds: for business time, of which no day has 24 hours.
    #[must_use]
    pub fn in_hours(micros: i64) -> Self {
        Self::of(0, micros / 1_000_000)
    }

    fn of(days: i64, rest: i64) -> Self {
        let mut text = String::from("P");
        if days > 0 {
            text.push_str(&format!("{days}D"));
        }
        if rest > 0 || days == 0 {
            text.push('T');
            for (amount, unit) in [(rest / 3600, 'H'), (rest / 60 % 60, 'M'), (rest % 60, 'S')] {
                if amount > 0 || (rest == 0 && unit == 'S') {
                    text.push_str(&format!("{amount}{unit}"));
                }
            }
        }
        Self(text)
    }
}

/// Each unit at most once and in order, as the standard wants it.
fn parse_seconds(text: &str) -> Option<i64> {
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    parse_units(days, &[('W', 604_800), ('D', 86_400)])?.checked_add(parse_units(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)
}

fn parse_units(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total: i64 = 0;
    for &(unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(unit) {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        let day = 86_400_000_000;
        for (text, micros) in [("P45D", 45 * day), ("PT4H", day / 6), ("P1W", 7 * day), ("P1DT1S", day + 1_000_000), ("PT90M", day / 16)] {
            assert_eq!(Duration(text.to_owned()).micros("window").ok(), Some(micros), "{text}");
        }
        for text in ["", "P", "PT", "P1DT", "45D", "P-1D", "P1M", "P1Y", "P1.5D", "PT1S1H", "P0D", "P99999999999999999999D", "p1d", "P1D "]
        {
            assert!(Duration(text.to_owned()).micros("window").is_err(), "{text}");
        }
        for text in ["P45D", "PT4H", "P1DT1S", "PT1H30M"] {
            assert_eq!(Duration::from_micros(Duration(text.to_owned()).micros("window").unwrap()).0, text);
        }
        assert_eq!([0, day / 6, 5 * day + 1_000_000].map(|micros| Duration::in_hours(micros).0), ["PT0S", "PT4H", "PT120H1S"]);
    }

    #[test]
    fn dates_have_four_digits() {
        assert!(LocalDate::parse(Value::from("2026-01-31")).is_ok());
        for text in ["2026-1-31", "26-01-31", "2026-02-30", "+2026-01-3", "2026-01-31T00:00:00Z"] {
            assert!(LocalDate::parse(Value::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_are_text_and_keep_their_digits() {
        for text in ["0.5714", "-12.50", "123456789012345678901234.5678"] {
            assert_eq!(Decimal::parse(Value::from(text)).unwrap().to_value(), Value::from(text));
        }
        for value in [Value::from("1,5"), Value::from(""), Value::from("NaN"), Value::from(1.5), Value::from(1)] {
            assert!(Decimal::parse(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn instants_come_back_in_utc() {
        let parsed = DateTime::parse(Value::from("2026-03-31T23:30:00-04:00")).unwrap();
        assert_eq!(parsed.to_value(), Value::from("2026-04-01T03:30:00Z"));
        assert!(DateTime::parse(Value::from("2026-03-31")).is_err());
    }
}
