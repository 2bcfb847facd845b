//! Touches.

use std::collections::HashMap;

use entity::ids::{PersonId, TacticId, TeamId, TypedId};
use entity::time::Timestamp;
use entity::touch;
use sea_orm::{ColumnTrait, Condition, DbErr, QueryFilter, QueryOrder, QueryResult};
use uuid::Uuid;

use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::facts::service::{self as facts, About, Touch, When};
use crate::journey::service::{Engaged, TouchFilter, TouchValue, Touched, TouchedWho, TouchesOf};
use crate::metrics::dimension::{Dimension, Value};

/// The column by which touches belong to a parent.
pub(in crate::journey) const fn touch_column(parent: TouchesOf) -> touch::Column {
    match parent {
        TouchesOf::Person(_) => touch::Column::PersonId,
        TouchesOf::Account(_) => touch::Column::AccountId,
        TouchesOf::Tactic(_) => touch::Column::TacticId,
        TouchesOf::Content(_) => touch::Column::ContentId,
    }
}

impl Sorted for touch::Entity {
    fn sort_column() -> Option<touch::Column> {
        Some(touch::Column::OccurredAt)
    }

    fn cursor(row: &touch::Model) -> Cursor {
        Cursor { key: row.occurred_at.micros(), id: row.id.uuid() }
    }
}

/// The touches that pass a filter.
pub(in crate::journey) fn touches<'tx>(tx: &'tx TenantTx, filter: &TouchFilter) -> Scoped<'tx, touch::Entity> {
    let condition = Condition::all()
        .add_option(filter.person_id.map(|person| touch::Column::PersonId.eq(person)))
        .add_option(filter.account_id.map(|account| touch::Column::AccountId.eq(account)))
        .add_option(filter.tactic_id.map(|tactic| touch::Column::TacticId.eq(tactic)))
        .add_option(filter.content_id.map(|content| touch::Column::ContentId.eq(content)))
        .add_option(filter.resource.map(|resource| touch::Column::Resource.eq(resource)))
        .add_option(filter.channel.map(|channel| touch::Column::Channel.eq(channel)))
        .add_option(filter.occurred.from.map(|from| touch::Column::OccurredAt.gte(from)))
        .add_option(filter.occurred.to.map(|to| touch::Column::OccurredAt.lt(to)));
    let found = tx.find::<touch::Entity>().filter(condition);
    if filter.include_corrected { found } else { found.standing() }
}

/// The touches of people, accounts or tactics, whichever the column names.
pub(in crate::journey) fn touches_of<'tx>(tx: &'tx TenantTx, column: touch::Column, parents: &[Uuid]) -> Scoped<'tx, touch::Entity> {
    tx.find::<touch::Entity>().filter(column.is_in(parents.iter().copied())).standing()
}

/// The touches of a span of time, both ends in it, that stood as of an instant, in no order.
pub(in crate::journey) async fn touched(tx: &TenantTx, from: Timestamp, to: Timestamp, as_of: Timestamp) -> Result<Vec<Touched>> {
    use touch::Column::{AccountId, OccurredAt, PersonId, TacticId};
    let mut found = Vec::new();
    if let Some(facts) = facts::known(tx).await? {
        facts.touches(&When { from, to, as_of }, |touch| {
            let Touch { at, person_id, account_id, about, .. } = touch;
            found.push(Touched { at, tactic_id: about.tactic_id, person_id, account_id });
        });
        return Ok(found);
    }
    let standing = tx.everything::<touch::Entity>().filter(OccurredAt.between(from, to)).standing_at(as_of);
    standing
        .rows([OccurredAt, TacticId, PersonId, AccountId], |row| {
            found.push(Touched {
                at: row.try_get_by_index(0)?,
                tactic_id: row.try_get_by_index(1)?,
                person_id: row.try_get_by_index(2)?,
                account_id: row.try_get_by_index(3)?,
            });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// The touches of a span of time, its end out of it, that stood as of an instant, with what they were about, in the order of their time.
pub(in crate::journey) async fn engaged(tx: &TenantTx, from: Timestamp, to: Timestamp, as_of: Timestamp) -> Result<Vec<Engaged>> {
    use touch::Column::{AccountId, Channel, ContentId, Id, OccurredAt, PersonId, TacticId};
    let mut found: Vec<Engaged> = Vec::new();
    if let Some(facts) = facts::known(tx).await? {
        facts.touches(&When { from, to: to.saturating_add_micros(-1), as_of }, |touch| {
            let Touch { id, at, person_id, account_id, about } = touch;
            found.push(Engaged {
                id,
                at,
                person_id,
                account_id,
                channel: about.channel,
                tactic_id: about.tactic_id,
                content_id: about.content_id,
            });
        });
        found.sort_unstable_by_key(|touch| (touch.at, touch.id));
        return Ok(found);
    }
    let standing = tx.everything::<touch::Entity>().filter(OccurredAt.gte(from)).filter(OccurredAt.lt(to)).standing_at(as_of);
    standing
        .order_by_asc(OccurredAt)
        .order_by_asc(Id)
        .rows([Id, OccurredAt, PersonId, AccountId, Channel, TacticId, ContentId], |row| {
            found.push(Engaged {
                id: row.try_get_by_index(0)?,
                at: row.try_get_by_index(1)?,
                person_id: row.try_get_by_index(2)?,
                account_id: row.try_get_by_index(3)?,
                channel: row.try_get_by_index(4)?,
                tactic_id: row.try_get_by_index(5)?,
                content_id: row.try_get_by_index(6)?,
            });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// Hands out the touches until an instant that have a value, as they stood as of an instant, in no order. A tactic counts for the
/// team that runs it.
pub(in crate::journey) async fn touch_values(
    tx: &TenantTx,
    (by, teams): (Dimension, &HashMap<TacticId, TeamId>),
    who: TouchedWho,
    (until, as_of): (Timestamp, Timestamp),
    mut each: impl FnMut(TouchValue) + Send,
) -> Result<()> {
    use touch::Column::{AccountId, Channel, OccurredAt, PersonId, Resource, TacticId};
    if let Some(facts) = facts::known(tx).await? {
        facts.touches(&When { from: Timestamp::MIN, to: until, as_of }, |touch| {
            let wanted = match who {
                TouchedWho::People => touch.person_id.is_some(),
                TouchedWho::Accounts => touch.account_id.is_some(),
                TouchedWho::Anybody => true,
            };
            if let Some(value) = value_of(&touch.about, (by, teams)).filter(|_| wanted) {
                each(TouchValue { at: touch.at, person_id: touch.person_id, account_id: touch.account_id, value });
            }
        });
        return Ok(());
    }
    let source = match by {
        Dimension::Channel => Channel,
        Dimension::Resource => Resource,
        Dimension::Tactic | Dimension::Team => TacticId,
        Dimension::Segment | Dimension::Owner => return Ok(()),
    };
    let value = |row: &QueryResult| -> Result<Option<Value>, DbErr> {
        Ok(match by {
            Dimension::Channel => Some(Value::Channel(row.try_get_by_index(3)?)),
            Dimension::Resource => Some(Value::Resource(row.try_get_by_index(3)?)),
            Dimension::Tactic => Some(Value::Tactic(row.try_get_by_index(3)?)),
            Dimension::Team => teams.get(&row.try_get_by_index(3)?).copied().map(Value::Team),
            Dimension::Segment | Dimension::Owner => None,
        })
    };
    let query = tx.everything::<touch::Entity>().filter(source.is_not_null()).filter(OccurredAt.lte(until)).standing_at(as_of);
    let query = match who {
        TouchedWho::People => query.filter(PersonId.is_not_null()),
        TouchedWho::Accounts => query.filter(AccountId.is_not_null()),
        TouchedWho::Anybody => query,
    };
    query
        .rows([PersonId, AccountId, OccurredAt, source], |row| {
            if let Some(value) = value(row)? {
                let (person_id, account_id) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                each(TouchValue { at: row.try_get_by_index(2)?, person_id, account_id, value });
            }
            Ok(())
        })
        .await
}

/// What a touch has of a dimension.
fn value_of(about: &About, (by, teams): (Dimension, &HashMap<TacticId, TeamId>)) -> Option<Value> {
    match by {
        Dimension::Channel => Some(Value::Channel(about.channel)),
        Dimension::Resource => Some(Value::Resource(about.resource)),
        Dimension::Tactic => about.tactic_id.map(Value::Tactic),
        Dimension::Team => teams.get(&about.tactic_id?).copied().map(Value::Team),
        Dimension::Segment | Dimension::Owner => None,
    }
}

/// The earliest touch of a person.
pub(in crate::journey) async fn earliest_of_person(tx: &TenantTx, person: PersonId) -> Result<Option<touch::Model>> {
    let touches = tx.everything::<touch::Entity>().filter(touch::Column::PersonId.eq(person)).standing();
    touches.order_by_asc(touch::Column::OccurredAt).one().await
}
