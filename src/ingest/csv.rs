//! Rows of a CSV in chunks of bounded size, whatever the file holds.
//!
//! The `csv` crate's own reader keeps a row of any length: one quote that never closes would load the rest of the file.
//! So its core, a state machine over buffers, is driven from here: what is too long is skipped, not kept.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::Range;

use csv_core::ReadRecordResult;

/// Most bytes of a row.
pub const MAX_ROW: usize = 1024 * 1024;

/// Most cells of a row.
pub const MAX_CELLS: usize = 1_000;

/// How much is read from the file at once.
const BUFFER: usize = 128 * 1024;

/// How many bytes are added where a row needs more room.
const ROOM: usize = 64 * 1024;

/// What a byte order mark looks like in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Rows, their text in one place.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Room for text, of which the first `text_end` bytes are taken.
    text: Vec<u8>,
    text_end: usize,
    /// Where the cells end, each counted from the beginning of its row: room, of which the first `ends_end` are taken.
    ends: Vec<usize>,
    ends_end: usize,
    rows: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    line: u64,
    text: Range<usize>,
    ends: Range<usize>,
    too_long: bool,
}

impl Rows {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many bytes they take.
    pub(super) const fn bytes(&self) -> usize {
        self.text_end
    }

    /// Room behind what is taken: for text from a place on, and for the ends of as many cells as a row may have.
    fn room(&mut self, text_end: usize) -> (&mut [u8], &mut [usize]) {
        if self.text.len() < text_end + ROOM {
            self.text.resize(text_end + 2 * ROOM, 0);
        }
        if self.ends.len() < self.ends_end + MAX_CELLS + 1 {
            self.ends.resize(self.ends_end + 2 * (MAX_CELLS + 1), 0);
        }
        (self.text.get_mut(text_end..).unwrap_or_default(), &mut self.ends)
    }

    /// The row with a number.
    pub(super) fn get(&self, index: usize) -> Option<Row<'_>> {
        let place = self.rows.get(index)?;
        let bytes = self.text.get(place.text.clone())?;
        Some(Row { line: place.line, bytes, ends: self.ends.get(place.ends.clone())?, too_long: place.too_long })
    }

    /// All of them, in the order of the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// The line of the file it begins on, from 1.
    pub(super) line: u64,
    /// Whether it has more bytes or cells than a row may have. Then it has none.
    pub(super) too_long: bool,
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// How many cells it has.
    pub(super) const fn len(self) -> usize {
        self.ends.len()
    }

    /// The bytes of a cell.
    pub(super) fn bytes(self, index: usize) -> Option<&'a [u8]> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)?)
    }

    /// A cell, where it is UTF-8.
    pub(super) fn cell(self, index: usize) -> Option<&'a str> {
        self.bytes(index).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The cells' bytes.
    pub(super) fn cells(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).filter_map(move |index| self.bytes(index))
    }

    /// Whether every cell is UTF-8.
    pub(super) fn is_utf8(self) -> bool {
        self.bytes.is_ascii() || self.cells().all(|cell| std::str::from_utf8(cell).is_ok())
    }
}

/// Reads rows.
pub(super) struct RowReader<R> {
    machine: csv_core::Reader,
    input: BufReader<io::Chain<Cursor<Vec<u8>>, R>>,
    line: u64,
    consumed: u64,
}

impl<R: Read> RowReader<R> {
    /// Begins to read; a byte order mark is skipped.
    pub(super) fn new(mut file: R, delimiter: u8) -> io::Result<Self> {
        let mut start = Vec::with_capacity(BYTE_ORDER_MARK.len());
        file.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut start)?;
        let mut consumed = 0;
        if start == BYTE_ORDER_MARK {
            consumed = BYTE_ORDER_MARK.len() as u64;
            start.clear();
        }
        let machine = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        let input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(file));
        Ok(Self { machine, input, line: 1, consumed })
    }

    /// Bytes of the file that were read into rows.
    pub(super) const fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Adds the next row; `false` at the end of the file.
    pub(super) fn read(&mut self, rows: &mut Rows) -> io::Result<bool> {
        self.skip_blank_lines()?;
        let line = self.line;
        let (mut text_end, mut ends_end) = (rows.text_end, rows.ends_end);
        let mut too_long = false;
        loop {
            let (text, ends) = rows.room(text_end);
            let Some(ends) = ends.get_mut(ends_end..) else { return Err(io::Error::other("a row has no room for its cells")) };
            let input = self.input.fill_buf()?;
            let (result, read, written, ended) = self.machine.read_record(input, text, ends);
            self.line += newlines(input.get(..read).unwrap_or_default());
            self.consumed += read as u64;
            self.input.consume(read);
            (text_end, ends_end) = (text_end + written, ends_end + ended);
            too_long |= text_end - rows.text_end > MAX_ROW || ends_end - rows.ends_end > MAX_CELLS;
            if too_long {
                // What is left of the row is read over what there is.
                (text_end, ends_end) = (rows.text_end, rows.ends_end);
            }
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        rows.rows.push(Place { line, text: rows.text_end..text_end, ends: rows.ends_end..ends_end, too_long });
        (rows.text_end, rows.ends_end) = (text_end, ends_end);
        Ok(true)
    }

    /// The machine skips blank lines too, but then nobody knows on which line the row began.
    fn skip_blank_lines(&mut self) -> io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            let blank = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            if blank == 0 {
                return Ok(());
            }
            self.line += newlines(input.get(..blank).unwrap_or_default());
            self.consumed += blank as u64;
            self.input.consume(blank);
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, the hardest way to be read.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(place)) = (self.0.split_first(), buffer.first_mut()) else { return Ok(0) };
            *place = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn rows(mut reader: RowReader<impl Read>) -> Vec<(u64, bool, Vec<String>)> {
        let mut rows = Rows::default();
        while reader.read(&mut rows).unwrap() {}
        rows.iter()
            .map(|row| (row.line, row.too_long, row.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()))
            .collect()
    }

    fn both(text: &[u8]) -> Vec<(u64, bool, Vec<String>)> {
        let at_once = rows(RowReader::new(text, b',').unwrap());
        assert_eq!(at_once, rows(RowReader::new(Trickle(text), b',').unwrap()));
        at_once
    }

    fn strings(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn quotes_hold_commas_and_line_ends() {
        let read = both(b"\xef\xbb\xbfa,b\r\n\r\n\"1\n2\",\"say \"\"hi\"\", then\"\n\n3,4");
        assert_eq!(
            read,
            [(1, false, strings(&["a", "b"])), (3, false, strings(&["1\n2", "say \"hi\", then"])), (6, false, strings(&["3", "4"])),]
        );
    }

    #[test]
    fn nothing_has_no_rows() {
        for text in [&b""[..], b"\xef\xbb\xbf", b"\r\n\n"] {
            assert!(both(text).is_empty());
        }
    }

    #[test]
    fn a_row_too_long_is_told_and_the_next_is_read() {
        let mut text = b"a,b\n1,".to_vec();
        text.extend(std::iter::repeat_n(b'x', MAX_ROW + 10));
        text.extend(b"\n2,3\n");
        text.extend(b"y,".repeat(MAX_CELLS));
        text.extend(b"z\n4,5\n");
        let read = rows(RowReader::new(text.as_slice(), b',').unwrap());
        let expected = [(1, false), (2, true), (3, false), (4, true), (5, false)];
        assert_eq!(read.iter().map(|(line, too_long, _)| (*line, *too_long)).collect::<Vec<_>>(), expected);
        assert!(read.iter().all(|(_, too_long, cells)| cells.is_empty() == *too_long));
    }

    #[test]
    fn a_quote_that_never_closes_keeps_no_more_than_a_row() {
        let mut text = b"a,b\n\"1,2\n".to_vec();
        text.extend(b"3,4\n".repeat(MAX_ROW));
        let mut reader = RowReader::new(text.as_slice(), b',').unwrap();
        let mut rows = Rows::default();
        while reader.read(&mut rows).unwrap() {}
        assert_eq!(rows.len(), 2);
        assert!(rows.get(1).unwrap().too_long);
        assert!(rows.text.capacity() < 3 * MAX_ROW);
        assert_eq!(reader.consumed(), text.len() as u64);
    }

    #[test]
    fn halves_of_a_letter_in_two_cells_are_no_letter() {
        let text = b"\xc3,\xa9\n";
        let mut reader = RowReader::new(text.as_slice(), b',').unwrap();
        let mut rows = Rows::default();
        reader.read(&mut rows).unwrap();
        assert!(!rows.get(0).unwrap().is_utf8());
    }
}
