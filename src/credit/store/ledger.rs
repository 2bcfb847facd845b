//! Closes, movements, batches and entries.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, CloseId, CreditBatchId, OpportunityId, PersonId, TypedId};
use entity::kinds::{CloseKind, ClosePath, Resource};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{close, close_movement, credit_batch, credit_entry, credit_policy};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::credit::service::{BatchFilter, CloseFilter, During, Movement};
use crate::db::{Cursor, Scoped, Sorted, TenantTx, Visible};
use crate::error::Result;
use crate::metrics::ledger::Posting;

impl Sorted for close::Entity {
    fn sort_column() -> Option<close::Column> {
        Some(close::Column::ClosedAt)
    }

    fn cursor(row: &close::Model) -> Cursor {
        Cursor { key: row.closed_at.micros(), id: row.id.uuid() }
    }
}

impl Sorted for credit_batch::Entity {
    fn sort_column() -> Option<credit_batch::Column> {
        Some(credit_batch::Column::EffectiveAt)
    }

    fn cursor(row: &credit_batch::Model) -> Cursor {
        Cursor { key: row.effective_at.micros(), id: row.id.uuid() }
    }
}

/// The closes that pass a filter.
pub(in crate::credit) fn closes<'tx>(tx: &'tx TenantTx, filter: &CloseFilter) -> Scoped<'tx, close::Entity> {
    let condition = Condition::all()
        .add_option(filter.path.map(|path| close::Column::Path.eq(path)))
        .add_option(filter.kind.map(|kind| close::Column::Kind.eq(kind)))
        .add_option(filter.account_id.map(|account| close::Column::AccountId.eq(account)))
        .add_option(filter.from.map(|from| close::Column::ClosedAt.gte(from)))
        .add_option(filter.to.map(|to| close::Column::ClosedAt.lt(to)))
        .add_option(filter.source.as_deref().map(|source| close::Column::Source.eq(source)));
    tx.find().filter(condition)
}

/// The batches that pass a filter.
pub(in crate::credit) fn batches<'tx>(tx: &'tx TenantTx, filter: &BatchFilter) -> Scoped<'tx, credit_batch::Entity> {
    let condition = Condition::all()
        .add_option(filter.close_id.map(|close| credit_batch::Column::CloseId.eq(close)))
        .add_option(filter.kind.map(|kind| credit_batch::Column::Kind.eq(kind)))
        .add_option(filter.from.map(|from| credit_batch::Column::EffectiveAt.gte(from)))
        .add_option(filter.to.map(|to| credit_batch::Column::EffectiveAt.lt(to)));
    tx.find().filter(condition)
}

/// The newest policy defined by an instant.
pub(in crate::credit) async fn last_policy(tx: &TenantTx, by: Timestamp) -> Result<Option<credit_policy::Model>> {
    let policies = tx.find::<credit_policy::Entity>().filter(credit_policy::Column::RecordedAt.lte(by));
    policies.order_by_desc(credit_policy::Column::PolicyVersion).one().await
}

/// A close, as far as a metric wants to know.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct Won {
    pub(in crate::credit) id: CloseId,
    pub(in crate::credit) account_id: AccountId,
    pub(in crate::credit) person_id: Option<PersonId>,
    pub(in crate::credit) closed_at: Timestamp,
    pub(in crate::credit) amount: Money,
    pub(in crate::credit) path: ClosePath,
    pub(in crate::credit) kind: CloseKind,
    pub(in crate::credit) recurring_minor: Option<i64>,
}

/// The closes won in `[start, end)` that were known as of an instant.
pub(super) fn closes_between(tx: &TenantTx, start: Timestamp, end: Timestamp, as_of: Timestamp) -> Scoped<'_, close::Entity> {
    tx.everything::<close::Entity>()
        .filter(close::Column::ClosedAt.gte(start))
        .filter(close::Column::ClosedAt.lt(end))
        .filter(close::Column::ClosedAt.lte(as_of))
        .filter(close::Column::RecordedAt.lte(as_of))
}

/// The closes of which something falls in a time, as far as was known as of an instant.
pub(super) fn closes_during(tx: &TenantTx, during: During, as_of: Timestamp) -> Scoped<'_, close::Entity> {
    let During { start, end, moved } = during;
    if !moved {
        return closes_between(tx, start, end, as_of);
    }
    let movements = tx
        .everything::<close_movement::Entity>()
        .filter(close_movement::Column::OccurredAt.gte(start))
        .filter(close_movement::Column::OccurredAt.lt(end))
        .filter(close_movement::Column::RecordedAt.lte(as_of));
    let either = Condition::any()
        .add(close::Column::ClosedAt.gte(start))
        .add(close::Column::Id.in_subquery(movements.subquery(close_movement::Column::CloseId)));
    // No movement lies before its close.
    closes_between(tx, Timestamp::MIN, end, as_of).filter(either)
}

/// The accounts of the closes that were won and known by an instant.
pub(in crate::credit) async fn customers(tx: &TenantTx, as_of: Timestamp) -> Result<HashSet<AccountId>> {
    let mut found = HashSet::new();
    let won = closes_between(tx, Timestamp::MIN, Timestamp::MAX, as_of);
    won.rows([close::Column::AccountId], |row| row.try_get_by_index::<AccountId>(0).map(|id| found.extend([id]))).await?;
    Ok(found)
}

/// The closes of which something falls in a time, as far as was known as of an instant, in order of time and id.
pub(in crate::credit) async fn won(tx: &TenantTx, during: During, as_of: Timestamp) -> Result<Vec<Won>> {
    use close::Column;
    let columns = [
        Column::Id,
        Column::AccountId,
        Column::PersonId,
        Column::ClosedAt,
        Column::AmountMinor,
        Column::Currency,
        Column::Path,
        Column::Kind,
        Column::RecurringMinor,
    ];
    let mut won = Vec::new();
    closes_during(tx, during, as_of)
        .order_by_asc(Column::ClosedAt)
        .order_by_asc(Column::Id)
        .rows(columns, |row| {
            won.push(Won {
                id: row.try_get_by_index(0)?,
                account_id: row.try_get_by_index(1)?,
                person_id: row.try_get_by_index(2)?,
                closed_at: row.try_get_by_index(3)?,
                amount: Money::from_minor(row.try_get_by_index(4)?, row.try_get_by_index::<CurrencyCode>(5)?),
                path: row.try_get_by_index(6)?,
                kind: row.try_get_by_index(7)?,
                recurring_minor: row.try_get_by_index(8)?,
            });
            Ok(())
        })
        .await?;
    Ok(won)
}

/// Which closes something is wanted of.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) enum Of<'a> {
    /// These, of those the caller sees.
    Listed(&'a [CloseId]),
    /// These, seen by the caller or not.
    Any(&'a [CloseId]),
    /// Those of which something falls in a time, as far as was known as of the instant of the question.
    During(During),
}

impl Of<'_> {
    /// Totals are of everything; of single closes the caller is told what they may see.
    fn rows<E: Visible>(self, tx: &TenantTx) -> Scoped<'_, E> {
        match self {
            Self::Listed(_) => tx.find(),
            Self::Any(_) | Self::During(_) => tx.everything(),
        }
    }

    fn among(self, tx: &TenantTx, column: &impl ColumnTrait, as_of: Timestamp) -> SimpleExpr {
        match self {
            Self::Listed(ids) | Self::Any(ids) => column.is_in(ids.iter().copied()),
            Self::During(during) => column.in_subquery(closes_during(tx, during, as_of).subquery(close::Column::Id)),
        }
    }
}

/// What happened to closes by an instant, in the order in which it was recorded.
pub(in crate::credit) async fn movements_of(
    tx: &TenantTx,
    of: Of<'_>,
    as_of: Timestamp,
    mut each: impl FnMut(CloseId, Movement) + Send,
) -> Result<()> {
    use close_movement::Column;
    of.rows::<close_movement::Entity>(tx)
        .filter(of.among(tx, &Column::CloseId, as_of))
        .filter(Column::RecordedAt.lte(as_of))
        .order_by_asc(Column::RecordedAt)
        .order_by_asc(Column::Id)
        .rows([Column::CloseId, Column::Id, Column::Kind, Column::AmountMinor, Column::OccurredAt], |row| {
            let (id, kind) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let (amount_minor, occurred_at) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            each(row.try_get_by_index(0)?, Movement { id, kind, amount_minor, occurred_at });
            Ok(())
        })
        .await
}

/// The postings of closes recorded by an instant, by close.
pub(in crate::credit) async fn postings_of(tx: &TenantTx, of: Of<'_>, as_of: Timestamp) -> Result<HashMap<CloseId, Vec<Posting>>> {
    use credit_batch::Column;
    let recorded =
        || of.rows::<credit_batch::Entity>(tx).filter(of.among(tx, &Column::CloseId, as_of)).filter(Column::RecordedAt.lte(as_of));
    let mut batches: HashMap<CreditBatchId, (CloseId, Timestamp, Timestamp)> = HashMap::new();
    recorded()
        .rows([Column::Id, Column::CloseId, Column::EffectiveAt, Column::RecordedAt], |row| {
            batches.insert(row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?));
            Ok(())
        })
        .await?;
    let mut postings: HashMap<CloseId, Vec<Posting>> = HashMap::new();
    let entries = of.rows::<credit_entry::Entity>(tx).filter(credit_entry::Column::BatchId.in_subquery(recorded().subquery(Column::Id)));
    entries
        .rows([credit_entry::Column::BatchId, credit_entry::Column::Resource, credit_entry::Column::DeltaBp], |row| {
            if let Some(&(close, effective_at, recorded_at)) = batches.get(&row.try_get_by_index(0)?) {
                let (resource, delta_bp): (Resource, i32) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
                postings.entry(close).or_default().push(Posting { effective_at, recorded_at, resource, delta_bp: delta_bp.into() });
            }
            Ok(())
        })
        .await?;
    Ok(postings)
}

/// The closes the caller sees; `None` where they see all.
pub(in crate::credit) async fn closes_readable(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    tx.ids_seen::<close::Entity>().await
}

/// The closes whose credit the caller sees; `None` where they see all.
pub(in crate::credit) async fn closes_seen(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    if tx.sees_everything::<credit_batch::Entity>() {
        return Ok(None);
    }
    let mut seen = HashSet::new();
    let batches = tx.find::<credit_batch::Entity>();
    batches.rows([credit_batch::Column::CloseId], |row| row.try_get_by_index::<CloseId>(0).map(|id| seen.extend([id.uuid()]))).await?;
    Ok(Some(seen))
}

/// The closes of some opportunities, in the order in which they were won.
pub(in crate::credit) async fn closes_of_opportunities(tx: &TenantTx, ids: &[OpportunityId]) -> Result<Vec<close::Model>> {
    use close::Column;
    let closes = tx.find::<close::Entity>().filter(Column::OpportunityId.is_in(ids.iter().copied()));
    closes.order_by_asc(Column::ClosedAt).order_by_asc(Column::Id).all().await
}

/// Those of some closes that another one took the place of.
pub(in crate::credit) async fn reopened(tx: &TenantTx, ids: &[CloseId]) -> Result<HashSet<CloseId>> {
    use close::Column;
    let mut found = HashSet::new();
    let closes = tx.everything::<close::Entity>().filter(Column::ReopensId.is_in(ids.iter().copied()));
    closes.rows([Column::ReopensId], |row| row.try_get_by_index::<CloseId>(0).map(|id| found.extend([id]))).await?;
    Ok(found)
}

/// The accounts of some closes, and of all that won some opportunities, whether the caller sees them or not: to be held, not told.
pub(in crate::credit) async fn accounts_behind(
    tx: &TenantTx,
    closes: impl Iterator<Item = CloseId>,
    opportunities: impl Iterator<Item = OpportunityId>,
) -> Result<Vec<AccountId>> {
    use close::Column;
    let (closes, opportunities): (Vec<CloseId>, Vec<OpportunityId>) = (closes.collect(), opportunities.collect());
    if closes.is_empty() && opportunities.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let either = Condition::any().add(Column::Id.is_in(closes)).add(Column::OpportunityId.is_in(opportunities));
    let rows = tx.everything::<close::Entity>().filter(either);
    rows.rows([Column::AccountId], |row| row.try_get_by_index::<AccountId>(0).map(|id| found.push(id))).await?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The movements of some closes, in the order in which they were recorded.
pub(in crate::credit) async fn movement_rows(tx: &TenantTx, closes: &[CloseId]) -> Result<Vec<close_movement::Model>> {
    use close_movement::Column;
    let movements = tx.find::<close_movement::Entity>().filter(Column::CloseId.is_in(closes.iter().copied()));
    movements.order_by_asc(Column::RecordedAt).order_by_asc(Column::Id).all().await
}

/// The batches of some closes, in the order of posting.
pub(in crate::credit) async fn batches_of(tx: &TenantTx, closes: &[CloseId]) -> Result<Vec<credit_batch::Model>> {
    use credit_batch::Column;
    tx.find::<credit_batch::Entity>().filter(Column::CloseId.is_in(closes.iter().copied())).order_by_asc(Column::Sequence).all().await
}

/// The entries of some batches.
pub(in crate::credit) async fn entries_of(tx: &TenantTx, batches: &[CreditBatchId]) -> Result<Vec<credit_entry::Model>> {
    tx.find::<credit_entry::Entity>().filter(credit_entry::Column::BatchId.is_in(batches.iter().copied())).all().await
}

/// The place of the next batch of a close.
pub(in crate::credit) async fn next_sequence(tx: &TenantTx, close: CloseId) -> Result<i32> {
    use credit_batch::Column;
    let last = tx.everything::<credit_batch::Entity>().filter(Column::CloseId.eq(close)).order_by_desc(Column::Sequence).one().await?;
    Ok(last.map_or(0, |batch| batch.sequence.saturating_add(1)))
}
