//! Which part of the mapping a CSV is read by, and where its columns are.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::csv::{RowReader, Rows};
use super::mapping::{FileMapping, Mapping};
use super::rejects;
use crate::error::{Error, Problem, ProblemCode, Result};

/// A CSV to import.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub csv: PathBuf,
    /// Which `[[file]]` of the mapping it is read by; found by its header where it is not said.
    pub section: Option<String>,
    /// Where rows go that could not be imported. The file is made with the first of them.
    pub rejects: PathBuf,
}

/// A CSV whose header was read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) source: Source,
    /// Its `[[file]]` of the mapping, by position.
    pub(super) section: usize,
    pub(super) header: Header,
    /// Bytes in it.
    pub(super) size: u64,
}

/// The header of a CSV, as its mapping sees it.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The names of its columns.
    pub(super) names: Vec<String>,
    /// Where the columns are that the mapping uses, in the order of the mapping.
    positions: Vec<usize>,
    of_rejects: bool,
}

impl Header {
    /// Where a column of the mapping is.
    pub(super) fn position(&self, column: usize) -> Option<usize> {
        self.positions.get(column).copied()
    }

    /// Whether the file holds rows that were rejected earlier.
    pub(super) const fn of_rejects(&self) -> bool {
        self.of_rejects
    }
}

/// Opens the files and puts them in the order of the mapping, in which later ones may refer to earlier ones.
pub(super) fn open(mapping: &Mapping, sources: Vec<Source>) -> Result<Vec<Opened>> {
    let mut problems = Vec::new();
    let mut opened = Vec::new();
    for source in sources {
        match open_one(mapping, source) {
            Ok(file) => opened.push(file),
            Err(Error::Invalid(more)) => problems.extend(more),
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    opened.sort_by_key(|file| file.section);
    Ok(opened)
}

fn open_one(mapping: &Mapping, source: Source) -> Result<Opened> {
    let size = std::fs::metadata(&source.csv).map_err(|cause| unreadable(&source.csv, &cause))?.len();
    let mut nearest: Option<Vec<Problem>> = None;
    let mut found = Vec::new();
    for (section, file) in mapping.files.iter().enumerate() {
        if source.section.as_ref().is_some_and(|wanted| *wanted != file.name) {
            continue;
        }
        match find_columns(file, &source.csv, read_names(&source.csv, file.delimiter)?) {
            Ok(header) => found.push((section, file, header)),
            Err(problems) if nearest.as_ref().is_none_or(|known| problems.len() < known.len()) => nearest = Some(problems),
            Err(_) => {}
        }
    }
    let several: Vec<&str> = found.iter().map(|(_, file, _)| file.name.as_str()).collect();
    if several.len() > 1 {
        let message = format!("can be read as `{}`; say which with --as", several.join("` and as `"));
        return Err(refused(&source.csv, message));
    }
    match (found.pop(), nearest, &source.section) {
        (Some((section, _, header)), ..) => Ok(Opened { source, section, header, size }),
        (None, Some(problems), _) => Err(Error::Invalid(problems)),
        (None, None, Some(name)) => {
            let known: Vec<&str> = mapping.files.iter().map(|file| file.name.as_str()).collect();
            Err(refused(&source.csv, format!("the mapping has no file `{name}`; it has `{}`", known.join("`, `"))))
        }
        (None, None, None) => Err(Error::broken("a mapping has a file")),
    }
}

/// The names of the columns.
fn read_names(csv: &Path, delimiter: u8) -> Result<Vec<String>> {
    let file = File::open(csv).map_err(|cause| unreadable(csv, &cause))?;
    let mut rows = Rows::default();
    let mut reader = RowReader::new(file, delimiter).map_err(|cause| unreadable(csv, &cause))?;
    reader.read(&mut rows).map_err(|cause| unreadable(csv, &cause))?;
    let row = rows.get(0).ok_or_else(|| refused(csv, "is empty: there is no header"))?;
    if row.too_long {
        return Err(refused(csv, "has a header that is too long"));
    }
    let names = (0..row.len()).map(|index| row.cell(index).map(|name| name.trim().to_owned())).collect::<Option<Vec<_>>>();
    names.ok_or_else(|| refused(csv, "is not UTF-8; save it as UTF-8 and try again"))
}

/// Finds the columns the mapping uses, or says which are missing.
fn find_columns(file: &FileMapping, csv: &Path, names: Vec<String>) -> Result<Header, Vec<Problem>> {
    let mut positions = Vec::with_capacity(file.columns.len());
    let mut problems = Vec::new();
    for column in &file.columns {
        let mut places = names.iter().enumerate().filter(|(_, name)| **name == column.name).map(|(position, _)| position);
        let message = match (places.next(), places.next()) {
            (Some(position), None) => {
                positions.push(position);
                continue;
            }
            (Some(_), Some(_)) => format!("column `{}` comes twice in {}", column.name, csv.display()),
            (None, _) => format!("column `{}` is not in {}, which has `{}`", column.name, csv.display(), names.join("`, `")),
        };
        problems.push(Problem { field: column.place.clone(), code: ProblemCode::Invalid, message });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let of_rejects = rejects::begins(&names);
    Ok(Header { names, positions, of_rejects })
}

/// A file that cannot be read.
pub(super) fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    refused(path, cause.to_string())
}

/// A file that cannot be used.
pub(super) fn refused(path: &Path, message: impl Into<String>) -> Error {
    Error::invalid(path.display().to_string(), ProblemCode::Invalid, message)
}
