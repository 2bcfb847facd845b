//! Value tables: what the words of another system mean in ours.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::document::{Document, Section, text};
use super::template::{Names, Template, Values};
use crate::error::{Problem, ProblemCode};

/// A table from the values of a column to named outputs.
#[derive(Debug)]
pub(super) struct Lookup {
    name: String,
    of: Template,
    values: HashMap<String, Entry>,
    empty: Entry,
    unlisted: Option<Entry>,
}

/// The outputs for a value, in the order of the lookup's outputs; `None` where the entry says nothing about one.
type Entry = Vec<Option<Output>>;

/// What a lookup gives, and where the mapping says so.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) template: Template,
    pub(super) span: Range<usize>,
}

/// What a lookup gives for a row.
pub(super) type Found<'a> = Option<&'a Entry>;

impl Lookup {
    /// Reads `[file.lookup.NAME]` and makes its outputs known.
    pub(super) fn parse<'t>(
        name: &str,
        value: &'t Spanned<DeValue<'t>>,
        names: &mut Names,
        document: &mut Document<'t>,
    ) -> Option<(Self, Vec<String>)> {
        let mut section = Section::of(value, document)?;
        let of = section.require_text("of", document).map(|(text, span)| Template::parse(text, &span, names, document));
        let values = section.require("values", document).and_then(|value| Section::of(value, document));
        let empty = section.section("empty", document);
        let default = section.section("default", document);
        section.finish(document);
        let listed: Vec<_> =
            values.iter().flat_map(Section::named).filter_map(|(value, _, entry)| Some((value, Section::of(entry, document)?))).collect();
        let mut outputs: Vec<String> = Vec::new();
        for (output, ..) in listed.iter().map(|(_, entry)| entry).chain(&empty).chain(&default).flat_map(Section::named) {
            if !outputs.iter().any(|known| known == output) {
                outputs.push(output.to_owned());
            }
        }
        let mut entry = |section: &Section<'t>| -> Entry {
            let mut entry: Entry = outputs.iter().map(|_| None).collect();
            for (name, _, value) in section.named() {
                let place = outputs.iter().position(|output| output == name).and_then(|index| entry.get_mut(index));
                if let (Some(place), Some((text, span))) = (place, text(value, document)) {
                    *place = Some(Output { template: Template::parse(text, &span, names, document), span });
                }
            }
            entry
        };
        let values = listed.iter().map(|(value, section)| ((*value).to_owned(), entry(section))).collect();
        let empty = empty.as_ref().map(&mut entry).unwrap_or_default();
        let unlisted = default.as_ref().map(&mut entry);
        Some((Self { name: name.to_owned(), of: of?, values, empty, unlisted }, outputs))
    }

    /// Looks a row up.
    pub(super) fn find<'a>(&'a self, values: &impl Values<'a>) -> Result<Found<'a>, Problem> {
        let value = self.of.fill(values);
        if value.is_empty() {
            return Ok(Some(&self.empty));
        }
        let found = self.values.get(value.as_ref()).or(self.unlisted.as_ref());
        found.map(Some).ok_or_else(|| Problem {
            field: self.name.clone(),
            code: ProblemCode::Invalid,
            message: format!("`{value}` is not listed in this lookup, and it has no default"),
        })
    }

    /// Everything an output can be.
    pub(super) fn outputs(&self, index: usize) -> impl Iterator<Item = &Output> {
        let entries = self.values.values().chain(&self.unlisted).chain(std::iter::once(&self.empty));
        entries.filter_map(move |entry| entry.get(index)?.as_ref())
    }
}

/// An output of what was found; empty where the entry does not say.
pub(super) fn output<'a>(found: Found<'a>, index: usize, values: &impl Values<'a>) -> Cow<'a, str> {
    let output = found.and_then(|entry| entry.get(index)).and_then(Option::as_ref);
    output.map_or(Cow::Borrowed(""), |output| output.template.fill(values))
}
