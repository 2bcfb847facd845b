//! What the funnel is counted from: rows as they stood at an instant, read by position.

use std::collections::{HashMap, HashSet};

use entity::ids::{TacticId, TeamId};
use entity::time::Timestamp;
use entity::{account, identification, person, stage_event, tactic, touch};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QueryResult};
use uuid::Uuid;

use super::service::{Dimension, Event, NumberedStages, SubjectKind, Value};
use crate::buyers::service::Canonical;
use crate::db::TenantTx;
use crate::error::Result;

/// Instants between which something happened, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The stage events of the subjects of one kind in a pipeline, as they stood at an instant, in no order. Who is whom is settled
/// here: events of everybody who is the same have one subject.
pub(super) async fn events(
    tx: &TenantTx,
    stages: &NumberedStages,
    (kind, canonical): (SubjectKind, &Canonical),
    span: Span,
    as_of: Timestamp,
) -> Result<Vec<Event>> {
    use stage_event::Column::{AccountId, Backdated, OccurredAt, PersonId, PipelineId, StageId};
    let subject = match kind {
        SubjectKind::Person => PersonId,
        SubjectKind::Account => AccountId,
    };
    let query = tx.everything::<stage_event::Entity>().filter(PipelineId.is_in(stages.versions())).filter(subject.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).standing_at(as_of);
    let mut events = Vec::new();
    query
        .rows([subject, OccurredAt, StageId, Backdated], |row| {
            // A stage this version does not have.
            let Some(stage) = stages.number(row.try_get_by_index(2)?) else { return Ok(()) };
            events.push(Event {
                subject: canonical.uuid(row.try_get_by_index(0)?),
                at: row.try_get_by_index(1)?,
                stage,
                backdated: row.try_get_by_index(3)?,
            });
            Ok(())
        })
        .await?;
    Ok(events)
}

/// When each person was seen first in a span, by the touches that stood at an instant.
pub(super) async fn first_seen(tx: &TenantTx, span: Span, as_of: Timestamp) -> Result<HashMap<Uuid, Timestamp>> {
    use touch::Column::{OccurredAt, PersonId};
    let query = tx.everything::<touch::Entity>().filter(PersonId.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).standing_at(as_of);
    let mut first: HashMap<Uuid, Timestamp> = HashMap::new();
    query
        .rows([PersonId, OccurredAt], |row| {
            let at: Timestamp = row.try_get_by_index(1)?;
            first.entry(row.try_get_by_index(0)?).and_modify(|first| *first = at.min(*first)).or_insert(at);
            Ok(())
        })
        .await?;
    Ok(first)
}

/// Since when each person is known, by what was recorded until an instant: what was recorded last counts.
pub(super) async fn known_since(tx: &TenantTx, as_of: Timestamp) -> Result<HashMap<Uuid, Timestamp>> {
    use identification::Column::{Id, OccurredAt, PersonId, RecordedAt};
    let mut known = HashMap::new();
    let query = tx.everything::<identification::Entity>().filter(RecordedAt.lte(as_of));
    query
        .order_by_asc(RecordedAt)
        .order_by_asc(Id)
        .rows([PersonId, OccurredAt], |row| {
            known.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok(known)
}

/// The subjects of a kind that the caller sees; `None` where they see all.
pub(super) async fn seen(tx: &TenantTx, kind: SubjectKind) -> Result<Option<HashSet<Uuid>>> {
    match kind {
        SubjectKind::Person => tx.ids_seen::<person::Entity>().await,
        SubjectKind::Account => tx.ids_seen::<account::Entity>().await,
    }
}

/// Hands out the touches of the subjects of one kind that have a value, as they stood at an instant, in no order.
pub(super) async fn touches(
    tx: &TenantTx,
    by: Dimension,
    (kind, canonical): (SubjectKind, &Canonical),
    span: Span,
    as_of: Timestamp,
    mut each: impl FnMut(Uuid, Timestamp, Value) + Send,
) -> Result<()> {
    use touch::Column::{AccountId, Channel, OccurredAt, PersonId, Resource, TacticId};
    let subject = match kind {
        SubjectKind::Person => PersonId,
        SubjectKind::Account => AccountId,
    };
    let source = match by {
        Dimension::Channel => Channel,
        Dimension::Resource => Resource,
        Dimension::Tactic | Dimension::Team => TacticId,
    };
    let teams = if by == Dimension::Team { teams_by_tactic(tx).await? } else { HashMap::new() };
    let value = |row: &QueryResult| -> Result<Option<Value>, DbErr> {
        Ok(match by {
            Dimension::Channel => Some(Value::Channel(row.try_get_by_index(2)?)),
            Dimension::Resource => Some(Value::Resource(row.try_get_by_index(2)?)),
            Dimension::Tactic => Some(Value::Tactic(row.try_get_by_index(2)?)),
            Dimension::Team => teams.get(&row.try_get_by_index(2)?).copied().map(Value::Team),
        })
    };
    let query = tx.everything::<touch::Entity>().filter(subject.is_not_null()).filter(source.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).standing_at(as_of);
    query
        .rows([subject, OccurredAt, source], |row| {
            if let Some(value) = value(row)? {
                each(canonical.uuid(row.try_get_by_index(0)?), row.try_get_by_index(1)?, value);
            }
            Ok(())
        })
        .await
}

/// The team that runs each tactic today.
async fn teams_by_tactic(tx: &TenantTx) -> Result<HashMap<TacticId, TeamId>> {
    let mut teams = HashMap::new();
    let query = tx.everything::<tactic::Entity>().filter(tactic::Column::TeamId.is_not_null());
    query
        .rows([tactic::Column::Id, tactic::Column::TeamId], |row| {
            teams.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok(teams)
}
