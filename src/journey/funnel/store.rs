//! What the funnel is counted from: rows as they stood at an instant, read by position.

use std::collections::{HashMap, HashSet};

use entity::ids::{TacticId, TeamId};
use entity::time::Timestamp;
use entity::{account, person, stage_event, tactic, touch};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryResult};
use uuid::Uuid;

use super::service::{Dimension, Event, NumberedStages, SubjectKind, Value};
use crate::db::TenantTx;
use crate::error::Result;

/// Instants between which something happened, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The stage events of the subjects of one kind in a pipeline, as they stood at an instant, in no order.
pub(super) async fn events(tx: &TenantTx, stages: &NumberedStages, kind: SubjectKind, span: Span, as_of: Timestamp) -> Result<Vec<Event>> {
    use stage_event::Column::{AccountId, Backdated, OccurredAt, PersonId, PipelineId, StageId};
    let subject = match kind {
        SubjectKind::Person => PersonId,
        SubjectKind::Account => AccountId,
    };
    let query = tx.everything::<stage_event::Entity>().filter(PipelineId.eq(stages.catalogue().pipeline.id)).filter(subject.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).standing_at(as_of);
    let mut events = Vec::new();
    query
        .rows([subject, OccurredAt, StageId, Backdated], |row| {
            let stage = stages.number(row.try_get_by_index(2)?);
            let stage = stage.ok_or_else(|| DbErr::Custom("an event's stage belongs to another pipeline".to_owned()))?;
            events.push(Event {
                subject: row.try_get_by_index(0)?,
                at: row.try_get_by_index(1)?,
                stage,
                backdated: row.try_get_by_index(3)?,
            });
            Ok(())
        })
        .await?;
    Ok(events)
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
    kind: SubjectKind,
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
                each(row.try_get_by_index(0)?, row.try_get_by_index(1)?, value);
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
