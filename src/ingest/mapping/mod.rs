//! The mapping file: how the rows of a CSV become records. Its format stands in `examples/README.md`.

mod document;
mod field;
mod lookup;
mod moment;
mod rate;
mod recipe;
mod staff;
mod template;

use std::borrow::Cow;
use std::ops::Range;

use chrono_tz::Tz;
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use toml::de::{DeTable, DeValue};

use self::document::{Document, Section};
use self::field::Fields;
use self::lookup::{Found, Lookup};
use self::recipe::Recipe;
pub(super) use self::template::Column;
use self::template::{Names, Template, Values};
use super::csv::Row;
use super::header::Header;
use super::record::{Kind, Record};
use super::rejects;
use crate::error::{Problem, Result};

/// A mapping that was read and checked.
#[derive(Debug)]
pub struct Mapping {
    pub(super) source: String,
    pub(super) time_zone: Option<Tz>,
    pub(super) currency: Option<CurrencyCode>,
    pub(super) files: Vec<FileMapping>,
}

/// How the rows of one kind of CSV become records.
#[derive(Debug)]
pub(super) struct FileMapping {
    /// What the mapping calls it.
    pub(super) name: String,
    /// What stands between its cells.
    pub(super) delimiter: u8,
    /// The columns it uses.
    pub(super) columns: Vec<Column>,
    lookups: Vec<Lookup>,
    records: Vec<(Option<Condition>, Recipe)>,
}

/// What holds for every row of an import.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The system that names the objects.
    pub(super) source: &'a str,
    /// The zone of moments that tell none.
    pub(super) time_zone: Tz,
    /// The currency of amounts that tell none.
    pub(super) currency: CurrencyCode,
    /// Now.
    pub(super) now: Timestamp,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// Every problem, each with the name of the mapping, the line and the column.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let mut document = Document::new(name, text);
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                document.fault(&error.span().unwrap_or_default(), error.message());
                document.check()?;
                return Err(crate::Error::broken("a text that is no TOML has a fault"));
            }
        };
        let mut section = Section::new(table.get_ref(), Range::default());
        let source = section.require_text("source", &mut document);
        let time_zone = section.text("time_zone", &mut document);
        let time_zone = time_zone.and_then(|(text, span)| field::time_zone(text, &span, &mut document));
        let currency = section.text("currency", &mut document);
        let currency = currency.and_then(|(text, span)| field::currency(text, &span, &mut document));
        let mut files: Vec<FileMapping> = Vec::new();
        for file in section.sections("file", &mut document) {
            let span = file.span().clone();
            let Some(file) = FileMapping::parse(file, &mut document) else { continue };
            if files.iter().any(|other| other.name == file.name) {
                document.fault(&span, format!("another file is called `{}` too", file.name));
            }
            files.push(file);
        }
        if files.is_empty() {
            document.fault(section.span(), "no `[[file]]` says how a CSV is read");
        }
        section.finish(&mut document);
        document.check()?;
        let source = source.map(|(text, _)| text.to_owned()).unwrap_or_default();
        Ok(Self { source, time_zone, currency, files })
    }
}

impl FileMapping {
    fn parse<'t>(mut section: Section<'t>, document: &mut Document<'t>) -> Option<Self> {
        let name = section.require_text("name", document);
        let delimiter = section.text("delimiter", document).map_or(Some(b','), |(text, span)| delimiter(text, &span, document));
        let mut names = Names::default();
        let mut lookups = Vec::new();
        for (name, _, value) in section.section("lookup", document).iter().flat_map(Section::named) {
            if let Some((lookup, outputs)) = Lookup::parse(name, value, &mut names, document) {
                lookups.push((lookup, (name.to_owned(), outputs)));
            }
        }
        // Lookups are read before their names are known, so that none can depend on another.
        let (lookups, known): (Vec<_>, Vec<_>) = lookups.into_iter().unzip();
        names.lookups = known;
        let mut records = Vec::new();
        let mut none = true;
        for &kind in Kind::ALL {
            for record in section.sections(kind.name(), document) {
                none = false;
                records.extend(read_record(kind, record, &mut names, &lookups, document));
            }
        }
        if none {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            document.fault(
                section.span(),
                format!("nothing says what a row tells: one or several of `[[file.{}]]`", kinds.join("]]`, `[[file.")),
            );
        }
        section.finish(document);
        Some(Self { name: name?.0.to_owned(), delimiter: delimiter?, columns: names.columns, lookups, records })
    }

    /// The records a row tells, or every reason why it tells none.
    pub(super) fn read(&self, row: Row<'_>, header: &Header, setting: &Setting<'_>) -> Result<Vec<Record>, Vec<Problem>> {
        let mut cells = Cells { row, header, found: Vec::new() };
        let mut problems = Vec::new();
        for lookup in &self.lookups {
            match lookup.find(&cells) {
                Ok(found) => cells.found.push(found),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut records = Vec::with_capacity(self.records.len());
        for (condition, recipe) in &self.records {
            if condition.as_ref().is_none_or(|condition| condition.holds(&cells)) {
                match recipe.make(&cells, setting) {
                    Ok(record) => records.push(record),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() { Ok(records) } else { Err(problems) }
    }
}

fn delimiter(text: &str, span: &Range<usize>, document: &mut Document<'_>) -> Option<u8> {
    let delimiter = match text.as_bytes() {
        &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(byte),
        _ => None,
    };
    if delimiter.is_none() {
        document.fault(span, format!("`delimiter` must be one ASCII character that is no quote and no line end, not `{text}`"));
    }
    delimiter
}

fn read_record<'t>(
    kind: Kind,
    mut section: Section<'t>,
    names: &mut Names,
    lookups: &[Lookup],
    document: &mut Document<'t>,
) -> Option<(Option<Condition>, Recipe)> {
    let condition = section.get("when").map(|value| Condition::parse(value, names, document));
    let mut fields = Fields { kind: kind.name(), section, names, lookups, document };
    let recipe = Recipe::parse(kind, &mut fields);
    let Fields { section, document, .. } = fields;
    section.finish(document);
    let condition = match condition {
        Some(condition) => Some(condition?),
        None => None,
    };
    Some((condition, recipe?))
}

/// Whether a row tells a record at all.
#[derive(Debug)]
struct Condition {
    value: Template,
    test: Test,
}

#[derive(Debug)]
enum Test {
    NotEmpty,
    Is(Vec<String>),
    IsNot(Vec<String>),
}

impl Condition {
    fn parse<'t>(value: &'t toml::Spanned<DeValue<'t>>, names: &mut Names, document: &mut Document<'t>) -> Option<Self> {
        if let Some(text) = value.get_ref().as_str() {
            return Some(Self { value: Template::parse(text, &value.span(), names, document), test: Test::NotEmpty });
        }
        if !value.get_ref().is_table() {
            document::wrong_type(value, "a text in quotes or a table with `value`", document);
        }
        let mut section = value.get_ref().as_table().map(|table| Section::new(table, value.span()))?;
        let text = section.require_text("value", document).map(|(text, span)| Template::parse(text, &span, names, document));
        let mut list = |key| {
            let texts = section.texts(key, document);
            texts.map(|texts| texts.into_iter().map(|(text, _)| text.to_owned()).collect())
        };
        let test = match (list("is"), list("is_not")) {
            (Some(texts), None) => Some(Test::Is(texts)),
            (None, Some(texts)) => Some(Test::IsNot(texts)),
            _ => {
                document.fault(section.span(), "`when` needs either `is` or `is_not`, a list of texts");
                None
            }
        };
        section.finish(document);
        Some(Self { value: text?, test: test? })
    }

    fn holds<'a>(&'a self, values: &impl Values<'a>) -> bool {
        let value = self.value.fill(values);
        match &self.test {
            Test::NotEmpty => !value.is_empty(),
            Test::Is(texts) => texts.iter().any(|text| *text == value),
            Test::IsNot(texts) => texts.iter().all(|text| *text != value),
        }
    }
}

/// The values of one row for the templates of its file.
struct Cells<'a> {
    row: Row<'a>,
    header: &'a Header,
    found: Vec<Found<'a>>,
}

impl<'a> Values<'a> for Cells<'a> {
    fn column(&self, column: usize) -> &'a str {
        let cell = self.header.position(column).and_then(|position| self.row.cell(position)).unwrap_or_default().trim();
        if self.header.of_rejects() { rejects::restored(cell) } else { cell }
    }

    fn looked(&self, lookup: usize, output: usize) -> Cow<'a, str> {
        lookup::output(self.found.get(lookup).copied().flatten(), output, self)
    }
}

#[cfg(test)]
mod tests;
