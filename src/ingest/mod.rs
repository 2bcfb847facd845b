//! Importing files of other systems.
//!
//! - A mapping says what the columns of a CSV mean. It is checked as a whole before anything is read: every complaint
//!   names its line and column. `examples/README.md` describes its format.
//! - A row tells one or several records: accounts, people, tactics, touches, stage events, closes, costs, rates. Each is written
//!   by the area it belongs to, by that area's rules.
//! - Every record has an external id that the mapping makes of the row, and a rate its currencies, publisher and day, so the same
//!   row again is the same record: a second import changes nothing, and one that was interrupted is finished by the next.
//! - A row whose cells cannot be understood tells nothing. Where a record cannot be written (it names a person nobody
//!   knows, or is known with other content) the row is rejected and its other records stay; the row, once mended, can be
//!   imported as it is, because what stays is then unchanged. A cost that is told otherwise than before is corrected instead,
//!   and a rate gets another version.
//! - Rows are read in chunks, and some chunks together are a transaction. However large the file, memory stays the same.
//!
//! Data flows `csv` → `mapping` → `record` → `writer`; `chunk` does the first three on a thread of its own.

mod chunk;
mod csv;
mod header;
mod mapping;
mod record;
mod rejects;
mod service;
mod writer;

pub use self::csv::{MAX_CELLS, MAX_ROW};
pub use header::Source;
pub use mapping::Mapping;
pub use record::Kind;
pub use service::{Count, Options, Progress, Summary, import};
