//! Use cases of privacy.

mod consents;
mod document;
mod erase;
mod export;

pub use consents::{RecordConsent, consents_by_id, consents_of, record_consent};
pub use erase::{ErasePerson, Erased, erase_person};
pub use export::{Held, MAX_ROWS, PersonExport, export_person};

use super::store;
