//! Texts with columns in them: `"{mql_id}#first-contact"`.

use std::borrow::Cow;
use std::ops::Range;

use super::document::Document;

/// A text with columns in it.
#[derive(Clone, Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(usize),
    /// An output of a lookup: `{lookup.output}`.
    Looked {
        lookup: usize,
        output: usize,
    },
}

/// A column of a file that the mapping uses.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name in the header.
    pub(crate) name: String,
    /// Where the mapping first uses it.
    pub(crate) place: String,
}

/// What a template of a file may name.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) columns: Vec<Column>,
    /// The lookups and their outputs.
    pub(super) lookups: Vec<(String, Vec<String>)>,
}

impl Names {
    fn column(&mut self, name: &str, place: String) -> usize {
        self.columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.columns.push(Column { name: name.to_owned(), place });
            self.columns.len() - 1
        })
    }

    fn resolve(&mut self, name: &str, span: &Range<usize>, document: &mut Document<'_>) -> Part {
        if let Some((before, after)) = name.split_once('.')
            && let Some((lookup, (_, outputs))) = self.lookups.iter().enumerate().find(|(_, (lookup, _))| lookup == before)
        {
            if let Some(output) = outputs.iter().position(|output| output == after) {
                return Part::Looked { lookup, output };
            }
            let message = format!("lookup `{before}` gives no `{after}`; it gives `{}`", outputs.join("`, `"));
            document.fault(span, message);
        }
        Part::Column(self.column(name, document.place(span)))
    }
}

impl Template {
    /// Reads a template. `{{` and `}}` stand for braces.
    pub(super) fn parse(text: &str, span: &Range<usize>, names: &mut Names, document: &mut Document<'_>) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(position) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(position);
            plain.push_str(before);
            if let Some(after) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
                plain.extend(brace.chars().next());
                rest = after;
            } else if let Some((name, after)) = brace.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                if name.trim().is_empty() {
                    document.fault(span, format!("`{text}` names no column between its braces"));
                }
                parts.extend((!plain.is_empty()).then(|| Part::Text(std::mem::take(&mut plain))));
                parts.push(names.resolve(name.trim(), span, document));
                rest = after;
            } else {
                document.fault(span, format!("`{text}` has a brace without its other half; write `{{{{` for a brace itself"));
                return Self::constant("");
            }
        }
        plain.push_str(rest);
        parts.extend((!plain.is_empty()).then_some(Part::Text(plain)));
        Self { parts }
    }

    /// A text without columns.
    pub(super) fn constant(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())] }
    }

    /// The text, where it is the same for every row.
    pub(super) fn as_constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The output of a lookup, where it is nothing else.
    pub(super) fn as_looked(&self) -> Option<(usize, usize)> {
        match self.parts.as_slice() {
            &[Part::Looked { lookup, output }] => Some((lookup, output)),
            _ => None,
        }
    }

    /// The text for a row. Empty where any of its columns is, so that `"{id}#first"` of a row without an id is no id.
    pub(super) fn fill<'a>(&'a self, values: &impl Values<'a>) -> Cow<'a, str> {
        let value = |part: &'a Part| match part {
            Part::Text(text) => Cow::Borrowed(text.as_str()),
            &Part::Column(column) => Cow::Borrowed(values.column(column)),
            &Part::Looked { lookup, output } => values.looked(lookup, output),
        };
        match self.parts.as_slice() {
            [] => Cow::Borrowed(""),
            [part] => value(part),
            parts => {
                let mut whole = String::new();
                for part in parts {
                    let text = value(part);
                    if text.is_empty() {
                        return Cow::Borrowed("");
                    }
                    whole.push_str(&text);
                }
                Cow::Owned(whole)
            }
        }
    }
}

/// The values of a row.
pub(super) trait Values<'a> {
    /// Of a column, without white space around it.
    fn column(&self, column: usize) -> &'a str;

    /// Of an output of a lookup.
    fn looked(&self, lookup: usize, output: usize) -> Cow<'a, str>;
}
