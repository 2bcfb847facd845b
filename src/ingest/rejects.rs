//! Rows that could not be imported, in a CSV of their own: where they stood, why, and what they said.
//!
//! The file can be mended and imported like the one it comes from. A spreadsheet takes a cell that begins with `=` for a
//! formula, so such cells get a leading `'`; importing the file takes it away again.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;

use super::csv::Row;
use super::header::{Header, refused, unreadable};
use crate::error::{Problem, Result};

/// The columns before those of the original.
const OWN_COLUMNS: [&str; 2] = ["rejected_line", "rejected_because"];

/// What spreadsheets take for the beginning of a formula, in both widths.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Whether a header is that of rejected rows.
pub(super) fn begins(names: &[String]) -> bool {
    names.len() > OWN_COLUMNS.len() && names.iter().zip(OWN_COLUMNS).all(|(name, own)| name == own)
}

/// A cell that no spreadsheet takes for a formula. Numbers stay numbers.
fn defused(cell: &str) -> Cow<'_, str> {
    let is_number = || Decimal::from_str_exact(cell).is_ok();
    if is_formula(cell) && !is_number() { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// A cell as it was before it was defused.
pub(super) fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// Whether a cell is a formula, or looks like one that was defused: that gets one more mark, to come back as it was.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

/// The rejected rows of one file.
#[derive(Debug)]
pub(super) struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    /// Makes sure that nothing but an earlier file of rejected rows stands in the way, and takes that away.
    pub(super) fn prepare(path: &Path, input: &Path) -> Result<Self> {
        if same_file(path, input) {
            return Err(refused(path, "is the file to import; name another one with --rejects"));
        }
        let own = OWN_COLUMNS.join(",");
        let mut beginning = Vec::new();
        match File::open(path).and_then(|file| file.take(own.len() as u64).read_to_end(&mut beginning)) {
            Ok(_) if beginning == own.as_bytes() => {
                std::fs::remove_file(path).map_err(|cause| unreadable(path, &cause))?;
            }
            Ok(_) => return Err(refused(path, "exists and holds no rejected rows; name another file with --rejects")),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(unreadable(path, &cause)),
        }
        Ok(Self { path: path.to_owned(), writer: None })
    }

    /// Adds a row.
    pub(super) fn add(&mut self, header: &Header, row: Row<'_>, problems: &[Problem]) -> Result<()> {
        let own = if header.of_rejects() { OWN_COLUMNS.len() } else { 0 };
        let path = &self.path;
        let failed = |cause: csv::Error| refused(path, cause.to_string());
        if self.writer.is_none() {
            let file = File::create_new(path).map_err(|cause| unreadable(path, &cause))?;
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
            let names = header.names.iter().skip(own).map(|name| defused(name).into_owned());
            writer.write_record(OWN_COLUMNS.iter().map(|name| (*name).to_owned()).chain(names)).map_err(failed)?;
            self.writer = Some(writer);
        }
        let reasons: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
        let told = [row.line.to_string(), defused(&reasons.join("; ")).into_owned()];
        let cells = row.cells().skip(own).map(|cell| defused(&String::from_utf8_lossy(cell)).into_owned());
        match &mut self.writer {
            Some(writer) => writer.write_record(told.into_iter().chain(cells)).map_err(failed),
            None => Ok(()),
        }
    }

    /// Makes what was added visible to others.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.flush().map_err(|cause| unreadable(&self.path, &cause))
    }

    /// The file, where there is one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.writer.is_some().then_some(self.path.as_path())
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_restored_and_numbers_stay() {
        for formula in ["=1+1", "+SUM(A1)", "-x", "@a", "\tx", "＝1", "-1-1", "+", "'=1", "''-3"] {
            let harmless = defused(formula).into_owned();
            assert_eq!(harmless, format!("'{formula}"));
            assert_eq!(restored(&harmless), formula);
        }
        for plain in ["", "a=b", "-12.5", "+3", "'quoted'", "0"] {
            assert_eq!(defused(plain), plain);
            assert_eq!(restored(plain), plain);
        }
    }
}
