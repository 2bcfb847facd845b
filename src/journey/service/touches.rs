//! Recording, correcting and finding touches.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem::discriminant;

use entity::ids::{AccountId, ContentId, PersonId, TacticId, TouchId, TypedId};
use entity::kinds::{ActorKind, Channel, Direction, Resource, TouchKind};
use entity::time::Timestamp;
use entity::{content, tactic, touch};
use serde::Serialize;
use uuid::Uuid;

use super::Span;
use crate::auth::Scope;
use crate::auth::permission::grant::{JourneyRead, TouchWrite};
use crate::buyers::service::{Buyers, known_buyers};
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, checked, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::journey::store;

/// Which touches are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct TouchFilter {
    /// Those of a person.
    pub person_id: Option<PersonId>,
    /// Those of an account itself.
    pub account_id: Option<AccountId>,
    /// Those that are part of a tactic.
    pub tactic_id: Option<TacticId>,
    /// Those that used a piece of content.
    pub content_id: Option<ContentId>,
    /// Those of a resource.
    pub resource: Option<Resource>,
    /// Those that happened somewhere.
    pub channel: Option<Channel>,
    /// Those that happened in a span.
    pub occurred: Span,
    /// Those that were corrected or taken back too, and the rows that say so.
    pub include_corrected: bool,
}

/// A page of touches, latest first.
///
/// # Errors
/// A problem with `filter`.
pub async fn touches(
    scope: &Scope<JourneyRead>,
    filter: &TouchFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<touch::Model>> {
    filter.occurred.checked("filter.occurredTo")?;
    store::touches(&scope.read().await?, filter).listing(page, with_total).await
}

/// The touches with some ids.
///
/// # Errors
/// What the database says.
pub async fn touches_by_id(scope: &Scope<JourneyRead>, ids: &[TouchId]) -> Result<HashMap<TouchId, touch::Model>> {
    let rows = scope.read().await?.get_many::<touch::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The rows that correct some touches, by the id of those.
///
/// # Errors
/// What the database says.
pub async fn touch_corrections(scope: &Scope<JourneyRead>, ids: &[TouchId]) -> Result<HashMap<TouchId, touch::Model>> {
    let rows = scope.read().await?.corrections_of::<touch::Entity>(ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.supersedes_id?, row))).collect())
}

/// Whose touches are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TouchesOf {
    /// A person's.
    Person(PersonId),
    /// An account's own.
    Account(AccountId),
    /// Those that are part of a tactic.
    Tactic(TacticId),
    /// Those that used a piece of content.
    Content(ContentId),
}

impl TouchesOf {
    fn uuid(self) -> Uuid {
        match self {
            Self::Person(id) => id.uuid(),
            Self::Account(id) => id.uuid(),
            Self::Tactic(id) => id.uuid(),
            Self::Content(id) => id.uuid(),
        }
    }
}

/// The same page of the touches of each of some people, accounts, tactics and pieces of content, in one statement for each of these kinds.
///
/// # Errors
/// What the database says.
pub async fn touches_of(
    scope: &Scope<JourneyRead>,
    parents: &[TouchesOf],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<TouchesOf, Listing<touch::Model>>> {
    let tx = scope.read().await?;
    let mut parents = parents.to_vec();
    parents.sort_unstable();
    let mut found = HashMap::with_capacity(parents.len());
    // The touches of each kind of parent hang on a column of their own.
    for kind in parents.chunk_by(|one, next| discriminant(one) == discriminant(next)) {
        let Some(&some) = kind.first() else { continue };
        let ids: Vec<Uuid> = kind.iter().map(|parent| parent.uuid()).collect();
        let column = store::touch_column(some);
        let touches = store::touches_of(&tx, column, &ids);
        let mut pages = touches.pages_within(column, |row| parent_like(some, row), page, with_total).await?;
        found.extend(kind.iter().filter_map(|parent| Some((*parent, pages.remove(&parent.uuid())?))));
    }
    Ok(found)
}

/// The parent of a touch of the same kind as another parent.
fn parent_like(some: TouchesOf, row: &touch::Model) -> Option<Uuid> {
    match some {
        TouchesOf::Person(_) => row.person_id.map(TypedId::uuid),
        TouchesOf::Account(_) => row.account_id.map(TypedId::uuid),
        TouchesOf::Tactic(_) => row.tactic_id.map(TypedId::uuid),
        TouchesOf::Content(_) => row.content_id.map(TypedId::uuid),
    }
}

/// When a person was first touched, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn first_touch_at(tx: &TenantTx, person: PersonId) -> Result<Option<Timestamp>> {
    Ok(store::earliest_of_person(tx, person).await?.map(|touch| touch.occurred_at))
}

/// A new touch.
#[derive(Clone, Debug, Serialize)]
pub struct NewTouch {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: TouchKind,
    /// Where; the tactic's channel where it is not said.
    pub channel: Option<Channel>,
    /// Who acted.
    pub actor_kind: ActorKind,
    /// The resource it belongs to; the tactic's where it is not said.
    pub resource: Option<Resource>,
    /// Who began it.
    pub direction: Option<Direction>,
    /// The tactic it is part of.
    pub tactic_id: Option<TacticId>,
    /// The content that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_id: Option<ContentId>,
    /// The person; a touch has a person or an account.
    pub person_id: Option<PersonId>,
    /// The account; a touch has a person or an account.
    pub account_id: Option<AccountId>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Records a touch.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where the caller works for another resource.
pub async fn record_touch(scope: &Scope<TouchWrite>, new: NewTouch, key: Option<&str>) -> Result<touch::Model> {
    only(record(scope, "recordTouch", vec![new], key).await?)
}

/// Records touches, each for itself.
///
/// # Errors
/// A problem with `items` where there are too many; problems with a touch are its outcome.
pub async fn record_touches(scope: &Scope<TouchWrite>, items: Vec<NewTouch>, key: Option<&str>) -> Result<Vec<Outcome<touch::Model>>> {
    record(scope, "recordTouches", items, key).await
}

async fn record(
    scope: &Scope<TouchWrite>,
    operation: &'static str,
    items: Vec<NewTouch>,
    key: Option<&str>,
) -> Result<Vec<Outcome<touch::Model>>> {
    let call = BulkCall::<touch::Entity>::new(key, operation, &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_touches_in(&tx, scope, &items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of touches within a transaction.
///
/// # Errors
/// What the database says; problems with a touch are its outcome.
pub async fn record_touches_in(tx: &TenantWrite, scope: &Scope<TouchWrite>, items: &[NewTouch]) -> Result<Vec<Outcome<touch::Model>>> {
    record_touches_of(tx, scope, buyers_of(tx, items).await?, items).await
}

async fn buyers_of(tx: &TenantTx, items: &[NewTouch]) -> Result<Buyers> {
    known_buyers(tx, items.iter().filter_map(|new| new.person_id), items.iter().filter_map(|new| new.account_id)).await
}

/// Records any number of touches of buyers who were found in the same transaction.
///
/// # Errors
/// What the database says; problems with a touch are its outcome.
pub async fn record_touches_of(
    tx: &TenantWrite,
    scope: &Scope<TouchWrite>,
    buyers: Buyers,
    items: &[NewTouch],
) -> Result<Vec<Outcome<touch::Model>>> {
    let known = Known::load(tx, buyers, items).await?;
    let rows = items.iter().map(|new| checked(known.check(scope, new))).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::<touch::Entity>::begin(tx, rows.iter().flatten()).await?;
    batch.settle(rows, same);
    batch.insert(tx).await
}

fn same(known: &touch::Model, offered: &touch::Model) -> bool {
    let content = |row: &touch::Model| {
        let what = (row.occurred_at, row.kind, row.channel, row.actor_kind, row.resource, row.direction);
        (what, row.tactic_id, row.content_id, row.person_id, row.account_id)
    };
    content(known) == content(offered)
}

/// What the touches of a call name and what of it exists.
struct Known {
    buyers: Buyers,
    tactics: HashMap<TacticId, tactic::Model>,
    contents: HashSet<ContentId>,
}

impl Known {
    async fn load(tx: &TenantTx, buyers: Buyers, items: &[NewTouch]) -> Result<Self> {
        let tactics: Vec<TacticId> = items.iter().filter_map(|new| new.tactic_id).collect::<BTreeSet<_>>().into_iter().collect();
        let tactics = store::tactics_shared(tx, &tactics).await?.into_iter().map(|row| (row.id, row)).collect();
        let contents = tx.existing::<content::Entity>(items.iter().filter_map(|new| new.content_id)).await?;
        Ok(Self { buyers, tactics, contents })
    }

    fn check(&self, scope: &Scope<TouchWrite>, new: &NewTouch) -> Result<touch::Model> {
        let mut problems = Problems::new();
        problems.take(input::moment("occurredAt", new.occurred_at, scope.now()))?;
        let tactic = new.tactic_id.and_then(|id| self.tactics.get(&id));
        if new.tactic_id.is_some() && tactic.is_none() {
            problems.take::<()>(Err(Error::unknown("tacticId")))?;
        }
        if new.content_id.is_some_and(|content| !self.contents.contains(&content)) {
            problems.take::<()>(Err(Error::unknown("contentId")))?;
        }
        if let Some(person) = new.person_id {
            problems.take(self.buyers.person(person, "personId"))?;
        }
        if new.account_id.is_some_and(|account| !self.buyers.accounts.contains(&account)) {
            problems.take::<()>(Err(Error::unknown("accountId")))?;
        }
        if new.person_id.is_none() && new.account_id.is_none() {
            problems.push("personId", ProblemCode::Required, "a touch has a person or an account");
        }
        let resource = problems.take(resource(scope, new.resource, tactic))?.flatten();
        let channel = new.channel.or(tactic.map(|tactic| tactic.channel));
        let unsaid = new.tactic_id.is_none();
        if channel.is_none() && unsaid {
            problems.push("channel", ProblemCode::Required, "is needed where no tactic gives it");
        }
        if resource.is_none() && unsaid && problems.is_empty() {
            problems.push("resource", ProblemCode::Required, "is needed where no tactic gives it");
        }
        let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
        problems.check()?;
        let (source, external_id) = ExternalId::split(external_id);
        Ok(touch::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            occurred_at: new.occurred_at,
            kind: new.kind,
            channel: channel.ok_or(Error::broken("the channel is settled by now"))?,
            actor_kind: new.actor_kind,
            resource: resource.ok_or(Error::broken("the resource is settled by now"))?,
            direction: new.direction,
            tactic_id: new.tactic_id,
            content_id: new.content_id,
            person_id: new.person_id,
            account_id: new.account_id,
            supersedes_id: None,
            retracted: false,
            source,
            external_id,
            recorded_at: scope.now(),
        })
    }
}

/// A touch that is part of a tactic belongs to the tactic's resource.
fn resource(scope: &Scope<TouchWrite>, said: Option<Resource>, tactic: Option<&tactic::Model>) -> Result<Option<Resource>> {
    let settled = match (said, tactic) {
        (Some(said), Some(tactic)) if said != tactic.resource => {
            let message = format!("the tactic belongs to {}", tactic.resource.name());
            return Err(Error::invalid("resource", ProblemCode::Invalid, message));
        }
        (Some(said), _) => Some(said),
        (None, tactic) => tactic.map(|tactic| tactic.resource),
    };
    if let Some(resource) = settled {
        scope.covers(resource, "resource")?;
    }
    Ok(settled)
}

/// What was wrong about a touch; what is `None` was right.
#[derive(Clone, Debug, Serialize)]
pub struct CorrectTouch {
    /// The touch: the newest row of it.
    pub touch_id: TouchId,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// What happened.
    pub kind: Option<TouchKind>,
    /// Where.
    pub channel: Option<Channel>,
    /// Who acted.
    pub actor_kind: Option<ActorKind>,
    /// The resource it belongs to.
    pub resource: Option<Resource>,
    /// Who began it; `Some(None)` if nobody knows.
    pub direction: Option<Option<Direction>>,
    /// The tactic it is part of; `Some(None)` for none.
    pub tactic_id: Option<Option<TacticId>>,
    /// The content that was used; `Some(None)` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_id: Option<Option<ContentId>>,
    /// The person; `Some(None)` for none.
    pub person_id: Option<Option<PersonId>>,
    /// The account; `Some(None)` for none.
    pub account_id: Option<Option<AccountId>>,
    /// It did not happen at all; then nothing else is corrected.
    pub retract: bool,
    /// Repeating it gives the same correction.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl CorrectTouch {
    fn changes_content(&self) -> bool {
        self.occurred_at.is_some()
            || self.kind.is_some()
            || self.channel.is_some()
            || self.actor_kind.is_some()
            || self.resource.is_some()
            || self.direction.is_some()
            || self.tactic_id.is_some()
            || self.content_id.is_some()
            || self.person_id.is_some()
            || self.account_id.is_some()
    }

    /// The touch as it should have been recorded.
    fn applied(&self, before: &touch::Model) -> NewTouch {
        // Where the touch becomes part of another tactic, that one's resource holds unless another is said.
        let resource = if matches!(self.tactic_id, Some(Some(_))) { None } else { Some(before.resource) };
        NewTouch {
            occurred_at: self.occurred_at.unwrap_or(before.occurred_at),
            kind: self.kind.unwrap_or(before.kind),
            channel: Some(self.channel.unwrap_or(before.channel)),
            actor_kind: self.actor_kind.unwrap_or(before.actor_kind),
            resource: self.resource.or(resource),
            direction: self.direction.unwrap_or(before.direction),
            tactic_id: self.tactic_id.unwrap_or(before.tactic_id),
            content_id: self.content_id.unwrap_or(before.content_id),
            person_id: self.person_id.unwrap_or(before.person_id),
            account_id: self.account_id.unwrap_or(before.account_id),
            external_id: None,
        }
    }
}

/// Corrects a touch by a new row, or takes it back.
///
/// # Errors
/// Problems with the fields; `ALREADY_CORRECTED` where it stands no more.
pub async fn correct_touch(scope: &Scope<TouchWrite>, change: &CorrectTouch) -> Result<touch::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "correctTouch", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<TouchId>(&tx).await? {
        return tx.get::<touch::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = tx.get::<touch::Entity>(change.touch_id).await?.ok_or_else(|| Error::unknown("touchId"))?;
    scope.covers(before.resource, "touchId")?;
    if before.retracted || tx.is_corrected::<touch::Entity>(before.id).await? {
        let message = "it stands no more: correct the newest row, or record anew what was taken back";
        return Err(Error::invalid("touchId", ProblemCode::AlreadyCorrected, message));
    }
    let after = if change.retract { retraction(scope, change, &before)? } else { correction(&tx, scope, change, &before).await? };
    let after = tx.correct::<touch::Entity>(after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

fn retraction(scope: &Scope<TouchWrite>, change: &CorrectTouch, before: &touch::Model) -> Result<touch::Model> {
    if change.changes_content() {
        return Err(Error::invalid("retract", ProblemCode::Invalid, "what did not happen has nothing to correct"));
    }
    Ok(touch::Model {
        id: scope.next_id(),
        supersedes_id: Some(before.id),
        retracted: true,
        source: None,
        external_id: None,
        recorded_at: scope.now(),
        ..before.clone()
    })
}

async fn correction(tx: &TenantTx, scope: &Scope<TouchWrite>, change: &CorrectTouch, before: &touch::Model) -> Result<touch::Model> {
    let new = change.applied(before);
    if new.actor_kind == ActorKind::SelfReported && before.actor_kind != ActorKind::SelfReported {
        let message = "what the buyer says never takes the place of what was observed; record it as a touch of its own";
        return Err(Error::invalid("actorKind", ProblemCode::NotAllowed, message));
    }
    let new = std::slice::from_ref(&new);
    let mut buyers = buyers_of(tx, new).await?;
    if let Some(person) = before.person_id {
        // What is known of an erased subject may still be put right.
        buyers.erased.remove(&person);
    }
    let known = Known::load(tx, buyers, new).await?;
    let row = known.check(scope, &change.applied(before))?;
    Ok(touch::Model { supersedes_id: Some(before.id), ..row })
}
