//! The journeys that led to closes: touches, and the moments that make some of them milestones.

use std::borrow::Cow;
use std::collections::HashMap;

use entity::ids::{AccountId, PersonId, StageId, TacticId, TouchId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use entity::time::Timestamp;
use entity::{close, identification, stage, stage_event, touch};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::ledger::closes_during;
use crate::credit::service::During;
use crate::db::TenantTx;
use crate::error::Result;
use crate::facts::service::{self as facts, Touch, When, Whose};

/// The stage whose entry is the creation of an opportunity.
pub(super) const OPPORTUNITY: &str = "OPPORTUNITY";

/// Most ids of one statement.
const CHUNK: usize = 500;

/// Whose journeys are wanted.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) enum Buyers<'a> {
    /// These people and accounts.
    Listed(&'a [PersonId], &'a [AccountId]),
    /// Those behind the closes of which something falls in a time, as far as was known as of the instant of the question.
    Behind(During),
}

impl Buyers<'_> {
    /// Conditions on a column of people, one for each statement.
    fn people(self, tx: &TenantTx, column: &impl ColumnTrait, as_of: Timestamp) -> Vec<SimpleExpr> {
        match self {
            Self::Listed(people, _) => people.chunks(CHUNK).map(|some| column.is_in(some.iter().copied())).collect(),
            Self::Behind(during) => {
                let closes = closes_during(tx, during, as_of).filter(close::Column::PersonId.is_not_null());
                vec![column.in_subquery(closes.subquery(close::Column::PersonId))]
            }
        }
    }

    /// Conditions on a column of accounts, one for each statement.
    fn accounts(self, tx: &TenantTx, column: &impl ColumnTrait, as_of: Timestamp) -> Vec<SimpleExpr> {
        match self {
            Self::Listed(_, accounts) => accounts.chunks(CHUNK).map(|some| column.is_in(some.iter().copied())).collect(),
            Self::Behind(during) => {
                vec![column.in_subquery(closes_during(tx, during, as_of).subquery(close::Column::AccountId))]
            }
        }
    }
}

impl<'a> Buyers<'a> {
    /// Their ids, each once.
    async fn listed(self, tx: &TenantTx, as_of: Timestamp) -> Result<(Cow<'a, [PersonId]>, Cow<'a, [AccountId]>)> {
        match self {
            Self::Listed(people, accounts) => Ok((people.into(), accounts.into())),
            Self::Behind(during) => {
                let (mut people, mut accounts) = buyers_behind(tx, during, as_of).await?;
                people.sort_unstable();
                people.dedup();
                accounts.sort_unstable();
                accounts.dedup();
                Ok((people.into(), accounts.into()))
            }
        }
    }
}

/// The people and accounts behind the closes of which something falls in a time, as far as was known as of an instant.
pub(in crate::credit) async fn buyers_behind(tx: &TenantTx, during: During, as_of: Timestamp) -> Result<(Vec<PersonId>, Vec<AccountId>)> {
    let (mut people, mut accounts) = (Vec::new(), Vec::new());
    let closes = closes_during(tx, during, as_of);
    closes
        .rows([close::Column::PersonId, close::Column::AccountId], |row| {
            people.extend(row.try_get_by_index::<Option<PersonId>>(0)?);
            accounts.push(row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    Ok((people, accounts))
}

/// A touch, as far as evidence wants to know.
#[derive(Clone, Copy, Debug)]
pub(in crate::credit) struct TouchRow {
    pub(in crate::credit) id: TouchId,
    pub(in crate::credit) at: Timestamp,
    pub(in crate::credit) resource: Resource,
    pub(in crate::credit) tactic_id: Option<TacticId>,
    pub(in crate::credit) channel: Channel,
    pub(in crate::credit) actor: ActorKind,
    pub(in crate::credit) kind: TouchKind,
    pub(in crate::credit) person_id: Option<PersonId>,
    pub(in crate::credit) account_id: Option<AccountId>,
}

impl From<Touch> for TouchRow {
    fn from(touch: Touch) -> Self {
        Self {
            id: touch.id,
            at: touch.at,
            resource: touch.about.resource,
            tactic_id: touch.about.tactic_id,
            channel: touch.about.channel,
            actor: touch.about.actor,
            kind: touch.about.kind,
            person_id: touch.person_id,
            account_id: touch.account_id,
        }
    }
}

/// The touches in `(after, until]` of people and accounts that stood as of an instant. One of a person and an
/// account comes twice.
pub(in crate::credit) async fn journeys(
    tx: &TenantTx,
    buyers: Buyers<'_>,
    (after, until): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Result<Vec<TouchRow>> {
    use touch::Column;
    if let Some(facts) = facts::known(tx).await? {
        let (people, accounts) = buyers.listed(tx, as_of).await?;
        let when = When { from: after.saturating_add_micros(1), to: until, as_of };
        let mut touches = Vec::new();
        people.iter().for_each(|person| facts.touches_of_person(*person, &when, |touch| touches.push(touch.into())));
        accounts.iter().for_each(|account| facts.touches_of_account(*account, &when, |touch| touches.push(touch.into())));
        return Ok(touches);
    }
    let mut conditions = buyers.people(tx, &Column::PersonId, as_of);
    conditions.extend(buyers.accounts(tx, &Column::AccountId, as_of));
    let mut touches = Vec::new();
    for condition in conditions {
        let standing = tx
            .everything::<touch::Entity>()
            .filter(condition)
            .filter(Column::OccurredAt.gt(after))
            .filter(Column::OccurredAt.lte(until))
            .standing_at(as_of);
        let columns = [
            Column::Id,
            Column::OccurredAt,
            Column::Resource,
            Column::TacticId,
            Column::Channel,
            Column::PersonId,
            Column::AccountId,
            Column::ActorKind,
            Column::Kind,
        ];
        standing
            .rows(columns, |row| {
                touches.push(TouchRow {
                    id: row.try_get_by_index(0)?,
                    at: row.try_get_by_index(1)?,
                    resource: row.try_get_by_index(2)?,
                    tactic_id: row.try_get_by_index(3)?,
                    channel: row.try_get_by_index(4)?,
                    person_id: row.try_get_by_index(5)?,
                    account_id: row.try_get_by_index(6)?,
                    actor: row.try_get_by_index(7)?,
                    kind: row.try_get_by_index(8)?,
                });
                Ok(())
            })
            .await?;
    }
    Ok(touches)
}

/// When each of some people became known, by what was recorded until an instant, of those who did by then.
pub(in crate::credit) async fn people_known(tx: &TenantTx, buyers: Buyers<'_>, as_of: Timestamp) -> Result<Vec<(PersonId, Timestamp)>> {
    use identification::Column::{Id, OccurredAt, PersonId as Person, RecordedAt};
    let mut known: HashMap<PersonId, Timestamp> = HashMap::new();
    for condition in buyers.people(tx, &Person, as_of) {
        let rows = tx.everything::<identification::Entity>().filter(condition).filter(RecordedAt.lte(as_of));
        rows.order_by_asc(RecordedAt)
            .order_by_asc(Id)
            .rows([Person, OccurredAt], |row| {
                known.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                Ok(())
            })
            .await?;
    }
    Ok(known.into_iter().filter(|(_, at)| *at <= as_of).collect())
}

/// When people and accounts became opportunities, by an instant.
pub(in crate::credit) async fn opportunities(
    tx: &TenantTx,
    buyers: Buyers<'_>,
    until: Timestamp,
    as_of: Timestamp,
) -> Result<Vec<(Option<PersonId>, Option<AccountId>, Timestamp)>> {
    use stage_event::Column;
    let stages = || tx.everything::<stage::Entity>().filter(stage::Column::Key.eq(OPPORTUNITY));
    if let Some(facts) = facts::known(tx).await? {
        let (people, accounts) = buyers.listed(tx, as_of).await?;
        let mut ids: Vec<StageId> = Vec::new();
        stages().rows([stage::Column::Id], |row| row.try_get_by_index(0).map(|id| ids.push(id))).await?;
        let (when, wanted) = (When { from: Timestamp::MIN, to: until, as_of }, |id: StageId| ids.contains(&id).then_some(0));
        let mut events = Vec::new();
        for person in people.iter() {
            facts.events_of((Whose::People, person.uuid()), &when, wanted, |(at, ..)| events.push((Some(*person), None, at)));
        }
        for account in accounts.iter() {
            facts.events_of((Whose::Accounts, account.uuid()), &when, wanted, |(at, ..)| events.push((None, Some(*account), at)));
        }
        return Ok(events);
    }
    let mut conditions = buyers.people(tx, &Column::PersonId, as_of);
    conditions.extend(buyers.accounts(tx, &Column::AccountId, as_of));
    let mut events = Vec::new();
    for condition in conditions {
        let standing = tx
            .everything::<stage_event::Entity>()
            .filter(condition)
            .filter(Column::StageId.in_subquery(stages().subquery(stage::Column::Id)))
            .filter(Column::OccurredAt.lte(until))
            .standing_at(as_of);
        standing
            .rows([Column::PersonId, Column::AccountId, Column::OccurredAt], |row| {
                events.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
                Ok(())
            })
            .await?;
    }
    Ok(events)
}
