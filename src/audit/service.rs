//! Use cases of the audit log.

use std::collections::HashMap;

use entity::audit_entry;
use entity::ids::{ApiClientId, AuditEntryId, MemberId};
use entity::kinds::AuditOutcome;
use entity::time::Timestamp;
use uuid::Uuid;

use super::store;
use crate::auth::Scope;
use crate::auth::permission::grant::AuditRead;
pub use crate::db::AuditChange;
use crate::db::{Listing, PageRequest, audit_digest};
use crate::error::{Error, Result};
use crate::input;

/// Entries read at once while the chain is walked.
const STRIDE: u64 = 1_000;

/// Which entries are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this member, or on their behalf.
    pub member_id: Option<MemberId>,
    /// By this API client.
    pub client_id: Option<ApiClientId>,
    /// About this object.
    pub object_id: Option<Uuid>,
    /// By this mutation or command.
    pub action: Option<String>,
    /// What was done, or what was denied.
    pub outcome: Option<AuditOutcome>,
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// A page of entries, latest first.
///
/// # Errors
/// A problem with `filter`.
pub async fn audit_log(
    scope: &Scope<AuditRead>,
    mut filter: AuditFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<audit_entry::Model>> {
    input::span("filter.to", filter.from, filter.to)?;
    filter.action = input::optional_text("filter.action", filter.action.as_deref(), input::NAME)?;
    store::entries(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The entries with some ids.
///
/// # Errors
/// What the database says.
pub async fn entries_by_id(scope: &Scope<AuditRead>, ids: &[AuditEntryId]) -> Result<HashMap<AuditEntryId, audit_entry::Model>> {
    let rows = scope.read().await?.get_many::<audit_entry::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What an entry tells.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn changes(entry: &audit_entry::Model) -> Result<Vec<AuditChange>> {
    serde_json::from_str(&entry.detail).map_err(Error::internal)
}

/// What walking the chain showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are what they were.
    pub entries: i64,
    /// The hash of the last one: kept elsewhere, it proves later that nothing was taken off the end.
    pub hash: String,
    /// Where the chain breaks first, if it does.
    pub broken: Option<Break>,
}

/// Why a chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The entry with this number is missing.
    Missing(i64),
    /// The entry with this number does not have the hash of what it says, or not that of the one before it.
    Changed(i64),
    /// Entries after this number were taken off, or put on by somebody else.
    End(i64),
}

/// What was found at a place of the chain before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The place.
    pub sequence: i64,
    /// The hash that stood there.
    pub hash: String,
}

/// Walks the whole chain. A chain that was made anew from some place on is whole in itself; what is `known` of it from before
/// shows that too.
///
/// # Errors
/// What the database says.
pub async fn verify(scope: &Scope<AuditRead>, known: Option<&Known>) -> Result<Verified> {
    let tx = scope.read().await?;
    let mut verified = Verified { entries: 0, hash: String::new(), broken: None };
    loop {
        let entries = store::entries_after(&tx, verified.entries, STRIDE).await?;
        for entry in &entries {
            let wanted = verified.entries + 1;
            if entry.sequence != wanted {
                verified.broken = Some(Break::Missing(wanted));
            } else if entry.previous_hash != verified.hash
                || entry.hash != audit_digest(entry)?
                || known.is_some_and(|known| known.sequence == wanted && known.hash != entry.hash)
            {
                verified.broken = Some(Break::Changed(wanted));
            }
            if verified.broken.is_some() {
                return Ok(verified);
            }
            verified.entries = wanted;
            verified.hash.clone_from(&entry.hash);
        }
        if entries.is_empty() {
            break;
        }
    }
    let end = store::head(&tx).await?.map(|head| (head.sequence, head.hash)).unwrap_or_default();
    if end != (verified.entries, verified.hash.clone()) || known.is_some_and(|known| known.sequence > verified.entries) {
        verified.broken = Some(Break::End(verified.entries));
    }
    Ok(verified)
}
