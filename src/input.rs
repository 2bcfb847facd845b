//! Checks of input that every area shares: text, addresses, currencies, zones, moments, days, external ids.

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::kinds::Resource;
use entity::money::{CurrencyCode, Money, MoneyError};
use entity::organization;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use crate::error::{Error, ProblemCode, Result};
use crate::metrics::by_resource::ByResource;
use crate::metrics::period::{Grain, Period, PeriodError};
use crate::metrics::shares::{Shares, SharesError};

/// Longest name.
pub const NAME: usize = 200;

/// Longest free text.
pub const NOTE: usize = 2_000;

/// How far ahead of the clock anything may lie: clocks of other systems are never exact, and days begin earlier elsewhere.
const AHEAD_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A text with something in it, without white space around it.
///
/// # Errors
/// A problem where it is empty, longer than `max` characters, or holds control characters.
pub fn text(field: &str, value: &str, max: usize) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Error::invalid(field, ProblemCode::Required, "must not be empty"));
    }
    if value.chars().count() > max {
        return Err(Error::invalid(field, ProblemCode::TooLong, format!("must have at most {max} characters")));
    }
    // PostgreSQL cannot store NUL, and nobody needs the other control characters.
    if value.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, ProblemCode::InvalidText, "must not hold control characters"));
    }
    Ok(value.to_owned())
}

/// A text that may be missing.
///
/// # Errors
/// As [`text`].
pub fn optional_text(field: &str, value: Option<&str>, max: usize) -> Result<Option<String>> {
    value.map(|value| text(field, value, max)).transpose()
}

/// An e-mail address in lower case. Only its shape is checked: whether it works shows when mail is sent.
///
/// # Errors
/// A problem where it has not the shape of an address.
pub fn email(field: &str, value: &str) -> Result<String> {
    let value = text(field, value, 254)?.to_lowercase();
    let shaped = value.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('@')
    });
    if shaped && !value.contains(char::is_whitespace) {
        Ok(value)
    } else {
        Err(Error::invalid(field, ProblemCode::Invalid, "must be an e-mail address"))
    }
}

/// An IANA time zone.
///
/// # Errors
/// A problem where there is no such zone.
pub fn time_zone(field: &str, value: &str) -> Result<Tz> {
    value.parse().map_err(|_| Error::invalid(field, ProblemCode::UnknownTimeZone, "must be an IANA time zone, like Europe/Lisbon"))
}

/// An ISO 4217 currency.
///
/// # Errors
/// A problem where there is no such currency.
pub fn currency(field: &str, value: &str) -> Result<CurrencyCode> {
    value.parse().map_err(|_| Error::invalid(field, ProblemCode::UnknownCurrency, "must be an ISO 4217 currency, like USD"))
}

/// An amount of money that is not negative.
///
/// # Errors
/// A problem where it is negative, finer than the minor unit, or too large.
pub fn amount(field: &str, value: Decimal, currency: CurrencyCode) -> Result<Money> {
    let refused = |message: String| Error::invalid(field, ProblemCode::InvalidAmount, message);
    if value.is_sign_negative() && !value.is_zero() {
        return Err(refused("must not be negative".to_owned()));
    }
    Money::from_decimal(value, currency).map_err(|error| match error {
        MoneyError::TooPrecise => refused(format!("{currency} has {} decimal places", currency.scale())),
        MoneyError::Overflow | MoneyError::CurrencyMismatch => refused("is too large".to_owned()),
    })
}

/// An amount of money as it was given.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WantedMoney {
    /// In major units.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

impl WantedMoney {
    /// Checks the amount and its currency.
    ///
    /// # Errors
    /// A problem with either, below the field.
    pub fn check(&self, field: &str) -> Result<Money> {
        let currency = currency(&format!("{field}.currency"), &self.currency)?;
        amount(&format!("{field}.amount"), self.amount, currency)
    }
}

/// Shares of a whole in basis points, each resource at most once. Who is not named has nothing.
///
/// # Errors
/// A problem where a resource is named twice, a share is negative, or they do not sum to 10 000.
pub fn shares(field: &str, given: &[(Resource, i64)]) -> Result<Shares> {
    let mut bp = ByResource::<Option<i64>>::default();
    for &(resource, share) in given {
        if bp.get_mut(resource).replace(share).is_some() {
            return Err(Error::invalid(field, ProblemCode::Invalid, format!("{} is named twice", resource.name())));
        }
    }
    Shares::new(bp.map(Option::unwrap_or_default)).map_err(|error| {
        let code = match error {
            SharesError::Negative { .. } => ProblemCode::InvalidAmount,
            SharesError::NotWhole { .. } => ProblemCode::SharesDoNotSum,
        };
        Error::invalid(field, code, error.to_string())
    })
}

/// A moment at which something happened.
///
/// # Errors
/// A problem where it lies before 1970 or more than a day ahead of `now`.
pub fn moment(field: &str, value: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if value >= Timestamp::EPOCH && value <= now.saturating_add_micros(AHEAD_MICROS) {
        Ok(value)
    } else {
        Err(Error::invalid(field, ProblemCode::DateOutOfRange, "must lie between 1970 and a day from now"))
    }
}

/// A moment something is planned for, between 1970 and the end of 2200. Plans reach ahead of the clock, and may be late.
///
/// # Errors
/// A problem where it lies outside.
pub fn plan(field: &str, value: Timestamp) -> Result<Timestamp> {
    if value >= Timestamp::EPOCH && day(field, value.to_utc().date_naive()).is_ok() {
        Ok(value)
    } else {
        Err(Error::invalid(field, ProblemCode::DateOutOfRange, "must lie between 1970 and 2200"))
    }
}

/// A local day between 1970 and 2200. Plans and contracts reach ahead of the clock, so days may.
///
/// # Errors
/// A problem where it lies outside.
pub fn day(field: &str, value: NaiveDate) -> Result<NaiveDate> {
    use chrono::Datelike;
    if (1970..=2200).contains(&value.year()) {
        Ok(value)
    } else {
        Err(Error::invalid(field, ProblemCode::DateOutOfRange, "must lie between 1970 and 2200"))
    }
}

/// The days a question is about, as they were asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WantedPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last one.
    pub to: NaiveDate,
    /// IANA; the organization's zone where none is named.
    pub time_zone: Option<String>,
}

impl From<&Period> for WantedPeriod {
    fn from(period: &Period) -> Self {
        Self { from: period.from(), to: period.to(), time_zone: Some(period.zone().name().to_owned()) }
    }
}

/// The period of a question.
///
/// # Errors
/// A problem with `period`, `period.from`, `period.to` or `period.timeZone`.
pub fn period(wanted: &WantedPeriod, organization: &organization::Model) -> Result<Period> {
    period_of("period", wanted, organization)
}

/// A period of a question that has several.
///
/// # Errors
/// As [`period`], with the field.
pub fn period_of(field: &str, wanted: &WantedPeriod, organization: &organization::Model) -> Result<Period> {
    let zone = time_zone(&format!("{field}.timeZone"), wanted.time_zone.as_deref().unwrap_or(&organization.timezone))?;
    let (from, to) = (day(&format!("{field}.from"), wanted.from)?, day(&format!("{field}.to"), wanted.to)?);
    Period::new(from, to, zone).map_err(|error| period_problem(field, error))
}

/// The parts of a period, as the organization divides its weeks and its year.
///
/// # Errors
/// A problem with `period` where there would be too many.
pub fn parts(whole: &Period, grain: Grain, organization: &organization::Model) -> Result<Vec<Period>> {
    let month = u32::try_from(organization.fiscal_year_start_month).unwrap_or(1);
    whole.buckets(grain, organization.week_start, month).map_err(|error| period_problem("period", error))
}

/// The problem with a period of a field.
#[must_use]
pub fn period_problem(field: &str, error: PeriodError) -> Error {
    let code = match error {
        PeriodError::TooManyBuckets => ProblemCode::TooMany,
        PeriodError::Empty | PeriodError::FiscalMonth(_) => ProblemCode::PeriodEmpty,
    };
    Error::invalid(field, code, error.to_string())
}

/// The instant an answer is for: the caller's, or now.
///
/// # Errors
/// A problem with `asOf` where it lies before 1970 or in the future.
pub fn as_of(wanted: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    match wanted {
        None => Ok(now),
        Some(wanted) if (Timestamp::EPOCH..=now).contains(&wanted) => Ok(wanted),
        Some(_) => Err(Error::invalid("asOf", ProblemCode::DateOutOfRange, "must lie between 1970 and now")),
    }
}

/// Goes on where there is something in `[from, to)`; an end that is `None` is open.
///
/// # Errors
/// A problem with the field where it ends before it begins.
pub fn span<T: PartialOrd>(field: &str, from: Option<T>, to: Option<T>) -> Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(Error::invalid(field, ProblemCode::PeriodEmpty, "must lie after its beginning")),
        _ => Ok(()),
    }
}

/// Goes on where the caller saw the newest version, or did not say which they saw.
///
/// # Errors
/// A problem where the object has changed since.
pub fn version(expected: Option<i64>, actual: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != actual => {
            Err(Error::invalid("expectedVersion", ProblemCode::StaleVersion, format!("the version is {actual} by now")))
        }
        _ => Ok(()),
    }
}

/// What another system calls an object: both parts or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct ExternalId {
    /// The system.
    pub source: String,
    /// The name there.
    pub id: String,
}

impl ExternalId {
    /// Checks both parts.
    ///
    /// # Errors
    /// A problem with either part.
    pub fn new(field: &str, source: &str, id: &str) -> Result<Self> {
        Ok(Self { source: text(&format!("{field}.source"), source, 100)?, id: text(&format!("{field}.value"), id, 255)? })
    }

    /// Checks both parts where there is one.
    ///
    /// # Errors
    /// A problem with either part.
    pub fn optional(field: &str, value: Option<&Self>) -> Result<Option<Self>> {
        value.map(|name| Self::new(field, &name.source, &name.id)).transpose()
    }

    /// The parts, as the columns keep them.
    #[must_use]
    pub fn split(value: Option<Self>) -> (Option<String>, Option<String>) {
        value.map(|name| (name.source, name.id)).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T>) -> Option<ProblemCode> {
        match result {
            Err(Error::Invalid(problems)) => problems.first().map(|problem| problem.code),
            _ => None,
        }
    }

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(text("name", "  Ada ", 3).unwrap(), "Ada");
        assert_eq!(code(text("name", " \t", 3)), Some(ProblemCode::Required));
        assert_eq!(code(text("name", "éééé", 3)), Some(ProblemCode::TooLong));
        assert_eq!(code(text("name", "a\0b", 3)), Some(ProblemCode::InvalidText));
    }

    #[test]
    fn addresses_need_their_shape() {
        assert_eq!(email("email", " Ada@Example.COM").unwrap(), "ada@example.com");
        for address in ["ada", "@example.com", "ada@", "ada@example", "a@b@c.d", "a b@c.d", "a@.d", "a@d."] {
            assert_eq!(code(email("email", address)), Some(ProblemCode::Invalid), "{address}");
        }
    }

    #[test]
    fn amounts_are_never_negative_nor_rounded() {
        let usd = CurrencyCode::USD;
        assert_eq!(amount("amount", Decimal::new(1, 2), usd).unwrap().amount_minor(), 1);
        assert_eq!(amount("amount", Decimal::new(0, 2), usd).unwrap().amount_minor(), 0);
        for value in [Decimal::new(-1, 2), Decimal::new(1, 3), Decimal::MAX] {
            assert_eq!(code(amount("amount", value, usd)), Some(ProblemCode::InvalidAmount), "{value}");
        }
    }

    #[test]
    fn moments_lie_between_1970_and_tomorrow() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let tomorrow = now.saturating_add_micros(AHEAD_MICROS);
        for good in [Timestamp::EPOCH, now, tomorrow] {
            assert_eq!(moment("occurredAt", good, now).unwrap(), good);
        }
        for bad in [Timestamp::from_micros(-1), tomorrow.saturating_add_micros(1)] {
            assert_eq!(code(moment("occurredAt", bad, now)), Some(ProblemCode::DateOutOfRange));
        }
    }
}
