//! What closes have in common, where an answer is split.

use std::collections::HashMap;

use entity::ids::{AccountId, CloseId, TypedId};
use entity::time::Timestamp;
use uuid::Uuid;

use crate::breakdown::service::{Subjects, SubjectsOf, Value, WantedBreakdown, read};
use crate::buyers::service::{BuyerKind, canonical};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};

/// What closes have by their customers, when they are won: the values of those that have any.
pub(super) async fn values_of(
    tx: &TenantTx,
    breakdown: &WantedBreakdown,
    closes: &[(CloseId, AccountId, Timestamp)],
    as_of: Timestamp,
) -> Result<HashMap<CloseId, Vec<Value>>> {
    let same = canonical(tx, BuyerKind::Account, as_of).await?;
    let mut ids: Vec<Uuid> = closes.iter().map(|(_, account, _)| same.of(*account).uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let subjects = Subjects { of: SubjectsOf::AccountsAndTheirPeople, ids: &ids, same: &same };
    let until = closes.iter().map(|(_, _, closed_at)| *closed_at).max().unwrap_or(Timestamp::MIN);
    let groups = read(tx, Some(breakdown), subjects, (until, as_of)).await?.finish()?;
    let values = |(close, account, closed_at): &(CloseId, AccountId, Timestamp)| {
        Some((*close, groups.of(subjects.number(account.uuid())?, *closed_at)))
    };
    Ok(closes.iter().filter_map(values).collect())
}

/// The groups that something with these values is in: the one without a value where there are none.
pub(super) fn groups_with(values: &[Value]) -> impl Iterator<Item = Option<Value>> {
    values.iter().copied().map(Some).chain(values.is_empty().then_some(None))
}

/// Whether something with these values is in a group.
pub(super) fn is_in(values: &[Value], group: Option<Value>) -> bool {
    group.map_or_else(|| values.is_empty(), |value| values.contains(&value))
}

/// Groups in their order: segments as they were named, others by value, and none last.
pub(super) fn in_order<T>(by: &WantedBreakdown, found: HashMap<Option<Value>, T>) -> Vec<(Option<Value>, T)> {
    let named = |value: Option<Value>| by.segments.iter().flatten().position(|segment| Some(Value::Segment(*segment)) == value);
    let mut found: Vec<(Option<Value>, T)> = found.into_iter().collect();
    found.sort_unstable_by_key(|(value, _)| (value.is_none(), named(*value), *value));
    found
}

/// The group with a key; `Some(None)` for the one without a value. Those of the parts of an answer are groups of each part, as are
/// named segments and the values of closed sets, whether or not anything is in them.
///
/// # Errors
/// Problems with `group` where the answer is not split, `group.value` where there is no such.
pub(super) fn wanted(
    by: Option<&WantedBreakdown>,
    groups: impl IntoIterator<Item = Option<Value>>,
    group: Option<&Option<String>>,
) -> Result<Option<Option<Value>>> {
    match group {
        None => Ok(None),
        Some(_) if by.is_none() => Err(Error::invalid("group", ProblemCode::Invalid, "this answer has no breakdown")),
        Some(None) => Ok(Some(None)),
        Some(Some(key)) => {
            let named = by.iter().flat_map(|by| by.segments.iter().flatten()).map(|segment| Value::Segment(*segment));
            let closed = by.map(|by| by.by.closed()).unwrap_or_default();
            let found = groups.into_iter().flatten().chain(named).chain(closed).find(|value| value.key() == *key);
            let no_group = || Error::invalid("group.value", ProblemCode::NotFound, "this answer has no such group");
            found.map(|value| Some(Some(value))).ok_or_else(no_group)
        }
    }
}
