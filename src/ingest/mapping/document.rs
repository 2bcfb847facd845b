//! Reading TOML so that every complaint names its line and column.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Problem, ProblemCode};

/// Most characters of a mapping that a complaint repeats.
const MAX_SNIPPET: usize = 60;

/// The text of a mapping, and what is wrong with it so far.
#[derive(Debug)]
pub(super) struct Document<'t> {
    name: &'t str,
    text: &'t str,
    problems: Vec<Problem>,
}

impl<'t> Document<'t> {
    pub(super) const fn new(name: &'t str, text: &'t str) -> Self {
        Self { name, text, problems: Vec::new() }
    }

    /// Complains about a place.
    pub(super) fn fault(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let problem = Problem { field: self.place(span), code: ProblemCode::Invalid, message: message.into() };
        // A lookup may be used in several fields; its fault is still one.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Complains about a text that is not one of those it should be.
    pub(super) fn unknown<'a>(&mut self, span: &Range<usize>, what: &str, known: impl Iterator<Item = &'a str>) {
        let known: Vec<String> = known.map(|known| format!("`{known}`")).collect();
        let message = format!("unknown {what} `{}`; known are {}", self.snippet(span), known.join(", "));
        self.fault(span, message);
    }

    /// File, line and column, both counted from 1, as editors do.
    pub(super) fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }

    /// The text of a place, without quotes and not too long.
    fn snippet(&self, span: &Range<usize>) -> String {
        let text = self.text.get(span.clone()).unwrap_or_default().trim_matches('"').trim_matches('\'');
        let line = text.lines().next().unwrap_or_default();
        if line.chars().count() > MAX_SNIPPET { line.chars().take(MAX_SNIPPET).chain(['…']).collect() } else { line.to_owned() }
    }

    /// Goes on where nothing is wrong.
    pub(super) fn check(self) -> Result<(), Error> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(self.problems)) }
    }
}

/// A table of the mapping whose keys are asked for one by one. The keys nobody asked for are unknown.
#[derive(Debug)]
pub(super) struct Section<'t> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'t> Section<'t> {
    pub(super) const fn new(table: &'t DeTable<'t>, span: Range<usize>) -> Self {
        Self { table, span, asked: Vec::new() }
    }

    /// The table a value is.
    pub(super) fn of(value: &'t Spanned<DeValue<'t>>, document: &mut Document<'_>) -> Option<Self> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            wrong_type(value, "a table", document);
        }
        table.map(|table| Self::new(table, value.span()))
    }

    /// Where the table is.
    pub(super) const fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// The value of a key.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.get(key)
    }

    /// The value of a key that must be there.
    pub(super) fn require(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<&'t Spanned<DeValue<'t>>> {
        let value = self.get(key);
        if value.is_none() {
            document.fault(&self.span, format!("`{key}` is missing"));
        }
        value
    }

    /// The text of a key that must be there.
    pub(super) fn require_text(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<(&'t str, Range<usize>)> {
        self.require(key, document).and_then(|value| text(value, document))
    }

    /// The text of a key.
    pub(super) fn text(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<(&'t str, Range<usize>)> {
        self.get(key).and_then(|value| text(value, document))
    }

    /// The texts of a key.
    pub(super) fn texts(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<Vec<(&'t str, Range<usize>)>> {
        self.list(key, document).map(|values| values.iter().filter_map(|value| text(value, document)).collect())
    }

    /// The tables of a key.
    pub(super) fn sections(&mut self, key: &'static str, document: &mut Document<'_>) -> Vec<Self> {
        let values = self.list(key, document).unwrap_or_default();
        values.iter().filter_map(|value| Self::of(value, document)).collect()
    }

    fn list(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<&'t [Spanned<DeValue<'t>>]> {
        let value = self.get(key)?;
        let list = value.get_ref().as_array();
        if list.is_none() {
            wrong_type(value, "a list", document);
        }
        list.map(|list| &**list)
    }

    /// The table of a key.
    pub(super) fn section(&mut self, key: &'static str, document: &mut Document<'_>) -> Option<Self> {
        self.get(key).and_then(|value| Self::of(value, document))
    }

    /// Names the author of the mapping chose, each with its value, in the order of the text.
    pub(super) fn named(&self) -> Vec<(&'t str, Range<usize>, &'t Spanned<DeValue<'t>>)> {
        let mut named: Vec<_> = self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
        named.sort_by_key(|(_, span, _)| span.start);
        named
    }

    /// Complains about the keys nobody asked for.
    pub(super) fn finish(self, document: &mut Document<'_>) {
        for (key, span, _) in self.named() {
            if !self.asked.contains(&key) {
                document.unknown(&span, "key", self.asked.iter().copied());
            }
        }
    }
}

/// The text a value is.
pub(super) fn text<'t>(value: &'t Spanned<DeValue<'t>>, document: &mut Document<'_>) -> Option<(&'t str, Range<usize>)> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        wrong_type(value, "a text in quotes", document);
    }
    text.map(|text| (text, value.span()))
}

/// Complains about the type of a value.
pub(super) fn wrong_type(value: &Spanned<DeValue<'_>>, wanted: &str, document: &mut Document<'_>) {
    let message = format!("must be {wanted}, not {} `{}`", article(value.get_ref().type_str()), document.snippet(&value.span()));
    document.fault(&value.span(), message);
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}
