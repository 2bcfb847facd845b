//! The fields of a record: what the mapping says of each, and its value for a row.

use std::borrow::Cow;
use std::ops::Range;

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::document::{Document, Section, wrong_type};
use super::lookup::{Lookup, Output};
use super::moment::{Format, NAMES};
use super::template::{Names, Template, Values};
use crate::error::{Error, Problem, ProblemCode};
use crate::input::{self, ExternalId};

/// A field, for a row.
type Read<T> = Result<T, Problem>;

/// A text of a record.
#[derive(Debug)]
pub(super) struct Field {
    path: String,
    value: Output,
    default: Option<Output>,
}

impl Field {
    /// The text; `None` where it is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>) -> Option<Cow<'a, str>> {
        let text = self.value.template.fill(values);
        let text = match &self.default {
            Some(default) if text.is_empty() => default.template.fill(values),
            _ => text,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The text, which must not be empty.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>) -> Read<Cow<'a, str>> {
        self.optional(values).ok_or_else(|| self.problem(ProblemCode::Required, "is empty in this row"))
    }

    /// A whole number; `None` where the text is empty.
    pub(super) fn whole<'a>(&'a self, values: &impl Values<'a>) -> Read<Option<i32>> {
        let refuse = |text: &str| self.problem(ProblemCode::Invalid, format!("`{text}` is no whole number"));
        self.optional(values).map(|text| text.parse().map_err(|_| refuse(&text))).transpose()
    }

    fn problem(&self, code: ProblemCode, message: impl Into<String>) -> Problem {
        Problem { field: self.path.clone(), code, message: message.into() }
    }

    /// The first problem of a check, told of this field.
    fn check<T>(&self, checked: Result<T, Error>) -> Read<T> {
        checked.map_err(|error| match error {
            Error::Invalid(problems) => problems.into_iter().next().map_or_else(
                || self.problem(ProblemCode::Invalid, "is not allowed"),
                |problem| self.problem(problem.code, problem.message),
            ),
            other => self.problem(ProblemCode::Invalid, other.for_operator()),
        })
    }
}

/// A value of a closed set.
pub(super) trait Closed: Copy + 'static {
    /// What the set is called.
    const WHAT: &'static str;

    /// Every value.
    const ALL: &'static [Self];

    /// The name of a value.
    fn name(self) -> &'static str;
}

macro_rules! closed {
    ($($name:ident = $what:literal),+ $(,)?) => {$(
        impl Closed for entity::kinds::$name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = entity::kinds::$name::ALL;

            fn name(self) -> &'static str {
                entity::kinds::$name::name(self)
            }
        }
    )+};
}

closed! {
    ActorKind = "actor kind",
    Channel = "channel",
    ClosePath = "path",
    CostCategory = "cost category",
    CostOwner = "cost owner",
    Direction = "direction",
    Resource = "resource",
    Role = "role",
    TouchKind = "kind of touch",
}

fn named<T: Closed>(name: &str) -> Option<T> {
    T::ALL.iter().copied().find(|value| value.name() == name)
}

/// A value of a closed set in a record.
#[derive(Debug)]
pub(super) struct Choice<T> {
    field: Field,
    constant: Option<T>,
}

impl<T: Closed> Choice<T> {
    /// The value; `None` where the text is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>) -> Read<Option<T>> {
        if self.constant.is_some() {
            return Ok(self.constant);
        }
        let Some(text) = self.field.optional(values) else { return Ok(None) };
        let unknown = || self.field.problem(ProblemCode::Invalid, format!("`{text}` is no {}", T::WHAT));
        named(&text).map(Some).ok_or_else(unknown)
    }

    /// The value, which must be there.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>) -> Read<T> {
        self.optional(values)?.ok_or_else(|| self.field.problem(ProblemCode::Required, "is empty in this row"))
    }
}

/// A moment in a record.
#[derive(Debug)]
pub(super) struct Moment {
    field: Field,
    format: Format,
    zone: Option<Tz>,
}

impl Moment {
    /// The moment, which must be there and lie between 1970 and a day from now.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>, zone: Tz, now: Timestamp) -> Read<Timestamp> {
        let text = self.field.required(values)?;
        let moment = self.format.moment(&text, self.zone.unwrap_or(zone)).ok_or_else(|| self.refuse(&text))?;
        self.field.check(input::moment(&self.field.path, moment, now))
    }

    /// The moment; `None` where the text is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>, zone: Tz, now: Timestamp) -> Read<Option<Timestamp>> {
        self.field.optional(values).is_some().then(|| self.required(values, zone, now)).transpose()
    }

    /// The local day, which must be there.
    pub(super) fn day<'a>(&'a self, values: &impl Values<'a>, zone: Tz) -> Read<NaiveDate> {
        let text = self.field.required(values)?;
        let day = self.format.day(&text, self.zone.unwrap_or(zone)).ok_or_else(|| self.refuse(&text))?;
        self.field.check(input::day(&self.field.path, day))
    }

    /// The local day; `None` where the text is empty.
    pub(super) fn optional_day<'a>(&'a self, values: &impl Values<'a>, zone: Tz) -> Read<Option<NaiveDate>> {
        self.field.optional(values).is_some().then(|| self.day(values, zone)).transpose()
    }

    fn refuse(&self, text: &str) -> Problem {
        self.field.problem(ProblemCode::Invalid, format!("`{text}` is not {}", self.format.describe()))
    }
}

/// An amount of money in a record.
#[derive(Debug)]
pub(super) struct Amount {
    field: Field,
    decimal_separator: char,
    thousands_separator: Option<char>,
}

impl Amount {
    /// The amount, which must be there and not be negative.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>, currency: CurrencyCode) -> Read<Money> {
        let value = self.value(values)?;
        self.field.check(input::amount(&self.field.path, value, currency))
    }

    /// The amount; `None` where the text is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>, currency: CurrencyCode) -> Read<Option<Money>> {
        self.field.optional(values).is_some().then(|| self.required(values, currency)).transpose()
    }

    fn value<'a>(&'a self, values: &impl Values<'a>) -> Read<Decimal> {
        let text = self.field.required(values)?;
        let plain: String = text
            .chars()
            .filter(|letter| Some(*letter) != self.thousands_separator)
            .map(|letter| match letter {
                letter if letter == self.decimal_separator => '.',
                '.' => ',',
                letter => letter,
            })
            .collect();
        let shaped = plain.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+'));
        let value = shaped.then(|| Decimal::from_str_exact(&plain).ok()).flatten();
        value.ok_or_else(|| self.field.problem(ProblemCode::InvalidAmount, format!("`{text}` is no amount")))
    }
}

/// A number in a record, written as amounts are.
#[derive(Debug)]
pub(super) struct Number(Amount);

impl Number {
    /// The number, which must be there.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>) -> Read<Decimal> {
        self.0.value(values)
    }
}

/// A currency in a record.
#[derive(Debug)]
pub(super) struct Currency(Field);

impl Currency {
    /// The currency; `None` where the text is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>) -> Read<Option<CurrencyCode>> {
        self.0.optional(values).map(|text| self.0.check(input::currency(&self.0.path, &text))).transpose()
    }

    /// The currency, which must be there.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>) -> Read<CurrencyCode> {
        let text = self.0.required(values)?;
        self.0.check(input::currency(&self.0.path, &text))
    }
}

/// What another system calls an object, in a record.
#[derive(Debug)]
pub(super) struct Reference {
    field: Field,
    source: Option<String>,
}

impl Reference {
    /// The external id, which must be there.
    pub(super) fn required<'a>(&'a self, values: &impl Values<'a>, source: &str) -> Read<ExternalId> {
        let id = self.field.required(values)?;
        self.field.check(ExternalId::new(&self.field.path, self.source.as_deref().unwrap_or(source), &id))
    }

    /// The external id; `None` where the text is empty.
    pub(super) fn optional<'a>(&'a self, values: &impl Values<'a>, source: &str) -> Read<Option<ExternalId>> {
        self.field.optional(values).is_some().then(|| self.required(values, source)).transpose()
    }
}

/// Reads the fields of a record of the mapping.
#[derive(Debug)]
pub(super) struct Fields<'a, 't> {
    pub(super) kind: &'static str,
    pub(super) section: Section<'t>,
    pub(super) names: &'a mut Names,
    pub(super) lookups: &'a [Lookup],
    pub(super) document: &'a mut Document<'t>,
}

impl<'t> Fields<'_, 't> {
    /// A field, with the table that says more about it.
    fn field(&mut self, key: &'static str) -> Option<(Field, Option<Section<'t>>)> {
        let value = self.section.get(key)?;
        let path = format!("{}.{key}", self.kind);
        match value.get_ref() {
            DeValue::String(text) => Some((Field { path, value: self.output(text, value.span()), default: None }, None)),
            DeValue::Table(table) => {
                let mut section = Section::new(table, value.span());
                let text = section.require_text("value", self.document);
                let default = section.text("default", self.document).map(|(text, span)| self.output(text, span));
                let (text, span) = text?;
                Some((Field { path, value: self.output(text, span), default }, Some(section)))
            }
            _ => {
                wrong_type(value, "a text in quotes or a table with `value`", self.document);
                None
            }
        }
    }

    fn output(&mut self, text: &str, span: Range<usize>) -> Output {
        Output { template: Template::parse(text, &span, self.names, self.document), span }
    }

    fn finish(&mut self, section: Option<Section<'t>>) {
        if let Some(section) = section {
            section.finish(self.document);
        }
    }

    /// Complains where a field that must be there is not.
    pub(super) fn require<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Self, &'static str) -> Option<T>) -> Option<T> {
        let present = self.section.get(key).is_some();
        if !present {
            let message = format!("a {} needs `{key}`", self.kind.replace('_', " "));
            self.document.fault(self.section.span(), message);
        }
        present.then(|| read(self, key)).flatten()
    }

    /// Complains where nothing says whom a record is about.
    pub(super) fn require_subject(&mut self, present: bool) {
        if !present {
            let message = format!("a {} needs `person` or `account`", self.kind.replace('_', " "));
            self.document.fault(self.section.span(), message);
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Field> {
        let (field, section) = self.field(key)?;
        self.finish(section);
        Some(field)
    }

    /// What another system calls an object.
    pub(super) fn reference(&mut self, key: &'static str) -> Option<Reference> {
        let (field, mut section) = self.field(key)?;
        let source = section.as_mut().and_then(|section| section.text("source", self.document)).map(|(text, _)| text.to_owned());
        self.finish(section);
        Some(Reference { field, source })
    }

    /// A value of a closed set. What can be checked without a row is checked now: constants, and what lookups give.
    pub(super) fn choice<T: Closed>(&mut self, key: &'static str) -> Option<Choice<T>> {
        let (field, section) = self.field(key)?;
        self.finish(section);
        let looked = field.value.template.as_looked().and_then(|(lookup, output)| Some((self.lookups.get(lookup)?, output)));
        let given = looked.into_iter().flat_map(|(lookup, output)| lookup.outputs(output));
        for output in given.chain([&field.value]).chain(&field.default) {
            let unknown = output.template.as_constant().is_some_and(|text| !text.is_empty() && named::<T>(text).is_none());
            if unknown {
                self.document.unknown(&output.span, T::WHAT, T::ALL.iter().map(|value| value.name()));
            }
        }
        let constant = field.value.template.as_constant().and_then(named);
        Some(Choice { field, constant })
    }

    /// A moment or a day.
    pub(super) fn moment(&mut self, key: &'static str) -> Option<Moment> {
        let (field, mut section) = self.field(key)?;
        let mut format = Format::Iso;
        let mut zone = None;
        if let Some(section) = &mut section {
            if let Some((text, span)) = section.text("format", self.document) {
                match Format::parse(text) {
                    Some(known) => format = known,
                    None => self.document.unknown(&span, "format", NAMES.iter().copied().chain(["a pattern like %d/%m/%Y %H:%M"])),
                }
            }
            if let Some((text, span)) = section.text("time_zone", self.document) {
                zone = time_zone(text, &span, self.document);
            }
        }
        self.finish(section);
        Some(Moment { field, format, zone })
    }

    /// A currency.
    pub(super) fn currency(&mut self, key: &'static str) -> Option<Currency> {
        let field = self.text(key)?;
        if let Some(text) = field.value.template.as_constant() {
            currency(text, &field.value.span, self.document);
        }
        Some(Currency(field))
    }

    /// An amount of money.
    pub(super) fn amount(&mut self, key: &'static str) -> Option<Amount> {
        let (field, mut section) = self.field(key)?;
        let mut separator = |key| section.as_mut().and_then(|section| letter(section, key, self.document));
        let decimal_separator = separator("decimal_separator").unwrap_or('.');
        let thousands_separator = separator("thousands_separator");
        self.finish(section);
        Some(Amount { field, decimal_separator, thousands_separator })
    }

    /// A number with decimal places.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Number> {
        self.amount(key).map(Number)
    }
}

fn letter(section: &mut Section<'_>, key: &'static str, document: &mut Document<'_>) -> Option<char> {
    let (text, span) = section.text(key, document)?;
    let mut letters = text.chars();
    let letter = letters.next().filter(|letter| !letter.is_ascii_digit() && letters.next().is_none());
    if letter.is_none() {
        document.fault(&span, format!("`{key}` must be one character that is no digit, not `{text}`"));
    }
    letter
}

/// The zone with a name.
pub(super) fn time_zone(text: &str, span: &Range<usize>, document: &mut Document<'_>) -> Option<Tz> {
    let zone = text.parse().ok();
    if zone.is_none() {
        document.fault(span, format!("`{text}` is no IANA time zone, like America/Sao_Paulo"));
    }
    zone
}

/// The currency with a code.
pub(super) fn currency(text: &str, span: &Range<usize>, document: &mut Document<'_>) -> Option<CurrencyCode> {
    let currency = text.parse().ok();
    if currency.is_none() {
        document.fault(span, format!("`{text}` is no ISO 4217 currency, like BRL"));
    }
    currency
}
