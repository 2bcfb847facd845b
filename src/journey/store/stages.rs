//! Pipelines, stages and stage events.

use entity::ids::{AccountId, PersonId, PipelineId, StageEventId, StageId, TypedId};
use entity::time::Timestamp;
use entity::{pipeline, stage, stage_event, stage_rule};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QueryResult};

use super::CHUNK;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::journey::service::{StageEventFilter, Subject};

impl Sorted for stage_event::Entity {
    fn sort_column() -> Option<stage_event::Column> {
        Some(stage_event::Column::OccurredAt)
    }

    fn cursor(row: &stage_event::Model) -> Cursor {
        Cursor { key: row.occurred_at.micros(), id: row.id.uuid() }
    }
}

/// All versions of all pipelines, the newest version of each first.
pub(in crate::journey) async fn pipelines(tx: &TenantTx) -> Result<Vec<pipeline::Model>> {
    let found = tx.find::<pipeline::Entity>().order_by_asc(pipeline::Column::Key);
    found.order_by_desc(pipeline::Column::PipelineVersion).all().await
}

/// One version of a pipeline.
pub(in crate::journey) async fn pipeline(tx: &TenantTx, id: PipelineId) -> Result<Option<pipeline::Model>> {
    tx.get::<pipeline::Entity>(id).await
}

/// The newest version of the pipeline with a key.
pub(in crate::journey) async fn newest_pipeline(tx: &TenantTx, key: &str) -> Result<Option<pipeline::Model>> {
    let found = tx.find::<pipeline::Entity>().filter(pipeline::Column::Key.eq(key));
    found.order_by_desc(pipeline::Column::PipelineVersion).one().await
}

/// Every version of the pipeline with a key, the newest first.
pub(in crate::journey) async fn versions_of(tx: &TenantTx, key: &str) -> Result<Vec<pipeline::Model>> {
    let found = tx.find::<pipeline::Entity>().filter(pipeline::Column::Key.eq(key));
    found.order_by_desc(pipeline::Column::PipelineVersion).all().await
}

/// What entries into some stages have to meet, in the order in which it was said.
pub(in crate::journey) async fn rules_of(tx: &TenantTx, stages: &[StageId]) -> Result<Vec<stage_rule::Model>> {
    let mut rules = Vec::new();
    for some in stages.chunks(CHUNK) {
        let found = tx.find::<stage_rule::Entity>().filter(stage_rule::Column::StageId.is_in(some.iter().copied()));
        rules.extend(found.order_by_asc(stage_rule::Column::Id).all().await?);
    }
    Ok(rules)
}

/// The stages of some pipelines in their order.
pub(in crate::journey) async fn stages_of(tx: &TenantTx, pipelines: &[PipelineId]) -> Result<Vec<stage::Model>> {
    let found = tx.find::<stage::Entity>().filter(stage::Column::PipelineId.is_in(pipelines.iter().copied()));
    found.order_by_asc(stage::Column::Position).all().await
}

/// The stage events that pass a filter.
pub(in crate::journey) fn stage_events<'tx>(
    tx: &'tx TenantTx,
    filter: &StageEventFilter,
    stages: Option<&[StageId]>,
) -> Scoped<'tx, stage_event::Entity> {
    let condition = Condition::all()
        .add_option(filter.person_id.map(|person| stage_event::Column::PersonId.eq(person)))
        .add_option(filter.account_id.map(|account| stage_event::Column::AccountId.eq(account)))
        .add_option(stages.map(|stages| stage_event::Column::StageId.is_in(stages.iter().copied())))
        .add_option(filter.occurred.from.map(|from| stage_event::Column::OccurredAt.gte(from)))
        .add_option(filter.occurred.to.map(|to| stage_event::Column::OccurredAt.lt(to)));
    let found = tx.find::<stage_event::Entity>().filter(condition);
    if filter.include_corrected { found } else { found.standing() }
}

/// The stage events of some people, and the column they belong by.
pub(in crate::journey) fn events_of_people<'tx>(
    tx: &'tx TenantTx,
    people: &[PersonId],
) -> (Scoped<'tx, stage_event::Entity>, stage_event::Column) {
    let column = stage_event::Column::PersonId;
    (tx.find::<stage_event::Entity>().filter(column.is_in(people.iter().copied())).standing(), column)
}

/// The stage events of some accounts, and the column they belong by.
pub(in crate::journey) fn events_of_accounts<'tx>(
    tx: &'tx TenantTx,
    accounts: &[AccountId],
) -> (Scoped<'tx, stage_event::Entity>, stage_event::Column) {
    let column = stage_event::Column::AccountId;
    (tx.find::<stage_event::Entity>().filter(column.is_in(accounts.iter().copied())).standing(), column)
}

/// What the rules need of an event that was recorded earlier.
#[derive(Clone, Copy, Debug)]
pub(in crate::journey) struct Past {
    pub(in crate::journey) id: StageEventId,
    pub(in crate::journey) subject: Subject,
    pub(in crate::journey) pipeline: PipelineId,
    pub(in crate::journey) stage: StageId,
    pub(in crate::journey) occurred_at: Timestamp,
    pub(in crate::journey) supersedes: Option<StageEventId>,
    pub(in crate::journey) retracted: bool,
}

const PAST: [stage_event::Column; 8] = [
    stage_event::Column::Id,
    stage_event::Column::PersonId,
    stage_event::Column::AccountId,
    stage_event::Column::PipelineId,
    stage_event::Column::StageId,
    stage_event::Column::OccurredAt,
    stage_event::Column::SupersedesId,
    stage_event::Column::Retracted,
];

fn past(row: &QueryResult) -> Result<Option<Past>, sea_orm::DbErr> {
    let Some(subject) = Subject::of(row.try_get_by_index(1)?, row.try_get_by_index(2)?) else { return Ok(None) };
    Ok(Some(Past {
        id: row.try_get_by_index(0)?,
        subject,
        pipeline: row.try_get_by_index(3)?,
        stage: row.try_get_by_index(4)?,
        occurred_at: row.try_get_by_index(5)?,
        supersedes: row.try_get_by_index(6)?,
        retracted: row.try_get_by_index(7)?,
    }))
}

/// Every event of some people and accounts, corrected ones and corrections included.
pub(in crate::journey) async fn history(tx: &TenantTx, people: &[PersonId], accounts: &[AccountId]) -> Result<Vec<Past>> {
    let mut found = Vec::new();
    let mut keep = |row: &QueryResult| past(row).map(|past| found.extend(past));
    for some in people.chunks(CHUNK) {
        let events = tx.everything::<stage_event::Entity>().filter(stage_event::Column::PersonId.is_in(some.iter().copied()));
        events.rows(PAST, &mut keep).await?;
    }
    for some in accounts.chunks(CHUNK) {
        let events = tx.everything::<stage_event::Entity>().filter(stage_event::Column::AccountId.is_in(some.iter().copied()));
        events.rows(PAST, &mut keep).await?;
    }
    Ok(found)
}
