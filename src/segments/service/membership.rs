//! Which accounts belong to which segments, as of an instant.

use std::collections::{HashMap, HashSet};

use entity::condition::Condition;
use entity::ids::{AccountId, SegmentId, TypedId};
use entity::time::Timestamp;
use entity::{account, segment};

use super::segments::conditions_of;
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::BuyerRead;
use crate::buyers::service::{BuyerKind, Canonical, accounts_as_of, canonical, canonical_of};
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::Result;
use crate::metrics::segment::passes;
use crate::segments::store::{self, Values};

/// How a segment is defined.
#[derive(Debug)]
enum Definition {
    Filter(Vec<Condition>),
    List(HashMap<AccountId, bool>),
}

/// Segments as they were defined at an instant, and what was known of accounts then.
#[derive(Debug)]
pub struct Memberships {
    definitions: HashMap<SegmentId, Definition>,
    values: Values,
}

impl Memberships {
    /// Loads what some segments, or all, need to know of some accounts, or of all. A constant number of statements.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load(
        tx: &TenantTx,
        segments: Option<&[SegmentId]>,
        accounts: Option<&[AccountId]>,
        same: &Canonical,
        as_of: Timestamp,
    ) -> Result<Self> {
        let versions = store::definitions(tx, segments, as_of).await?;
        let lists: Vec<SegmentId> =
            versions.values().filter(|version| version.filter.is_none()).map(|version| version.segment_id).collect();
        let mut listed = store::listed(tx, &lists, accounts, same, as_of).await?;
        let mut definitions = HashMap::with_capacity(versions.len());
        let mut keys = HashSet::new();
        for (id, version) in versions {
            let definition = if version.filter.is_some() {
                let conditions = conditions_of(&version)?;
                keys.extend(conditions.iter().map(|condition| condition.key.clone()));
                Definition::Filter(conditions)
            } else {
                Definition::List(listed.remove(&id).unwrap_or_default())
            };
            definitions.insert(id, definition);
        }
        Ok(Self { definitions, values: store::values(tx, &keys, accounts, same, as_of).await? })
    }

    /// Whether an account, called as it is the same with others, belongs to a segment; `None` where nobody knows. To one that was
    /// not there yet nobody does.
    #[must_use]
    pub fn belongs(&self, segment: SegmentId, account: AccountId) -> Option<bool> {
        match self.definitions.get(&segment) {
            None => Some(false),
            Some(Definition::List(listed)) => Some(listed.get(&account).copied().unwrap_or_default()),
            Some(Definition::Filter(conditions)) => {
                let values = self.values.get(&account);
                passes(conditions, |key| values.and_then(|values| values.get(key)).map(String::as_str))
            }
        }
    }
}

/// The segments that each of some accounts belonged to at an instant, by name.
///
/// # Errors
/// What the database says.
pub async fn segments_of(
    scope: &Scope<BuyerRead>,
    accounts: &[AccountId],
    as_of: Timestamp,
) -> Result<HashMap<AccountId, Vec<segment::Model>>> {
    let tx = scope.read().await?;
    let all = store::segments_by_name(&tx).await?;
    let same = canonical_of(&tx, BuyerKind::Account, accounts.iter().map(|id| id.uuid()), as_of).await?;
    let mut everybody = accounts.to_vec();
    everybody.extend(same.others_than(accounts));
    let memberships = Memberships::load(&tx, None, Some(&everybody), &same, as_of).await?;
    let belongs = |segment: &segment::Model, account| memberships.belongs(segment.id, same.of(account)) == Some(true);
    let of = |account: AccountId| all.iter().filter(|segment| belongs(segment, account)).cloned().collect();
    let rows = tx.get_many::<account::Entity>(accounts.iter().copied()).await?;
    Ok(rows.into_iter().filter(|row| row.recorded_at <= as_of).map(|row| (row.id, of(row.id))).collect())
}

/// The same page of the accounts of each of some segments at an instant, of those the caller sees, in the order of their ids.
///
/// # Errors
/// What the database says.
pub async fn members_of(
    scope: &Scope<BuyerRead>,
    segments: &[SegmentId],
    as_of: Timestamp,
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<SegmentId, (Listing<account::Model>, Visibility)>> {
    let tx = scope.read().await?;
    let same = canonical(&tx, BuyerKind::Account, as_of).await?;
    let memberships = Memberships::load(&tx, Some(segments), None, &same, as_of).await?;
    let mut accounts = accounts_as_of(&tx, &same, as_of).await?;
    let seen = tx.ids_seen::<account::Entity>().await?;
    let shown = Visibility { scope: scope.reach(), complete: seen.is_none() };
    if let Some(seen) = seen {
        accounts.retain(|account| seen.contains(&account.uuid()));
    }
    let listed: Vec<(SegmentId, Listing<AccountId>)> = segments
        .iter()
        .map(|&segment| {
            let members: Vec<AccountId> =
                accounts.iter().copied().filter(|&account| memberships.belongs(segment, account) == Some(true)).collect();
            let total = with_total.then(|| u64::try_from(members.len()).unwrap_or(u64::MAX));
            (segment, Listing { page: page.of_rising(&members, |account| Cursor { key: 0, id: account.uuid() }), total })
        })
        .collect();
    let wanted: HashSet<AccountId> =
        listed.iter().flat_map(|(_, listing)| listing.page.items.iter().map(|(_, account)| *account)).collect();
    let rows = tx.get_many::<account::Entity>(wanted).await?;
    let rows: HashMap<AccountId, account::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let shown_rows = |Listing { page, total }: Listing<AccountId>| {
        let items = page.items.into_iter().filter_map(|(cursor, account)| Some((cursor, rows.get(&account)?.clone()))).collect();
        Listing { page: crate::db::Page { items, has_next: page.has_next, has_previous: page.has_previous }, total }
    };
    Ok(listed.into_iter().map(|(segment, listing)| (segment, (shown_rows(listing), shown))).collect())
}
