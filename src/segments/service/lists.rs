//! Putting accounts on lists and taking them off.

use std::collections::BTreeSet;

use entity::ids::{AccountId, SegmentId};
use entity::kinds::SegmentKind;
use entity::time::Timestamp;
use entity::{account, segment, target_list_entry};
use serde::{Deserialize, Serialize};

use crate::auth::Scope;
use crate::auth::permission::grant::SegmentManage;
use crate::buyers::service::Canonical;
use crate::db::{Idempotent, MAX_ITEMS, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::segments::store;

/// Accounts that are put on a list or taken off it.
#[derive(Clone, Debug, Serialize)]
pub struct ListChange {
    /// The list.
    pub segment_id: SegmentId,
    /// The accounts.
    pub account_ids: Vec<AccountId>,
    /// Put on or taken off.
    pub added: bool,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct ListChanged {
    /// The list.
    pub segment: segment::Model,
    /// How many accounts were put on it or taken off; the others were so already.
    pub changed: usize,
}

/// What is kept of a change for the next time.
#[derive(Serialize, Deserialize)]
struct Kept {
    segment_id: SegmentId,
    changed: usize,
}

/// Puts accounts on a list, or takes them off. An account that is on it, or is not, already changes nothing.
///
/// # Errors
/// Problems with `segmentId` and `accountIds`; then nothing is changed.
pub async fn change_target_list(scope: &Scope<SegmentManage>, change: &ListChange) -> Result<ListChanged> {
    let operation = if change.added { "addToTargetList" } else { "removeFromTargetList" };
    let once = Idempotent::new(change.idempotency_key.as_deref(), operation, change)?;
    let tx = scope.write().await?;
    if let Some(Kept { segment_id, changed }) = once.recall(&tx).await? {
        let segment = tx.get::<segment::Entity>(segment_id).await?.ok_or(Error::NotFound)?;
        return Ok(ListChanged { segment, changed });
    }
    // Held, so that nobody else puts the same account on it meanwhile.
    let segment = store::segment_locked(&tx, change.segment_id).await?.ok_or_else(|| Error::unknown("segmentId"))?;
    let definition = store::definitions(&tx, Some(&[segment.id]), Timestamp::MAX).await?.remove(&segment.id);
    let mut problems = Problems::new();
    if definition.is_none_or(|definition| definition.kind != SegmentKind::List) {
        problems.push("segmentId", ProblemCode::Invalid, "its accounts are those that pass its filter: it is no list");
    }
    match change.account_ids.len() {
        0 => problems.push("accountIds", ProblemCode::Required, "must not be empty"),
        1..=MAX_ITEMS => {}
        _ => problems.push("accountIds", ProblemCode::TooMany, format!("must be at most {MAX_ITEMS}")),
    }
    let known = tx.existing::<account::Entity>(change.account_ids.iter().copied().take(MAX_ITEMS)).await?;
    for (index, account) in change.account_ids.iter().take(MAX_ITEMS).enumerate() {
        if !known.contains(account) {
            problems.take::<()>(Err(Error::unknown(format!("accountIds.{index}"))))?;
        }
    }
    problems.check()?;
    let wanted: Vec<AccountId> = change.account_ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let listed = store::listed(&tx, &[segment.id], Some(&wanted), &Canonical::default(), Timestamp::MAX)
        .await?
        .remove(&segment.id)
        .unwrap_or_default();
    let is_listed = |account: &AccountId| listed.get(account).copied().unwrap_or_default();
    let entry = |account_id| target_list_entry::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        segment_id: segment.id,
        account_id,
        added: change.added,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    let rows: Vec<_> = wanted.into_iter().filter(|account| is_listed(account) != change.added).map(entry).collect();
    tx.insert_many::<target_list_entry::Entity>(&rows).await?;
    let changed = rows.len();
    remember(&tx, &once, scope.next_id(), scope.now(), &Kept { segment_id: segment.id, changed }).await?;
    tx.commit().await?;
    Ok(ListChanged { segment, changed })
}
