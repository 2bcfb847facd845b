//! Rows of one file, a chunk at a time, read and understood on a thread of their own while the one before is written.

use std::fs::File;
use std::sync::Arc;

use chrono_tz::Tz;
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use tokio::sync::mpsc;

use super::csv::{MAX_CELLS, MAX_ROW, Row, RowReader, Rows};
use super::header::{Header, Opened, unreadable};
use super::mapping::{FileMapping, Mapping, Setting};
use super::record::{Record, Records};
use crate::error::{Problem, ProblemCode, Result};

/// Most rows of a chunk: enough to look up and write hundreds at once, few enough to keep.
const CHUNK_ROWS: usize = 5_000;

/// Bytes of text that end a chunk early.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Chunks that may wait for the one being written.
const AHEAD: usize = 1;

/// Rows and what they say.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) rows: Rows,
    pub(super) records: Records,
    /// Rows that say nothing that can be understood, and why.
    pub(super) refused: Vec<Refused>,
    /// Bytes of the file up to the end of the chunk.
    pub(super) consumed: u64,
}

/// A row of a chunk and what is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) row: usize,
    pub(super) problems: Vec<Problem>,
}

/// What an organization and the mapping say for rows that do not.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub(super) time_zone: Tz,
    pub(super) currency: CurrencyCode,
    pub(super) now: Timestamp,
}

/// Begins to read a file.
pub(super) fn read(mapping: &Arc<Mapping>, opened: &Opened, defaults: Defaults) -> mpsc::Receiver<Result<Chunk>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (mapping, path, section, header) = (Arc::clone(mapping), opened.source.csv.clone(), opened.section, opened.header.clone());
    tokio::task::spawn_blocking(move || {
        let Some(file) = mapping.files.get(section) else { return };
        let Defaults { time_zone, currency, now } = defaults;
        let setting = Setting { source: &mapping.source, time_zone, currency, now };
        let chunks = File::open(&path).and_then(|csv| Chunks::new(csv, file, &header, setting));
        match chunks {
            Ok(mut chunks) => {
                while let Some(chunk) = chunks.next().transpose() {
                    let chunk = chunk.map_err(|cause| unreadable(&path, &cause));
                    // Nobody waits for more where the import has stopped.
                    let stop = chunk.is_err();
                    if sender.blocking_send(chunk).is_err() || stop {
                        return;
                    }
                }
            }
            Err(cause) => drop(sender.blocking_send(Err(unreadable(&path, &cause)))),
        }
    });
    receiver
}

struct Chunks<'a> {
    reader: RowReader<File>,
    file: &'a FileMapping,
    header: &'a Header,
    setting: Setting<'a>,
}

impl<'a> Chunks<'a> {
    fn new(csv: File, file: &'a FileMapping, header: &'a Header, setting: Setting<'a>) -> std::io::Result<Self> {
        let mut reader = RowReader::new(csv, file.delimiter)?;
        reader.read(&mut Rows::default())?;
        Ok(Self { reader, file, header, setting })
    }

    fn next(&mut self) -> std::io::Result<Option<Chunk>> {
        let mut chunk = Chunk::default();
        while chunk.rows.len() < CHUNK_ROWS && chunk.rows.bytes() < CHUNK_BYTES && self.reader.read(&mut chunk.rows)? {}
        chunk.consumed = self.reader.consumed();
        for (index, row) in chunk.rows.iter().enumerate() {
            match self.understand(row) {
                Ok(records) => records.into_iter().for_each(|record| chunk.records.push(index, record)),
                Err(problems) => chunk.refused.push(Refused { row: index, problems }),
            }
        }
        Ok((chunk.rows.len() > 0).then_some(chunk))
    }

    fn understand(&self, row: Row<'_>) -> Result<Vec<Record>, Vec<Problem>> {
        let refused = |message: String| Err(vec![Problem { field: "row".to_owned(), code: ProblemCode::Invalid, message }]);
        if row.too_long {
            return refused(format!("has more than {MAX_ROW} bytes or {MAX_CELLS} cells; perhaps a quote does not close"));
        }
        if row.len() != self.header.names.len() {
            return refused(format!("has {} cells where the header has {}", row.len(), self.header.names.len()));
        }
        if !row.is_utf8() {
            return refused("is not UTF-8".to_owned());
        }
        self.file.read(row, self.header, &self.setting)
    }
}
