//! What late evidence is told from: closes, and every row of the touches of their buyers.

use std::collections::HashMap;

use entity::ids::{AccountId, CloseId, PersonId, TacticId, TouchId};
use entity::kinds::Channel;
use entity::time::Timestamp;
use entity::{close, touch};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::ledger::closes_between;
use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::late_evidence::TouchVersion;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// A close, as far as late evidence wants to know.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct Recorded {
    pub(in crate::credit) id: CloseId,
    pub(in crate::credit) person: Option<PersonId>,
    pub(in crate::credit) account: AccountId,
    pub(in crate::credit) closed_at: Timestamp,
    pub(in crate::credit) recorded_at: Timestamp,
}

/// The closes won in `[start, end)` that were known as of an instant, in order of time and id.
pub(in crate::credit) async fn closes_recorded(tx: &TenantTx, start: Timestamp, end: Timestamp, as_of: Timestamp) -> Result<Vec<Recorded>> {
    use close::Column;
    let mut found = Vec::new();
    closes_between(tx, start, end, as_of)
        .order_by_asc(Column::ClosedAt)
        .order_by_asc(Column::Id)
        .rows([Column::Id, Column::PersonId, Column::AccountId, Column::ClosedAt, Column::RecordedAt], |row| {
            found.push(Recorded {
                id: row.try_get_by_index(0)?,
                person: row.try_get_by_index(1)?,
                account: row.try_get_by_index(2)?,
                closed_at: row.try_get_by_index(3)?,
                recorded_at: row.try_get_by_index(4)?,
            });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// A row of a touch, with whose it is by id; its numbers are the caller's to give.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct VersionRow {
    pub(in crate::credit) id: TouchId,
    pub(in crate::credit) person: Option<PersonId>,
    pub(in crate::credit) account: Option<AccountId>,
    pub(in crate::credit) channel: Channel,
    pub(in crate::credit) tactic: Option<TacticId>,
    pub(in crate::credit) version: TouchVersion,
    /// Whether it corrects an earlier row.
    pub(in crate::credit) corrects: bool,
    /// Whether a later row only takes it back.
    pub(in crate::credit) taken_back: bool,
}

/// Every row of the touches of some people and accounts that was recorded until an instant, corrected or not, each once and in
/// the order of their ids.
pub(in crate::credit) async fn touch_versions(
    tx: &TenantTx,
    people: &[PersonId],
    accounts: &[AccountId],
    as_of: Timestamp,
) -> Result<Vec<VersionRow>> {
    use touch::Column;
    let mut conditions: Vec<_> = people.chunks(CHUNK).map(|some| Column::PersonId.is_in(some.iter().copied())).collect();
    conditions.extend(accounts.chunks(CHUNK).map(|some| Column::AccountId.is_in(some.iter().copied())));
    let mut found: Vec<VersionRow> = Vec::new();
    let mut superseded: HashMap<TouchId, (Timestamp, bool)> = HashMap::new();
    let columns = [
        Column::Id,
        Column::PersonId,
        Column::AccountId,
        Column::OccurredAt,
        Column::RecordedAt,
        Column::Retracted,
        Column::Resource,
        Column::SupersedesId,
        Column::Channel,
        Column::TacticId,
    ];
    for condition in conditions {
        let rows = tx.everything::<touch::Entity>().filter(condition).filter(Column::RecordedAt.lte(as_of));
        rows.rows(columns, |row| {
            let version = TouchVersion {
                occurred_at: row.try_get_by_index(3)?,
                recorded_at: row.try_get_by_index(4)?,
                superseded_at: None,
                retracted: row.try_get_by_index(5)?,
                resource: row.try_get_by_index(6)?,
                person: None,
                account: None,
            };
            let earlier = row.try_get_by_index::<Option<TouchId>>(7)?;
            superseded.extend(earlier.map(|earlier| (earlier, (version.recorded_at, version.retracted))));
            found.push(VersionRow {
                id: row.try_get_by_index(0)?,
                person: row.try_get_by_index(1)?,
                account: row.try_get_by_index(2)?,
                channel: row.try_get_by_index(8)?,
                tactic: row.try_get_by_index(9)?,
                version,
                corrects: earlier.is_some(),
                taken_back: false,
            });
            Ok(())
        })
        .await?;
    }
    let ids: Vec<TouchId> = found.iter().map(|row| row.id).collect();
    superseded.extend(corrections(tx, &ids, as_of).await?);
    found.sort_unstable_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    for row in &mut found {
        if let Some(&(at, retracted)) = superseded.get(&row.id) {
            row.version.superseded_at = Some(at);
            row.taken_back = retracted;
        }
    }
    Ok(found)
}

/// When each of some rows was corrected or taken back, of those that were by an instant, and whether it was only taken back. A correction may be of somebody else than the row it
/// corrects.
async fn corrections(tx: &TenantTx, ids: &[TouchId], as_of: Timestamp) -> Result<HashMap<TouchId, (Timestamp, bool)>> {
    use touch::Column::{RecordedAt, Retracted, SupersedesId};
    let mut found = HashMap::new();
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<touch::Entity>().filter(SupersedesId.is_in(some.iter().copied())).filter(RecordedAt.lte(as_of));
        rows.rows([SupersedesId, RecordedAt, Retracted], |row| {
            found.insert(row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?));
            Ok(())
        })
        .await?;
    }
    Ok(found)
}
