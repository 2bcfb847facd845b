//! Recording, revising and finding people.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, MemberId, PersonId, TypedId};
use entity::kinds::{ConsentPurpose, IdentifiedBy, PersonKind};
use entity::time::Timestamp;
use entity::{affiliation, identification, person};
use serde::Serialize;
use uuid::Uuid;

use super::{is_erased, known_buyers, search_key, search_text};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, ContactRead};
use crate::buyers::store;
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, checked, erased, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::journey;
use crate::organization::service::Owners;

/// Which people are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct PersonFilter {
    /// Part of the name or address, in any case.
    pub search: Option<String>,
    /// The whole address, in any case.
    pub email: Option<String>,
    /// Anonymous or known.
    pub kind: Option<PersonKind>,
    /// The company they buy for.
    pub account_id: Option<AccountId>,
    /// The system that named them.
    pub source: Option<String>,
    /// Their latest decision on this purpose grants it, and they were not erased.
    pub consented_to: Option<ConsentPurpose>,
}

/// A page of people.
///
/// # Errors
/// A problem with `filter`; [`Error::Forbidden`] where somebody searches contact data who may not read it.
pub async fn people(
    scope: &Scope<BuyerRead>,
    mut filter: PersonFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<person::Model>> {
    if filter.search.is_some() || filter.email.is_some() {
        // Whether a search finds somebody tells as much as the name.
        scope.also::<ContactRead>()?;
    }
    filter.search = input::optional_text("filter.search", filter.search.as_deref(), input::NAME)?.map(|text| search_text(&text));
    filter.email = input::optional_text("filter.email", filter.email.as_deref(), input::NAME)?.map(|text| text.to_lowercase());
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    store::people(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The people with some ids.
///
/// # Errors
/// What the database says.
pub async fn people_by_id(scope: &Scope<BuyerRead>, ids: &[PersonId]) -> Result<HashMap<PersonId, person::Model>> {
    let rows = scope.read().await?.get_many::<person::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The same page of the people of each of some accounts.
///
/// # Errors
/// What the database says.
pub async fn people_of(
    scope: &Scope<BuyerRead>,
    accounts: &[AccountId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<person::Model>>> {
    let tx = scope.read().await?;
    let account = |row: &person::Model| row.account_id.map(TypedId::uuid);
    store::people_of(&tx, accounts).pages_within(store::PERSON_ACCOUNT, account, page, with_total).await
}

/// Everybody who buys for one of some accounts, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn people_within(tx: &TenantTx, accounts: &[AccountId]) -> Result<Vec<person::Model>> {
    store::people_of(tx, accounts).all().await
}

/// The person another system named.
///
/// # Errors
/// A problem with the name.
pub async fn person_by_external_id(scope: &Scope<BuyerRead>, name: &ExternalId) -> Result<Option<person::Model>> {
    let name = ExternalId::new("externalId", &name.source, &name.id)?;
    let mut found = scope.read().await?.get_named::<person::Entity>(std::slice::from_ref(&name)).await?;
    Ok(found.remove(&name))
}

/// The ids of the people other systems named, by name, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn people_named(tx: &TenantTx, names: &[ExternalId]) -> Result<HashMap<ExternalId, PersonId>> {
    tx.ids_named::<person::Entity>(names).await
}

/// A new person.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewPerson {
    /// Contact data.
    pub name: Option<String>,
    /// Contact data.
    pub email: Option<String>,
    /// The company they buy for.
    pub account_id: Option<AccountId>,
    /// The member who looks after them.
    pub owner_id: Option<MemberId>,
    /// Since when they are known; `None` for an anonymous person.
    pub known_at: Option<Timestamp>,
    /// What another system calls them.
    pub external_id: Option<ExternalId>,
}

/// Records a person.
///
/// # Errors
/// Problems with `name`, `email`, `accountId`, `ownerId`, `knownAt`, `externalId`; `ERASED` where whoever had the address or the
/// external id was erased.
pub async fn record_person(scope: &Scope<BuyerWrite>, new: NewPerson, key: Option<&str>) -> Result<person::Model> {
    only(record(scope, "recordPerson", vec![new], key).await?)
}

/// Records people, each for themselves.
///
/// # Errors
/// A problem with `items` where there are too many; problems with a person are their outcome.
pub async fn record_people(scope: &Scope<BuyerWrite>, items: Vec<NewPerson>, key: Option<&str>) -> Result<Vec<Outcome<person::Model>>> {
    record(scope, "recordPeople", items, key).await
}

async fn record(
    scope: &Scope<BuyerWrite>,
    operation: &'static str,
    items: Vec<NewPerson>,
    key: Option<&str>,
) -> Result<Vec<Outcome<person::Model>>> {
    let call = BulkCall::<person::Entity>::new(key, operation, &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_people_in(&tx, scope, &items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of people within a transaction.
///
/// # Errors
/// What the database says; problems with a person are their outcome.
pub async fn record_people_in(tx: &TenantWrite, scope: &Scope<BuyerWrite>, items: &[NewPerson]) -> Result<Vec<Outcome<person::Model>>> {
    let accounts = known_buyers(tx, [], items.iter().filter_map(|new| new.account_id)).await?.accounts;
    let owners = Owners::load(tx, items.iter().filter_map(|new| new.owner_id)).await?;
    let rows = items.iter().map(|new| checked(check(scope, new, &accounts, &owners))).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::<person::Entity>::begin(tx, rows.iter().flatten()).await?;
    // After the rows with their names: who is erased meanwhile is found here.
    let kept_out = tx.erased_emails(rows.iter().flatten().filter_map(|row| row.email.clone()).collect()).await?;
    for row in rows {
        match row {
            Err(problems) => batch.reject(problems),
            Ok(row) if batch.knows(&row, same) => {}
            Ok(row) if row.email.as_ref().is_some_and(|email| kept_out.contains(email)) => batch.reject(vec![erased("email")]),
            Ok(row) => batch.record(row),
        }
    }
    let outcomes = batch.insert(tx).await?;
    let new = || outcomes.iter().filter_map(|outcome| if let Outcome::Recorded(row) = outcome { Some(row) } else { None });
    let identified: Vec<_> = new().filter_map(|row| identification(scope, None, row, IdentifiedBy::Recorded)).collect();
    let affiliated: Vec<_> = new().filter_map(|row| affiliation(scope, None, row)).collect();
    tx.insert_many::<identification::Entity>(&identified).await?;
    tx.insert_many::<affiliation::Entity>(&affiliated).await?;
    Ok(outcomes)
}

/// Since when somebody is known, where that is new.
fn identification(
    scope: &Scope<BuyerWrite>,
    before: Option<&person::Model>,
    after: &person::Model,
    how: IdentifiedBy,
) -> Option<identification::Model> {
    let occurred_at = after.known_at.filter(|_| before.and_then(|before| before.known_at) != after.known_at)?;
    Some(identification::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        person_id: after.id,
        how,
        occurred_at,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    })
}

/// Which company somebody buys for, where that is new.
fn affiliation(scope: &Scope<BuyerWrite>, before: Option<&person::Model>, after: &person::Model) -> Option<affiliation::Model> {
    (before.and_then(|before| before.account_id) != after.account_id).then(|| affiliation::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        person_id: after.id,
        account_id: after.account_id,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    })
}

/// Keeps what changed of a person that questions about the past ask for.
pub(super) async fn note_history(
    tx: &TenantWrite,
    scope: &Scope<BuyerWrite>,
    before: Option<&person::Model>,
    after: &person::Model,
    how: IdentifiedBy,
) -> Result<()> {
    if let Some(row) = identification(scope, before, after, how) {
        tx.insert::<identification::Entity>(row).await?;
    }
    if let Some(row) = affiliation(scope, before, after) {
        tx.insert::<affiliation::Entity>(row).await?;
    }
    Ok(())
}

fn same(known: &person::Model, offered: &person::Model) -> bool {
    (&known.name, &known.email, known.account_id, known.known_at) == (&offered.name, &offered.email, offered.account_id, offered.known_at)
}

fn check(scope: &Scope<BuyerWrite>, new: &NewPerson, accounts: &HashSet<AccountId>, owners: &Owners) -> Result<person::Model> {
    let mut problems = Problems::new();
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    let (source, external_id) = ExternalId::split(external_id);
    let mut row = person::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        kind: PersonKind::Anonymous,
        name: problems.take(input::optional_text("name", new.name.as_deref(), input::NAME))?.flatten(),
        email: problems.take(new.email.as_deref().map(|email| input::email("email", email)).transpose())?.flatten(),
        account_id: new.account_id,
        owner_id: problems.take(owners.of_new(scope, new.owner_id, "ownerId"))?.flatten(),
        known_at: problems.take(new.known_at.map(|at| input::moment("knownAt", at, scope.now())).transpose())?.flatten(),
        source,
        external_id,
        search_key: String::new(),
        erased_at: None,
        recorded_at: scope.now(),
        version: 1,
    };
    if new.account_id.is_some_and(|account| !accounts.contains(&account)) {
        problems.take::<()>(Err(Error::unknown("accountId")))?;
    }
    if problems.is_empty() {
        identify(&mut row, &mut problems);
    }
    problems.check()?;
    Ok(row)
}

/// Settles whether somebody is known, from what is known of them.
pub(super) fn identify(row: &mut person::Model, problems: &mut Problems) {
    let left_details = row.name.is_some() || row.email.is_some();
    match row.known_at {
        None if left_details => problems.push("knownAt", ProblemCode::Required, "who left a name or an address is known: say since when"),
        Some(_) if !left_details && row.external_id.is_none() => {
            problems.push("email", ProblemCode::Required, "who is known has a name, an address or an external id");
        }
        None | Some(_) => {}
    }
    row.kind = if row.known_at.is_some() { PersonKind::Known } else { PersonKind::Anonymous };
    row.search_key = search_key([row.name.as_deref(), row.email.as_deref()]);
}

/// Changes of a person; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct RevisePerson {
    /// The person.
    pub person_id: PersonId,
    /// Contact data; `Some(None)` for none.
    pub name: Option<Option<String>>,
    /// Contact data; `Some(None)` for none.
    pub email: Option<Option<String>>,
    /// The company they buy for; `Some(None)` for none.
    pub account_id: Option<Option<AccountId>>,
    /// The member who looks after them; `Some(None)` for nobody.
    pub owner_id: Option<Option<MemberId>>,
    /// Since when they are known.
    pub known_at: Option<Timestamp>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes a person, who may become known by it.
///
/// # Errors
/// Problems with the fields; `ERASED` where they, or whoever had the new address, were erased.
pub async fn revise_person(scope: &Scope<BuyerWrite>, change: &RevisePerson) -> Result<person::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "revisePerson", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<PersonId>(&tx).await? {
        return tx.get::<person::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = store::person_locked(&tx, change.person_id).await?.ok_or_else(|| Error::unknown("personId"))?;
    let mut after = before.clone();
    if after.erased_at.is_some() {
        return Err(is_erased("personId"));
    }
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::optional_text("name", name.as_deref(), input::NAME))?.flatten();
    }
    if let Some(email) = &change.email {
        after.email = problems.take(email.as_deref().map(|email| input::email("email", email)).transpose())?.flatten();
        if !tx.erased_emails(after.email.clone().into_iter().collect()).await?.is_empty() {
            problems.take::<()>(Err(Error::Invalid(vec![erased("email")])))?;
        }
    }
    if let Some(account) = change.account_id {
        if known_buyers(&tx, [], account).await?.accounts.len() != usize::from(account.is_some()) {
            problems.take::<()>(Err(Error::unknown("accountId")))?;
        }
        after.account_id = account;
    }
    if let Some(owner) = change.owner_id {
        after.owner_id = problems.take(Owners::load(&tx, owner).await?.of(scope, owner, "ownerId"))?.flatten();
    }
    if let Some(at) = change.known_at {
        problems.take(known_since(&tx, scope, after.id, at).await)?;
        after.known_at = Some(at);
    }
    if problems.is_empty() {
        identify(&mut after, &mut problems);
    }
    problems.check()?;
    after.version += 1;
    store::update_person(&tx, &after).await?;
    note_history(&tx, scope, Some(&before), &after, IdentifiedBy::Recorded).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Nobody becomes known before their first touch.
pub(super) async fn known_since(tx: &TenantTx, scope: &Scope<BuyerWrite>, person: PersonId, at: Timestamp) -> Result<()> {
    input::moment("knownAt", at, scope.now())?;
    match journey::service::first_touch_at(tx, person).await? {
        Some(first) if at < first => Err(Error::invalid("knownAt", ProblemCode::OutOfOrder, "must not lie before the first touch")),
        _ => Ok(()),
    }
}
