//! Reading the journey of a buyer.

use entity::ids::{AccountId, PersonId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use entity::time::Timestamp;
use entity::touch;
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::auth::Scope;
use crate::auth::permission::grant::{JourneyRead, TouchWrite};
use crate::buyers::service::{BuyerKind, Identity, accounts_by_id, canonical_of, people_affiliated, people_by_id};
use crate::db::{Cursor, Edge, Listing, Page, PageRequest, TenantTx};
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, ExternalId};
use crate::journey::service::{NewTouch, record_touch};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// An interaction.
    Touch,
    /// An entry into a stage.
    StageEvent,
    /// A visitor became known.
    Identified,
    /// Two were said to be one.
    Merged,
    /// It was taken back that two are one.
    Unmerged,
    /// A possible deal began.
    Opportunity,
    /// It ended, went on, or rests.
    OpportunityEvent,
    /// Somebody plays a part in buying.
    BuyingRole,
    /// Something keeps the buyer from deciding.
    BlockerRaised,
    /// It no longer does.
    BlockerResolved,
    /// Something is to be done with the buyer, and neither was nor was given up.
    ActivityPlanned,
    /// It was done.
    ActivityCompleted,
    /// It was given up.
    ActivityCancelled,
    /// A close was won.
    Close,
    /// Something happened to a close.
    CloseMovement,
    /// Credit was opened or moved.
    Credit,
}

/// One thing that happened, and which row tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// When it happened.
    pub at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What.
    pub kind: ItemKind,
    /// The row that tells of it; it orders what happened at one instant.
    pub row: Uuid,
    /// The object it is about: the row itself, or the person who became known, the pointer that ended, the blocker
    /// that was resolved, the activity whose event it is.
    pub object: Uuid,
}

impl Item {
    const fn cursor(&self) -> Cursor {
        Cursor { key: self.at.micros(), id: self.row }
    }

    const fn place(&self) -> (i64, Uuid) {
        (self.at.micros(), self.row)
    }
}

/// Everybody whose journey it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Travellers {
    /// The people, whoever they are the same with included.
    pub(super) people: Vec<PersonId>,
    /// The accounts themselves.
    pub(super) accounts: Vec<AccountId>,
}

/// A page of what happened to a buyer, oldest first.
#[derive(Clone, Debug)]
pub struct Journey {
    /// As of when.
    pub as_of: Timestamp,
    /// The page.
    pub listing: Listing<Item>,
}

/// A page of the journey of a person, or of an account and whoever bought for it as of the instant.
///
/// # Errors
/// A problem with `asOf`; [`Error::NotFound`] where the caller does not see the buyer.
pub async fn journey(
    scope: &Scope<JourneyRead>,
    buyer: Identity,
    as_of: Option<Timestamp>,
    page: PageRequest,
    with_total: bool,
) -> Result<Journey> {
    let as_of = input::as_of(as_of, scope.now())?;
    is_seen(scope, buyer).await?;
    let tx = scope.read().await?;
    let travellers = travellers(&tx, buyer, as_of).await?;
    let total = if with_total { Some(store::count(&tx, &travellers, as_of).await?) } else { None };
    let found = store::items(&tx, &travellers, as_of, page).await?;
    Ok(Journey { as_of, listing: Listing { page: page_of(found, page), total } })
}

async fn is_seen(scope: &Scope<JourneyRead>, buyer: Identity) -> Result<()> {
    let buyers = scope.also()?;
    let seen = match buyer {
        Identity::Person(id) => people_by_id(&buyers, &[id]).await?.contains_key(&id),
        Identity::Account(id) => accounts_by_id(&buyers, &[id]).await?.contains_key(&id),
    };
    if seen { Ok(()) } else { Err(Error::NotFound) }
}

async fn travellers(tx: &TenantTx, buyer: Identity, as_of: Timestamp) -> Result<Travellers> {
    let same = canonical_of(tx, buyer.kind(), [buyer.uuid()], as_of).await?;
    match buyer {
        Identity::Person(id) => Ok(Travellers { people: same.all_of(id), accounts: Vec::new() }),
        Identity::Account(id) => {
            let accounts = same.all_of(id);
            let mut people = people_affiliated(tx, &accounts, as_of).await?;
            let same = canonical_of(tx, BuyerKind::Person, people.iter().map(|id| id.uuid()), as_of).await?;
            people.extend(same.others_than(&people));
            Ok(Travellers { people, accounts })
        }
    }
}

/// Puts a page together from what each kind of row offered for it.
fn page_of(mut found: Vec<Item>, request: PageRequest) -> Page<Item> {
    found.sort_unstable_by_key(Item::place);
    // What belongs to a person and their account was found from both sides.
    found.dedup_by_key(|item| item.row);
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    let (has_next, has_previous) = match request.edge {
        Edge::After(cursor) => {
            found.truncate(size);
            (more, cursor.is_some())
        }
        Edge::Before(cursor) => {
            found.drain(..found.len().saturating_sub(size));
            (cursor.is_some(), more)
        }
    };
    Page { items: found.into_iter().map(|item| (item.cursor(), item)).collect(), has_next, has_previous }
}

/// How a buyer came to us: what was observed, and what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuyerSource {
    /// Their first touch that was observed.
    pub observed: Option<touch::Model>,
    /// What they said last of how they heard of us.
    pub self_reported: Option<touch::Model>,
}

/// How a buyer came to us, as of an instant.
///
/// # Errors
/// A problem with `asOf`; [`Error::NotFound`] where the caller does not see the buyer.
pub async fn buyer_source(scope: &Scope<JourneyRead>, buyer: Identity, as_of: Option<Timestamp>) -> Result<BuyerSource> {
    let as_of = input::as_of(as_of, scope.now())?;
    is_seen(scope, buyer).await?;
    let tx = scope.read().await?;
    let travellers = travellers(&tx, buyer, as_of).await?;
    store::source(&tx, &travellers, as_of).await
}

/// What a buyer said of how they heard of us.
#[derive(Clone, Debug, Serialize)]
pub struct SelfReport {
    /// The person.
    pub person_id: Option<PersonId>,
    /// The account.
    pub account_id: Option<AccountId>,
    /// When they said it.
    pub occurred_at: Timestamp,
    /// Where they heard of us.
    pub channel: Channel,
    /// The resource that channel is of, for them.
    pub resource: Resource,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Records what a buyer said of how they heard of us, beside what was observed.
///
/// # Errors
/// As recording a touch does.
pub async fn record_self_report(scope: &Scope<TouchWrite>, said: &SelfReport, key: Option<&str>) -> Result<touch::Model> {
    if said.person_id.is_none() && said.account_id.is_none() {
        return Err(Error::invalid("personId", ProblemCode::Required, "name a person, an account, or both"));
    }
    let new = NewTouch {
        occurred_at: said.occurred_at,
        kind: TouchKind::SelfReport,
        channel: Some(said.channel),
        actor_kind: ActorKind::SelfReported,
        resource: Some(said.resource),
        direction: None,
        tactic_id: None,
        person_id: said.person_id,
        account_id: said.account_id,
        content_id: None,
        external_id: said.external_id.clone(),
    };
    record_touch(scope, new, key).await
}
