//! Which rows were recorded after a change, told by the audit log.
//!
//! Changes of an organization are numbered without a gap in the order in which they came to last, and each says which rows it
//! recorded. A transaction that reads sees the number of the last change before it: who knows everything up to another number
//! has to read what the changes between them recorded, and nothing else.

use std::ops::RangeInclusive;

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use entity::{audit_entry, audit_head};
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::audit::AuditChange;
use super::tenant::{Scoped, TenantTx};
use crate::error::{Error, Result};

/// Most changes that are looked through one by one.
const MAX_CHANGES: i64 = 10_000;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// What changes recorded.
#[derive(Debug, Default)]
pub struct RecordedSince {
    changes: Vec<AuditChange>,
}

/// The rows of one table that changes recorded.
#[derive(Debug, Default)]
pub struct RecordedRows {
    /// Named one by one.
    ids: Vec<Uuid>,
    /// Written together: the first and the last of their ids, and how many they are.
    ranges: Vec<(RangeInclusive<Uuid>, usize)>,
}

impl RecordedRows {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len() + self.ranges.iter().map(|(_, count)| count).sum::<usize>()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.ranges.is_empty()
    }

    /// The queries that find them, each with how many rows it has to find. More means that others were recorded at the same time,
    /// and that it takes another way to tell them apart.
    pub fn queries<'tx, E: TenantEntity>(&self, tx: &'tx TenantTx) -> Vec<(Scoped<'tx, E>, usize)> {
        let named = self.ids.chunks(CHUNK).map(|some| {
            let ids = some.iter().copied().map(E::Id::from_uuid);
            (tx.everything::<E>().filter(E::id_column().is_in(ids)), some.len())
        });
        let together = self.ranges.iter().map(|(ids, count)| {
            let [first, last] = [*ids.start(), *ids.end()].map(E::Id::from_uuid);
            let between = Condition::all().add(E::id_column().gte(first)).add(E::id_column().lte(last));
            (tx.everything::<E>().filter(between), *count)
        });
        named.chain(together).collect()
    }
}

impl RecordedSince {
    /// What of it is in one table; `None` where it cannot be told which rows they are.
    ///
    /// # Errors
    /// Where the audit log says what it cannot say.
    pub fn of<E: TenantEntity>(&self) -> Result<Option<RecordedRows>> {
        let (entity, mut rows) = (E::default(), RecordedRows::default());
        let table = entity.table_name();
        let read = |id: &String| E::Id::parse(id).map(TypedId::uuid).map_err(|_| Error::broken("an id of the audit log has its form"));
        for change in &self.changes {
            match change {
                AuditChange::Recorded { kind, id } if kind == table => rows.ids.push(read(id)?),
                AuditChange::RecordedMany { kind, count, ids, .. } if kind == table => match ids {
                    Some([first, last]) => rows.ranges.push((read(first)?..=read(last)?, *count)),
                    None => return Ok(None),
                },
                _ => {}
            }
        }
        Ok(Some(rows))
    }
}

impl TenantTx {
    /// The number of the last change that this transaction sees.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_change(&self) -> Result<i64> {
        let mut last = 0;
        let head = self.everything::<audit_head::Entity>();
        head.rows([audit_head::Column::Sequence], |row| row.try_get_by_index(0).map(|sequence| last = sequence)).await?;
        Ok(last)
    }

    /// What the changes after one, up to another, recorded; `None` where they are too many to look through.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recorded_since(&self, after: i64, up_to: i64) -> Result<Option<RecordedSince>> {
        use audit_entry::Column::{Detail, Sequence};
        if up_to - after > MAX_CHANGES {
            return Ok(None);
        }
        let mut details: Vec<String> = Vec::new();
        let entries = self.everything::<audit_entry::Entity>().filter(Sequence.gt(after)).filter(Sequence.lte(up_to));
        entries.rows([Detail], |row| row.try_get_by_index(0).map(|detail| details.push(detail))).await?;
        let mut recorded = RecordedSince::default();
        for detail in details {
            recorded.changes.extend(serde_json::from_str::<Vec<AuditChange>>(&detail).map_err(Error::internal)?);
        }
        Ok(Some(recorded))
    }
}
