//! Opportunities and what happens to them, parts in buying, and blockers.

use std::collections::HashMap;

use entity::ids::{AccountId, BlockerId, BuyingRoleId, ContentId, MemberId, OpportunityId, PersonId, TeamId, TypedId};
use entity::kinds::{BlockerKind, OpportunityEventKind, OpportunityOutcome};
use entity::time::Timestamp;
use entity::{blocker, blocker_resolution, buying_role, buying_role_end, member, opportunity, opportunity_event};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::service::{BlockerFilter, OpportunityFilter, OpportunityState};
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

/// Most ids of one statement.
const CHUNK: usize = 500;

impl Sorted for opportunity::Entity {
    fn sort_column() -> Option<opportunity::Column> {
        Some(opportunity::Column::OpenedAt)
    }

    fn cursor(row: &opportunity::Model) -> Cursor {
        Cursor { key: row.opened_at.micros(), id: row.id.uuid() }
    }
}

impl Sorted for blocker::Entity {
    fn sort_column() -> Option<blocker::Column> {
        Some(blocker::Column::RaisedAt)
    }

    fn cursor(row: &blocker::Model) -> Cursor {
        Cursor { key: row.raised_at.micros(), id: row.id.uuid() }
    }
}

/// The opportunities that pass a filter.
pub(super) fn opportunities<'tx>(tx: &'tx TenantTx, filter: &OpportunityFilter) -> Scoped<'tx, opportunity::Entity> {
    use opportunity::Column;
    let condition = Condition::all()
        .add_option(filter.account_id.map(|account| Column::AccountId.eq(account)))
        .add_option(filter.owner_id.map(|owner| Column::OwnerId.eq(owner)))
        .add_option(filter.source.as_deref().map(|source| Column::Source.eq(source)))
        .add_option(filter.expected_from.map(|day| Column::ExpectedCloseOn.gte(day)))
        .add_option(filter.expected_to.map(|day| Column::ExpectedCloseOn.lt(day)))
        .add_option(filter.state.map(|state| {
            let closed = last(tx, OpportunityEventKind::Closed);
            let ended = |closed: Scoped<'tx, opportunity_event::Entity>| closed.subquery(opportunity_event::Column::OpportunityId);
            match state {
                OpportunityState::Open => Column::Id.not_in_subquery(ended(closed)),
                OpportunityState::Won => {
                    Column::Id.in_subquery(ended(closed.filter(opportunity_event::Column::Outcome.eq(OpportunityOutcome::Won))))
                }
                OpportunityState::Lost => {
                    Column::Id.in_subquery(ended(closed.filter(opportunity_event::Column::Outcome.ne(OpportunityOutcome::Won))))
                }
            }
        }))
        .add_option(filter.stalled.map(|stalled| {
            let resting = last(tx, OpportunityEventKind::Stalled).subquery(opportunity_event::Column::OpportunityId);
            if stalled { Column::Id.in_subquery(resting) } else { Column::Id.not_in_subquery(resting) }
        }));
    tx.find().filter(condition)
}

/// The last events of opportunities, of those that end with a kind.
fn last(tx: &TenantTx, kind: OpportunityEventKind) -> Scoped<'_, opportunity_event::Entity> {
    tx.everything::<opportunity_event::Entity>().last_of_each().filter(opportunity_event::Column::Kind.eq(kind))
}

/// The opportunities of some accounts.
pub(super) fn opportunities_of<'tx>(tx: &'tx TenantTx, accounts: &[AccountId]) -> Scoped<'tx, opportunity::Entity> {
    tx.find().filter(opportunity::Column::AccountId.is_in(accounts.iter().copied()))
}

/// The column by which opportunities belong to accounts.
pub(super) const OPPORTUNITY_ACCOUNT: opportunity::Column = opportunity::Column::AccountId;

/// Those of some opportunities that the caller sees, held until the transaction ends; always in the order of their ids.
pub(super) async fn held(tx: &TenantTx, ids: &[OpportunityId]) -> Result<Vec<opportunity::Model>> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let found = tx.find::<opportunity::Entity>().filter(opportunity::Column::Id.is_in(some.iter().copied()));
        rows.extend(found.order_by_asc(opportunity::Column::Id).locked().all().await?);
    }
    Ok(rows)
}

/// The opportunity of a close, held until the transaction ends, and its last event.
pub(super) async fn held_with_last(tx: &TenantTx, id: OpportunityId) -> Result<Option<opportunity_event::Model>> {
    tx.everything::<opportunity::Entity>().filter(opportunity::Column::Id.eq(id)).locked().one().await?;
    let events = tx.everything::<opportunity_event::Entity>().filter(opportunity_event::Column::OpportunityId.eq(id));
    events.order_by_desc(opportunity_event::Column::Sequence).one().await
}

/// The content and the kind of each blocker that was resolved with content in `[from, to]`, and when, as known at an instant.
pub(super) async fn resolved_with(
    tx: &TenantTx,
    (from, to): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Result<Vec<(ContentId, BlockerKind, Timestamp)>> {
    use blocker_resolution::Column;
    let mut resolved: Vec<(BlockerId, ContentId, Timestamp)> = Vec::new();
    let rows = tx.everything::<blocker_resolution::Entity>().filter(Column::ContentId.is_not_null());
    let rows = rows.filter(Column::ResolvedAt.between(from, to)).filter(Column::RecordedAt.lte(as_of));
    rows.rows([Column::BlockerId, Column::ContentId, Column::ResolvedAt], |row| {
        resolved.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        Ok(())
    })
    .await?;
    let mut kinds: HashMap<BlockerId, BlockerKind> = HashMap::new();
    for some in resolved.chunks(CHUNK) {
        let rows = tx.everything::<blocker::Entity>().filter(blocker::Column::Id.is_in(some.iter().map(|(blocker, ..)| *blocker)));
        rows.rows([blocker::Column::Id, blocker::Column::Kind], |row| {
            kinds.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    }
    Ok(resolved.into_iter().filter_map(|(blocker, content, at)| Some((content, *kinds.get(&blocker)?, at))).collect())
}

/// All events of some opportunities, in the order in which they happened.
pub(super) async fn events_of_all(tx: &TenantTx, ids: &[OpportunityId]) -> Result<Vec<opportunity_event::Model>> {
    let mut rows = Vec::new();
    for some in ids.chunks(CHUNK) {
        let found = tx.everything::<opportunity_event::Entity>();
        let found = found.filter(opportunity_event::Column::OpportunityId.is_in(some.iter().copied()));
        rows.extend(found.order_by_asc(opportunity_event::Column::Sequence).all().await?);
    }
    Ok(rows)
}

/// The events of some opportunities that the caller sees, in the order in which they happened.
pub(super) async fn events_of(tx: &TenantTx, ids: &[OpportunityId]) -> Result<Vec<opportunity_event::Model>> {
    let found = tx.find::<opportunity_event::Entity>().filter(opportunity_event::Column::OpportunityId.is_in(ids.iter().copied()));
    found.order_by_asc(opportunity_event::Column::Sequence).all().await
}

/// The team a member is in.
pub(super) async fn team_of(tx: &TenantTx, id: MemberId) -> Result<Option<TeamId>> {
    let member = tx.everything::<member::Entity>().filter(member::Column::Id.eq(id)).one().await?;
    Ok(member.and_then(|member| member.team_id))
}

/// Writes what an opportunity may change.
pub(super) async fn update_opportunity(tx: &TenantWrite, row: &opportunity::Model) -> Result<()> {
    let changes = opportunity::ActiveModel {
        name: Set(row.name.clone()),
        amount_minor: Set(row.amount_minor),
        currency: Set(row.currency),
        expected_close_on: Set(row.expected_close_on),
        source_resource: Set(row.source_resource),
        owner_id: Set(row.owner_id),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<opportunity::Entity>(row.id, changes).await
}

/// Whose parts in buying are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum RolesOf<'a> {
    /// Everybody's who decides on one of these.
    Opportunities(&'a [OpportunityId]),
    /// Those of these people.
    People(&'a [PersonId]),
}

/// Parts in buying that the caller sees, in the order in which they began.
pub(super) async fn roles(tx: &TenantTx, of: RolesOf<'_>) -> Result<Vec<buying_role::Model>> {
    let rows = match of {
        RolesOf::Opportunities(ids) => {
            tx.find::<buying_role::Entity>().filter(buying_role::Column::OpportunityId.is_in(ids.iter().copied()))
        }
        RolesOf::People(ids) => tx.find::<buying_role::Entity>().filter(buying_role::Column::PersonId.is_in(ids.iter().copied())),
    };
    rows.order_by_asc(buying_role::Column::Since).order_by_asc(buying_role::Column::Id).all().await
}

/// How some parts ended.
pub(super) async fn role_ends(tx: &TenantTx, ids: &[BuyingRoleId]) -> Result<Vec<buying_role_end::Model>> {
    let mut rows = Vec::new();
    for some in ids.chunks(CHUNK) {
        let found = tx.everything::<buying_role_end::Entity>();
        rows.extend(found.filter(buying_role_end::Column::BuyingRoleId.is_in(some.iter().copied())).all().await?);
    }
    Ok(rows)
}

/// The blockers that pass a filter.
pub(super) fn blockers<'tx>(tx: &'tx TenantTx, filter: &BlockerFilter) -> Scoped<'tx, blocker::Entity> {
    use blocker::Column;
    let condition = Condition::all()
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(filter.side.map(|side| Column::Side.eq(side)))
        .add_option(filter.open.map(|open| {
            let resolved = tx.everything::<blocker_resolution::Entity>().subquery(blocker_resolution::Column::BlockerId);
            if open { Column::Id.not_in_subquery(resolved) } else { Column::Id.in_subquery(resolved) }
        }));
    tx.find().filter(condition)
}

/// The blockers of some opportunities, in the order in which they were raised.
pub(super) async fn blockers_of(tx: &TenantTx, ids: &[OpportunityId]) -> Result<Vec<blocker::Model>> {
    let rows = tx.find::<blocker::Entity>().filter(blocker::Column::OpportunityId.is_in(ids.iter().copied()));
    rows.order_by_asc(blocker::Column::RaisedAt).order_by_asc(blocker::Column::Id).all().await
}

/// How some blockers were resolved.
pub(super) async fn resolutions_of(tx: &TenantTx, ids: &[BlockerId]) -> Result<Vec<blocker_resolution::Model>> {
    let rows = tx.find::<blocker_resolution::Entity>();
    rows.filter(blocker_resolution::Column::BlockerId.is_in(ids.iter().copied())).all().await
}
