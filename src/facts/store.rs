//! Reading facts: all of them, and what was recorded since.

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use entity::time::Timestamp;
use entity::{stage_event, touch};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryResult};
use uuid::Uuid;

use super::columns::HashMap;
use super::known::{About, Facts, Gathered, Recorded, Renewed, What};
use crate::db::{RecordedSince, Scoped, TenantTx};
use crate::error::Result;

/// Between two looks at how much memory was taken.
const ROWS_BETWEEN_LOOKS: usize = 65_536;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// A table of facts.
trait Fact: TenantEntity {
    /// What is read: first what all facts have.
    const COLUMNS: &'static [Self::Column];

    /// What the rest of a row says.
    fn what(row: &QueryResult) -> Result<What, DbErr>;
}

impl Fact for touch::Entity {
    const COLUMNS: &'static [touch::Column] = {
        use touch::Column::*;
        &[Id, OccurredAt, RecordedAt, PersonId, AccountId, SupersedesId, Retracted, Kind, Channel, ActorKind, Resource, TacticId, ContentId]
    };

    fn what(row: &QueryResult) -> Result<What, DbErr> {
        Ok(What::Touch(About {
            kind: row.try_get_by_index(7)?,
            channel: row.try_get_by_index(8)?,
            actor: row.try_get_by_index(9)?,
            resource: row.try_get_by_index(10)?,
            tactic_id: row.try_get_by_index(11)?,
            content_id: row.try_get_by_index(12)?,
        }))
    }
}

impl Fact for stage_event::Entity {
    const COLUMNS: &'static [stage_event::Column] = {
        use stage_event::Column::*;
        &[Id, OccurredAt, RecordedAt, PersonId, AccountId, SupersedesId, Retracted, StageId, Backdated]
    };

    fn what(row: &QueryResult) -> Result<What, DbErr> {
        Ok(What::Event { stage: row.try_get_by_index(7)?, backdated: row.try_get_by_index(8)? })
    }
}

async fn read<E: Fact>(rows: Scoped<'_, E>, mut each: impl FnMut(Recorded) -> Result<(), DbErr> + Send) -> Result<()> {
    let columns = E::COLUMNS.iter().copied();
    rows.rows(columns, |row| {
        each(Recorded {
            id: row.try_get_by_index(0)?,
            at: row.try_get_by_index(1)?,
            recorded_at: row.try_get_by_index(2)?,
            person_id: row.try_get_by_index(3)?,
            account_id: row.try_get_by_index(4)?,
            supersedes: row.try_get_by_index(5)?,
            retracted: row.try_get_by_index(6)?,
            what: E::what(row)?,
        })
    })
    .await
}

/// Reads everything; `None` where it would take more memory than it may.
pub(super) async fn gathered(tx: &TenantTx, most_bytes: usize) -> Result<Option<Gathered>> {
    let mut facts = Gathered::default();
    let complete =
        gather::<touch::Entity>(tx, &mut facts, most_bytes).await? && gather::<stage_event::Entity>(tx, &mut facts, most_bytes).await?;
    Ok(complete.then_some(facts))
}

async fn gather<E: Fact>(tx: &TenantTx, facts: &mut Gathered, most_bytes: usize) -> Result<bool> {
    let mut too_large = false;
    let all = read::<E>(tx.everything(), |row| {
        facts.add(&row);
        too_large = facts.len().is_multiple_of(ROWS_BETWEEN_LOOKS) && facts.bytes() > most_bytes;
        if too_large { Err(DbErr::Custom("there is no room for more".to_owned())) } else { Ok(()) }
    });
    let all = all.await;
    if too_large { Ok(false) } else { all.map(|()| true) }
}

/// Adds what was recorded after a change, up to another one; `None` where it is better to read everything.
pub(super) async fn renewed(tx: &TenantTx, facts: &Facts, up_to: i64) -> Result<Option<Renewed>> {
    let Some(recorded) = tx.recorded_since(facts.sequence(), up_to).await? else { return Ok(None) };
    let mut renewed = Renewed::new(facts.clone());
    let complete =
        renew::<touch::Entity>(tx, &mut renewed, &recorded).await? && renew::<stage_event::Entity>(tx, &mut renewed, &recorded).await?;
    Ok(complete.then_some(renewed))
}

async fn renew<E: Fact>(tx: &TenantTx, renewed: &mut Renewed, recorded: &RecordedSince) -> Result<bool> {
    let Some(recorded) = recorded.of::<E>()? else { return Ok(false) };
    if recorded.len() > renewed.len() / 2 + CHUNK {
        return Ok(false);
    }
    let mut superseded: HashMap<Uuid, Timestamp> = HashMap::default();
    for (rows, expected) in recorded.queries::<E>(tx) {
        let mut found = 0;
        read(rows, |row| {
            found += 1;
            superseded.extend(row.supersedes.map(|id| (id, row.recorded_at)));
            renewed.add(&row);
            Ok(())
        })
        .await?;
        if found != expected {
            return Ok(false);
        }
    }
    let ids: Vec<Uuid> = superseded.keys().copied().collect();
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<E>().filter(E::id_column().is_in(some.iter().copied().map(E::Id::from_uuid)));
        read(rows, |row| {
            superseded.get(&row.id).into_iter().for_each(|by| renewed.supersede(row, *by));
            Ok(())
        })
        .await?;
    }
    Ok(true)
}
