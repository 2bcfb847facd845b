//! What the funnel is counted from: rows as they stood at an instant, read by position.

use std::collections::{HashMap, HashSet};

use entity::ids::TypedId;
use entity::time::Timestamp;
use entity::{account, identification, person, stage_event, touch};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::service::{Event, Events, NumberedStages, SubjectKind};
use crate::buyers::service::Canonical;
use crate::db::TenantTx;
use crate::error::Result;
use crate::facts::service::{self as facts, Order, When, Whose};

/// Instants between which something happened, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The stage events of the subjects of one kind in a pipeline, as they stood at an instant, each either in order or among those
/// that still have to be brought into it. Who is whom is settled here: events of everybody who is the same have one subject.
pub(super) async fn events(
    tx: &TenantTx,
    stages: &NumberedStages,
    (kind, canonical): (SubjectKind, &Canonical),
    span: Span,
    as_of: Timestamp,
) -> Result<Events> {
    use stage_event::Column::{AccountId, Backdated, OccurredAt, PersonId, PipelineId, StageId};
    if let Some(facts) = facts::known(tx).await? {
        let whose = match kind {
            SubjectKind::Person => Whose::People,
            SubjectKind::Account => Whose::Accounts,
        };
        let (when, mut events) = (When { from: span.from, to: span.to, as_of }, Events::default());
        facts.events(
            whose,
            &when,
            |stage| stages.number(stage),
            canonical.joined(),
            |subject, (at, stage, backdated), order| match order {
                Order::Sorted => events.sorted.push(Event { subject, at, stage, backdated }),
                Order::Late => events.late.push(Event { subject: canonical.uuid(subject), at, stage, backdated }),
            },
        );
        return Ok(events);
    }
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
    Ok(events.into())
}

/// When each person was seen first in a span, by the touches that stood at an instant.
pub(super) async fn first_seen(tx: &TenantTx, span: Span, as_of: Timestamp) -> Result<HashMap<Uuid, Timestamp>> {
    use touch::Column::{OccurredAt, PersonId};
    if let Some(facts) = facts::known(tx).await? {
        let mut first: HashMap<Uuid, Timestamp> = HashMap::new();
        facts.touches(&When { from: span.from, to: span.to, as_of }, |touch| {
            if let Some(person) = touch.person_id {
                first.entry(person.uuid()).and_modify(|first| *first = touch.at.min(*first)).or_insert(touch.at);
            }
        });
        return Ok(first);
    }
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
