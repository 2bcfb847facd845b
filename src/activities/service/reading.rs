//! Finding activities.

use std::collections::HashMap;
use std::mem::discriminant;

use entity::ids::{AccountId, ActivityId, MemberId, OpportunityId, PersonId, TypedId};
use entity::kinds::ActivityKind;
use entity::time::Timestamp;
use entity::{activity, activity_event};
use uuid::Uuid;

use crate::activities::store::{self, Same};
use crate::auth::Scope;
use crate::auth::permission::grant::ActivityRead;
use crate::buyers::service::{BuyerKind, canonical_of};
use crate::db::{Listing, PageRequest, TenantTx};
use crate::error::Result;
use crate::journey::service::Span;
use crate::metrics::activity_standing::{Event, State, state};

/// Which activities are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActivityFilter {
    /// Those somebody is to do.
    pub owner_id: Option<MemberId>,
    /// Those with a person, whoever they are the same with included.
    pub person_id: Option<PersonId>,
    /// Those with an account, whichever it is the same with included.
    pub account_id: Option<AccountId>,
    /// Those about an opportunity.
    pub opportunity_id: Option<OpportunityId>,
    /// How they stand now.
    pub state: Option<State>,
    /// What is to be done.
    pub kind: Option<ActivityKind>,
    /// Those due in a span.
    pub due: Span,
}

/// A page of activities, those planned last first.
///
/// # Errors
/// A problem with `filter`.
pub async fn activities(
    scope: &Scope<ActivityRead>,
    filter: &ActivityFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<activity::Model>> {
    filter.due.checked("filter.dueTo")?;
    let (tx, now) = (scope.read().await?, scope.now());
    let mut of = Same::default();
    if let Some(id) = filter.person_id {
        of.people = Some(canonical_of(&tx, BuyerKind::Person, [id.uuid()], now).await?.all_of(id));
    }
    if let Some(id) = filter.account_id {
        of.accounts = Some(canonical_of(&tx, BuyerKind::Account, [id.uuid()], now).await?.all_of(id));
    }
    store::activities(&tx, filter, &of, now).listing(page, with_total).await
}

/// The activities with some ids.
///
/// # Errors
/// What the database says.
pub async fn activities_by_id(scope: &Scope<ActivityRead>, ids: &[ActivityId]) -> Result<HashMap<ActivityId, activity::Model>> {
    let rows = scope.read().await?.get_many::<activity::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The activities that follow up some others, by the ids of those.
///
/// # Errors
/// What the database says.
pub async fn follow_ups(scope: &Scope<ActivityRead>, ids: &[ActivityId]) -> Result<HashMap<ActivityId, activity::Model>> {
    let rows = store::follow_ups(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.follows_id?, row))).collect())
}

/// The events of some activities, in the order in which they were recorded.
///
/// # Errors
/// What the database says.
pub async fn events_of(scope: &Scope<ActivityRead>, ids: &[ActivityId]) -> Result<HashMap<ActivityId, Vec<activity_event::Model>>> {
    let mut found: HashMap<ActivityId, Vec<activity_event::Model>> = HashMap::with_capacity(ids.len());
    for row in store::events_of(&scope.read().await?, ids).await? {
        found.entry(row.activity_id).or_default().push(row);
    }
    Ok(found)
}

/// How an activity stood at an instant by its events; `None` before it was planned.
#[must_use]
pub fn standing(events: &[activity_event::Model], as_of: Timestamp) -> Option<State> {
    let event = |row: &activity_event::Model| Event { kind: row.kind, due_at: row.due_at, recorded_at: row.recorded_at };
    state(&events.iter().map(event).collect::<Vec<_>>(), as_of)
}

/// Whose activities are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivitiesOf {
    /// A person's, whoever they are the same with included.
    Person(PersonId),
    /// An account's, whichever it is the same with included.
    Account(AccountId),
    /// An opportunity's.
    Opportunity(OpportunityId),
}

impl ActivitiesOf {
    fn uuid(self) -> Uuid {
        match self {
            Self::Person(id) => id.uuid(),
            Self::Account(id) => id.uuid(),
            Self::Opportunity(id) => id.uuid(),
        }
    }

    /// The parent of an activity of the same kind as this one.
    fn like(self, row: &activity::Model) -> Option<Uuid> {
        match self {
            Self::Person(_) => row.person_id.map(TypedId::uuid),
            Self::Account(_) => row.account_id.map(TypedId::uuid),
            Self::Opportunity(_) => row.opportunity_id.map(TypedId::uuid),
        }
    }
}

/// Everybody who is the same as one of some parents of one kind now, by the parent.
async fn same(tx: &TenantTx, parents: &[ActivitiesOf], now: Timestamp) -> Result<Vec<(ActivitiesOf, Vec<Uuid>)>> {
    let kind = match parents.first() {
        Some(ActivitiesOf::Person(_)) => Some(BuyerKind::Person),
        Some(ActivitiesOf::Account(_)) => Some(BuyerKind::Account),
        Some(ActivitiesOf::Opportunity(_)) | None => None,
    };
    let Some(kind) = kind else { return Ok(parents.iter().map(|parent| (*parent, vec![parent.uuid()])).collect()) };
    let joined = canonical_of(tx, kind, parents.iter().map(|parent| parent.uuid()), now).await?;
    let all = |parent: &ActivitiesOf| match *parent {
        ActivitiesOf::Person(id) => joined.all_of(id).into_iter().map(TypedId::uuid).collect(),
        ActivitiesOf::Account(id) => joined.all_of(id).into_iter().map(TypedId::uuid).collect(),
        ActivitiesOf::Opportunity(id) => vec![id.uuid()],
    };
    Ok(parents.iter().map(|parent| (*parent, all(parent))).collect())
}

/// The same page of the activities of each of some people, accounts and opportunities: one statement for each of these kinds,
/// and one more for each who is somebody else too.
///
/// # Errors
/// What the database says.
pub async fn activities_of(
    scope: &Scope<ActivityRead>,
    parents: &[ActivitiesOf],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<ActivitiesOf, Listing<activity::Model>>> {
    let tx = scope.read().await?;
    let mut parents = parents.to_vec();
    parents.sort_unstable();
    let mut found = HashMap::with_capacity(parents.len());
    for kind in parents.chunk_by(|one, next| discriminant(one) == discriminant(next)) {
        let Some(&some) = kind.first() else { continue };
        let column = store::parent_column(some);
        let mut alone = Vec::with_capacity(kind.len());
        for (parent, all) in same(&tx, kind, scope.now()).await? {
            if all.len() > 1 {
                found.insert(parent, store::activities_of(&tx, column, &all).listing(page, with_total).await?);
            } else {
                alone.push(parent);
            }
        }
        if alone.is_empty() {
            continue;
        }
        let ids: Vec<Uuid> = alone.iter().map(|parent| parent.uuid()).collect();
        let rows = store::activities_of(&tx, column, &ids);
        let mut pages = rows.pages_within(column, |row| some.like(row), page, with_total).await?;
        found.extend(alone.into_iter().filter_map(|parent| Some((parent, pages.remove(&parent.uuid())?))));
    }
    Ok(found)
}
