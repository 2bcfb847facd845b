//! From anonymous to known: a visitor tells who they are.

use entity::ids::{AccountId, PersonId, TypedId};
use entity::kinds::{IdentifiedBy, PersonKind};
use entity::person;
use entity::time::Timestamp;
use serde::Serialize;

use super::merge::point;
use super::{BuyerKind, Identity, canonical_of};
use crate::auth::Scope;
use crate::auth::permission::grant::BuyerWrite;
use crate::buyers::service::people::{identify, known_since, note_history};
use crate::buyers::service::{NewPerson, hold_buyers, is_erased, record_people_in};
use crate::buyers::store;
use crate::db::{Idempotent, Outcome, TenantWrite, erased, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};

/// What a visitor told.
#[derive(Clone, Debug, Serialize)]
pub struct IdentifyPerson {
    /// Who told it; this or their anonymous id.
    pub person_id: Option<PersonId>,
    /// What another system calls who told it: a cookie, a device. Whoever it did not name before is recorded.
    pub anonymous_id: Option<ExternalId>,
    /// How.
    pub how: IdentifiedBy,
    /// When.
    pub occurred_at: Timestamp,
    /// Contact data.
    pub name: Option<String>,
    /// Contact data.
    pub email: Option<String>,
    /// What another system calls them now that they are known.
    pub external_id: Option<ExternalId>,
    /// The company they buy for.
    pub account_id: Option<AccountId>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A visitor who is known.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Who told it.
    pub visitor: person::Model,
    /// Who that is: the visitor, or somebody who was known before by the same address or external id.
    pub person: person::Model,
}

/// What was told, checked.
#[derive(Clone)]
struct Told {
    name: Option<String>,
    email: Option<String>,
    external_id: Option<ExternalId>,
    account_id: Option<AccountId>,
    how: IdentifiedBy,
    at: Timestamp,
}

/// Makes a visitor known. Where somebody is known already by the external id or the address they left, the visitor is said to
/// be them; no row of what happened is touched. An address beside one they left before is an identity of its own that points
/// to them. Saying the same again changes nothing.
///
/// # Errors
/// Problems with the fields; `ERASED` where the visitor, or whoever had the address or the external id, was erased.
pub async fn identify_person(scope: &Scope<BuyerWrite>, wanted: &IdentifyPerson) -> Result<Identified> {
    let once = Idempotent::new(wanted.idempotency_key.as_deref(), "identifyPerson", wanted)?;
    let tx = scope.write().await?;
    if let Some((visitor, person)) = once.recall::<(PersonId, PersonId)>(&tx).await? {
        return Ok(Identified { visitor: row(&tx, visitor, "personId").await?, person: row(&tx, person, "personId").await? });
    }
    let told = check(scope, wanted)?;
    let (visitor, field) = visitor(&tx, scope, wanted).await?;
    let known = somebody_known(&tx, &told, visitor).await?;
    // The id that stands for them from now on is recorded before anything is held that others wait for.
    let named = named_now(&tx, scope, &told, visitor, known).await?;
    let held = hold_buyers(&tx, [Some(visitor), known, named].into_iter().flatten(), told.account_id).await?;
    held.person(visitor, field)?;
    if told.account_id.is_some_and(|account| !held.accounts.contains(&account)) {
        return Err(Error::unknown("accountId"));
    }
    // Read again: what was read before it was held may have changed.
    let before = row(&tx, visitor, field).await?;
    tx.within_namespace::<person::Entity>(&before)?;
    known_since(&tx, scope, visitor, told.at).await.map_err(|error| error.renamed("knownAt", "occurredAt"))?;
    let another_address =
        known.is_none() && named.is_none() && told.email.is_some() && before.email.is_some() && told.email != before.email;
    let alias = if another_address { Some(tx.derive(record(&tx, scope, &told, None)).await?) } else { None };
    tx.one_at_a_time().await?;
    if somebody_known(&tx, &told, visitor).await? != named.or(known).or(alias.as_ref().map(|row| row.id)) {
        return Err(Error::Conflict("somebody else is being identified by the same address or external id; try again"));
    }
    let person = match (known, named, &alias) {
        (Some(known), named, _) => {
            let known = join(&tx, scope, row(&tx, known, "email").await?, &told).await?;
            become_known(&tx, scope, &before, &told, false).await?;
            say_same(&tx, scope, visitor, known.id).await?;
            if let Some(named) = named {
                say_same(&tx, scope, named, known.id).await?;
            }
            known
        }
        (None, Some(named), _) => {
            become_known(&tx, scope, &before, &told, false).await?;
            say_same(&tx, scope, visitor, named).await?;
            row(&tx, named, "externalId").await?
        }
        (None, None, Some(alias)) => {
            say_same(&tx, scope, alias.id, visitor).await?;
            before
        }
        (None, None, None) => become_known(&tx, scope, &before, &told, true).await?,
    };
    let visitor = row(&tx, visitor, field).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &(visitor.id, person.id)).await?;
    tx.commit().await?;
    Ok(Identified { visitor, person })
}

fn check(scope: &Scope<BuyerWrite>, wanted: &IdentifyPerson) -> Result<Told> {
    let mut problems = Problems::new();
    match (wanted.person_id, &wanted.anonymous_id) {
        (None, None) => problems.push("personId", ProblemCode::Required, "name a person, or give an anonymous id"),
        (Some(_), Some(_)) => problems.push("anonymousId", ProblemCode::Invalid, "name a person, or give an anonymous id, not both"),
        (Some(_), None) | (None, Some(_)) => {}
    }
    problems.take(input::moment("occurredAt", wanted.occurred_at, scope.now()))?;
    let told = Told {
        name: problems.take(input::optional_text("name", wanted.name.as_deref(), input::NAME))?.flatten(),
        email: problems.take(wanted.email.as_deref().map(|email| input::email("email", email)).transpose())?.flatten(),
        external_id: problems.take(ExternalId::optional("externalId", wanted.external_id.as_ref()))?.flatten(),
        account_id: wanted.account_id,
        how: wanted.how,
        at: wanted.occurred_at,
    };
    problems.check()?;
    Ok(told)
}

async fn row(tx: &TenantWrite, id: PersonId, field: &str) -> Result<person::Model> {
    tx.get::<person::Entity>(id).await?.ok_or_else(|| Error::unknown(field))
}

/// Who told it, and the field that says so.
async fn visitor(tx: &TenantWrite, scope: &Scope<BuyerWrite>, wanted: &IdentifyPerson) -> Result<(PersonId, &'static str)> {
    if let Some(id) = wanted.person_id {
        return Ok((id, "personId"));
    }
    let name = ExternalId::optional("anonymousId", wanted.anonymous_id.as_ref())?.ok_or(Error::broken("one of the two is given"))?;
    if let Some(id) = tx.ids_named::<person::Entity>(std::slice::from_ref(&name)).await?.get(&name) {
        return Ok((*id, "anonymousId"));
    }
    let new = NewPerson { external_id: Some(name), ..NewPerson::default() };
    let row = recorded(tx, scope, new).await.map_err(|error| error.renamed("externalId", "anonymousId"))?;
    Ok((row.id, "anonymousId"))
}

async fn recorded(tx: &TenantWrite, scope: &Scope<BuyerWrite>, new: NewPerson) -> Result<person::Model> {
    match record_people_in(tx, scope, &[new]).await?.pop() {
        Some(Outcome::Recorded(row) | Outcome::Unchanged(row)) => Ok(row),
        Some(Outcome::Rejected(problems)) => Err(Error::Invalid(problems)),
        None => Err(Error::broken("an item has an outcome")),
    }
}

/// Records somebody by what was told.
async fn record(tx: &TenantWrite, scope: &Scope<BuyerWrite>, told: &Told, external_id: Option<ExternalId>) -> Result<person::Model> {
    let new = NewPerson {
        name: told.name.clone(),
        email: told.email.clone(),
        account_id: told.account_id,
        owner_id: None,
        known_at: Some(told.at),
        external_id,
    };
    recorded(tx, scope, new).await.map_err(|error| error.renamed("knownAt", "occurredAt"))
}

/// Who is known by the external id, or else by the address, and is not the visitor anyway: of several the oldest.
async fn somebody_known(tx: &TenantWrite, told: &Told, visitor: PersonId) -> Result<Option<PersonId>> {
    if let Some(id) = named_already(tx, told).await?
        && id != visitor
    {
        return Ok(Some(id));
    }
    match &told.email {
        Some(email) => Ok(store::oldest_with_email(tx, email).await?.filter(|id| *id != visitor)),
        None => Ok(None),
    }
}

async fn named_already(tx: &TenantWrite, told: &Told) -> Result<Option<PersonId>> {
    let Some(name) = &told.external_id else { return Ok(None) };
    Ok(tx.ids_named::<person::Entity>(std::slice::from_ref(name)).await?.get(name).copied())
}

/// Whoever the external id names from now on, where it named nobody: with the details where nobody has them yet.
async fn named_now(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    told: &Told,
    visitor: PersonId,
    known: Option<PersonId>,
) -> Result<Option<PersonId>> {
    if told.external_id.is_none() || named_already(tx, told).await?.is_some() {
        return Ok(None);
    }
    let details = if known.is_some() { Told { name: None, email: None, ..told.clone() } } else { told.clone() };
    let new = record(tx, scope, &details, told.external_id.clone()).await?;
    Ok(Some(new.id).filter(|id| *id != visitor))
}

/// Adds to who is known what was not known of them.
async fn join(tx: &TenantWrite, scope: &Scope<BuyerWrite>, known: person::Model, told: &Told) -> Result<person::Model> {
    if known.erased_at.is_some() {
        return Err(is_erased("email"));
    }
    // Whose touches count for somebody is for who may change them.
    tx.within_namespace::<person::Entity>(&known)?;
    let mut after = known.clone();
    after.account_id = known.account_id.or(told.account_id);
    if known.known_at.is_none() {
        after.known_at = Some(told.at);
        after.kind = PersonKind::Known;
    }
    keep(tx, scope, &known, after, told.how).await
}

/// Makes the visitor's own row known; with details where nobody else has them.
async fn become_known(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    before: &person::Model,
    told: &Told,
    with_details: bool,
) -> Result<person::Model> {
    let mut after = before.clone();
    after.known_at = before.known_at.or(Some(told.at));
    after.kind = PersonKind::Known;
    after.account_id = told.account_id.or(before.account_id);
    if with_details {
        after.name = before.name.clone().or_else(|| told.name.clone());
        after.email = before.email.clone().or_else(|| told.email.clone());
        if after.email != before.email && !tx.erased_emails(after.email.clone().into_iter().collect()).await?.is_empty() {
            return Err(Error::Invalid(vec![erased("email")]));
        }
        let mut problems = Problems::new();
        identify(&mut after, &mut problems);
        problems.check()?;
    }
    keep(tx, scope, before, after, told.how).await
}

async fn keep(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    before: &person::Model,
    mut after: person::Model,
    how: IdentifiedBy,
) -> Result<person::Model> {
    if after != *before {
        after.version += 1;
        store::update_person(tx, &after).await?;
        note_history(tx, scope, Some(before), &after, how).await?;
    }
    Ok(after)
}

/// Says that one is another one, unless that is known.
async fn say_same(tx: &TenantWrite, scope: &Scope<BuyerWrite>, from: PersonId, to: PersonId) -> Result<()> {
    let now = canonical_of(tx, BuyerKind::Person, [from, to].map(TypedId::uuid), scope.now()).await?;
    if now.of(from) != now.of(to) {
        point(tx, scope, Identity::Person(from), Identity::Person(to), None).await?;
    }
    Ok(())
}
