//! What the funnel is counted from: rows as they stood at an instant, read by position.

use std::collections::HashMap;

use entity::ids::{PipelineId, TacticId, TeamId};
use entity::time::Timestamp;
use entity::{pipeline, stage, stage_event, tactic, touch};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QueryResult};
use uuid::Uuid;

use super::service::{Catalogue, Dimension, Event, SubjectKind, Value};
use crate::db::TenantTx;
use crate::error::Result;

/// Instants between which something happened, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A version of a pipeline with its stages: the one with an id, or the newest of the pipeline the organization began with.
pub(super) async fn catalogue(tx: &TenantTx, id: Option<PipelineId>) -> Result<Option<Catalogue>> {
    let found = match id {
        Some(id) => tx.get::<pipeline::Entity>(id).await?,
        None => {
            // Ids rise with time, and an organization has few pipelines.
            let all = tx.find::<pipeline::Entity>().order_by_asc(pipeline::Column::Id).all().await?;
            let first = all.first().map(|first| first.key.clone()).unwrap_or_default();
            all.into_iter().filter(|pipeline| pipeline.key == first).max_by_key(|pipeline| pipeline.pipeline_version)
        }
    };
    let Some(pipeline) = found else { return Ok(None) };
    let stages = tx.find::<stage::Entity>().filter(stage::Column::PipelineId.eq(pipeline.id)).all().await?;
    Ok(Some(Catalogue::new(pipeline, stages)))
}

/// The stage events of the subjects of one kind in a pipeline, as recorded up to `as_of`, in no order.
pub(super) async fn events(tx: &TenantTx, catalogue: &Catalogue, kind: SubjectKind, span: Span, as_of: Timestamp) -> Result<Vec<Event>> {
    use stage_event::Column::{AccountId, Backdated, Id, OccurredAt, PersonId, PipelineId, RecordedAt, Retracted, StageId, SupersedesId};
    let subject = match kind {
        SubjectKind::Person => PersonId,
        SubjectKind::Account => AccountId,
    };
    let corrected = tx.find::<stage_event::Entity>().filter(SupersedesId.is_not_null()).filter(RecordedAt.lte(as_of));
    let query = tx.find::<stage_event::Entity>().filter(PipelineId.eq(catalogue.pipeline().id)).filter(subject.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).filter(RecordedAt.lte(as_of));
    let query = query.filter(Retracted.eq(false)).filter(Id.not_in_subquery(corrected.subquery(SupersedesId)));
    let mut events = Vec::new();
    query
        .rows([subject, OccurredAt, StageId, Backdated], |row| {
            let stage = catalogue.number(row.try_get_by_index(2)?);
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

/// Hands out the touches of the subjects of one kind that have a value, as recorded up to `as_of`, in no order.
pub(super) async fn touches(
    tx: &TenantTx,
    by: Dimension,
    kind: SubjectKind,
    span: Span,
    as_of: Timestamp,
    mut each: impl FnMut(Uuid, Timestamp, Value) + Send,
) -> Result<()> {
    use touch::Column::{AccountId, Channel, Id, OccurredAt, PersonId, RecordedAt, Resource, Retracted, SupersedesId, TacticId};
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
    let corrected = tx.find::<touch::Entity>().filter(SupersedesId.is_not_null()).filter(RecordedAt.lte(as_of));
    let query = tx.find::<touch::Entity>().filter(subject.is_not_null()).filter(source.is_not_null());
    let query = query.filter(OccurredAt.between(span.from, span.to)).filter(RecordedAt.lte(as_of));
    let query = query.filter(Retracted.eq(false)).filter(Id.not_in_subquery(corrected.subquery(SupersedesId)));
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
    let query = tx.find::<tactic::Entity>().filter(tactic::Column::TeamId.is_not_null());
    query
        .rows([tactic::Column::Id, tactic::Column::TeamId], |row| {
            teams.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok(teams)
}
