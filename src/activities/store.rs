//! Activities and their events.

use entity::ids::{AccountId, ActivityId, PersonId, TypedId};
use entity::kinds::ActivityEventKind;
use entity::time::Timestamp;
use entity::{activity, activity_event};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::service::{ActivitiesOf, ActivityFilter};
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::metrics::activity_standing::State;

/// The kinds of events after which nothing more happens.
const ENDS: [ActivityEventKind; 2] = [ActivityEventKind::Completed, ActivityEventKind::Cancelled];

impl Sorted for activity::Entity {
    fn sort_column() -> Option<activity::Column> {
        Some(activity::Column::RecordedAt)
    }

    fn cursor(row: &activity::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// The column by which activities belong to a parent.
pub(super) const fn parent_column(parent: ActivitiesOf) -> activity::Column {
    match parent {
        ActivitiesOf::Person(_) => activity::Column::PersonId,
        ActivitiesOf::Account(_) => activity::Column::AccountId,
        ActivitiesOf::Opportunity(_) => activity::Column::OpportunityId,
    }
}

/// Whose activities are wanted: everybody who is the same counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Same {
    pub(super) people: Option<Vec<PersonId>>,
    pub(super) accounts: Option<Vec<AccountId>>,
}

/// The activities that pass a filter, as they stand at a moment.
pub(super) fn activities<'tx>(tx: &'tx TenantTx, filter: &ActivityFilter, of: &Same, now: Timestamp) -> Scoped<'tx, activity::Entity> {
    use activity::Column;
    let condition = Condition::all()
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(of.people.as_ref().map(|people| Column::PersonId.is_in(people.iter().copied())))
        .add_option(of.accounts.as_ref().map(|accounts| Column::AccountId.is_in(accounts.iter().copied())))
        .add_option(filter.opportunity_id.map(|opportunity| Column::OpportunityId.eq(opportunity)))
        .add_option(standing(filter, now).map(|last| {
            let lasts = tx.everything::<activity_event::Entity>().last_of_each().filter(last);
            Column::Id.in_subquery(lasts.subquery(activity_event::Column::ActivityId))
        }));
    tx.find().filter(condition)
}

/// What the last event of an activity has to be like, where a filter asks for that.
fn standing(filter: &ActivityFilter, now: Timestamp) -> Option<Condition> {
    use activity_event::Column::{DueAt, Kind, OwnerId};
    let state = filter.state.map(|state| {
        let open = || Condition::all().add(Kind.is_not_in(ENDS));
        match state {
            State::Planned => open().add(Condition::any().add(DueAt.is_null()).add(DueAt.gte(now))),
            State::Overdue => open().add(DueAt.lt(now)),
            State::Completed => Condition::all().add(Kind.eq(ActivityEventKind::Completed)),
            State::Cancelled => Condition::all().add(Kind.eq(ActivityEventKind::Cancelled)),
        }
    });
    let asked = filter.owner_id.is_some() || state.is_some() || filter.due.from.is_some() || filter.due.to.is_some();
    asked.then(|| {
        Condition::all()
            .add_option(filter.owner_id.map(|owner| OwnerId.eq(owner)))
            .add_option(state)
            .add_option(filter.due.from.map(|from| DueAt.gte(from)))
            .add_option(filter.due.to.map(|to| DueAt.lt(to)))
    })
}

/// The activities of people, accounts or opportunities, whichever the column names.
pub(super) fn activities_of<'tx>(tx: &'tx TenantTx, column: activity::Column, parents: &[Uuid]) -> Scoped<'tx, activity::Entity> {
    tx.find().filter(column.is_in(parents.iter().copied()))
}

/// The activities that follow up some others.
pub(super) async fn follow_ups(tx: &TenantTx, ids: &[ActivityId]) -> Result<Vec<activity::Model>> {
    tx.find::<activity::Entity>().filter(activity::Column::FollowsId.is_in(ids.iter().copied())).all().await
}

/// The events of some activities that the caller sees, in the order in which they were recorded.
pub(super) async fn events_of(tx: &TenantTx, ids: &[ActivityId]) -> Result<Vec<activity_event::Model>> {
    let rows = tx.find::<activity_event::Entity>().filter(activity_event::Column::ActivityId.is_in(ids.iter().copied()));
    rows.order_by_asc(activity_event::Column::Sequence).all().await
}

/// The events of an activity, in the order in which they were recorded.
pub(super) async fn events(tx: &TenantTx, id: ActivityId) -> Result<Vec<activity_event::Model>> {
    let rows = tx.everything::<activity_event::Entity>().filter(activity_event::Column::ActivityId.eq(id));
    rows.order_by_asc(activity_event::Column::Sequence).all().await
}
