//! Recording, revising and finding accounts.

use std::collections::HashMap;

use entity::account;
use entity::ids::{AccountId, MemberId};
use serde::Serialize;

use super::{search_key, search_text};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::buyers::store;
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, checked, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::organization::service::Owners;

/// Which accounts are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Part of the name or domain, in any case.
    pub search: Option<String>,
    /// The system that named them.
    pub source: Option<String>,
}

/// A page of accounts.
///
/// # Errors
/// A problem with `filter`.
pub async fn accounts(
    scope: &Scope<BuyerRead>,
    mut filter: AccountFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<account::Model>> {
    filter.search = input::optional_text("filter.search", filter.search.as_deref(), input::NAME)?.map(|text| search_text(&text));
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    store::accounts(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The accounts with some ids.
///
/// # Errors
/// What the database says.
pub async fn accounts_by_id(scope: &Scope<BuyerRead>, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>> {
    let rows = scope.read().await?.get_many::<account::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The account another system named.
///
/// # Errors
/// A problem with the name.
pub async fn account_by_external_id(scope: &Scope<BuyerRead>, name: &ExternalId) -> Result<Option<account::Model>> {
    let name = ExternalId::new("externalId", &name.source, &name.id)?;
    let mut found = scope.read().await?.get_named::<account::Entity>(std::slice::from_ref(&name)).await?;
    Ok(found.remove(&name))
}

/// The ids of the accounts other systems named, by name, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn accounts_named(tx: &TenantTx, names: &[ExternalId]) -> Result<HashMap<ExternalId, AccountId>> {
    tx.ids_named::<account::Entity>(names).await
}

/// A new account.
#[derive(Clone, Debug, Serialize)]
pub struct NewAccount {
    /// What it is called.
    pub name: String,
    /// Its internet domain.
    pub domain: Option<String>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Records an account.
///
/// # Errors
/// Problems with `name`, `domain`, `ownerId`, `externalId`.
pub async fn record_account(scope: &Scope<BuyerWrite>, new: NewAccount, key: Option<&str>) -> Result<account::Model> {
    only(record(scope, "recordAccount", vec![new], key).await?)
}

/// Records accounts, each for itself.
///
/// # Errors
/// A problem with `items` where there are too many; problems with an account are its outcome.
pub async fn record_accounts(scope: &Scope<BuyerWrite>, items: Vec<NewAccount>, key: Option<&str>) -> Result<Vec<Outcome<account::Model>>> {
    record(scope, "recordAccounts", items, key).await
}

async fn record(
    scope: &Scope<BuyerWrite>,
    operation: &'static str,
    items: Vec<NewAccount>,
    key: Option<&str>,
) -> Result<Vec<Outcome<account::Model>>> {
    let call = BulkCall::<account::Entity>::new(key, operation, &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_accounts_in(&tx, scope, &items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of accounts within a transaction.
///
/// # Errors
/// What the database says; problems with an account are its outcome.
pub async fn record_accounts_in(tx: &TenantWrite, scope: &Scope<BuyerWrite>, items: &[NewAccount]) -> Result<Vec<Outcome<account::Model>>> {
    let owners = Owners::load(tx, items.iter().filter_map(|new| new.owner_id)).await?;
    let rows = items.iter().map(|new| checked(check(scope, new, &owners))).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::<account::Entity>::begin(tx, rows.iter().flatten()).await?;
    batch.settle(rows, |known, offered| (&known.name, &known.domain) == (&offered.name, &offered.domain));
    batch.insert(tx).await
}

fn check(scope: &Scope<BuyerWrite>, new: &NewAccount, owners: &Owners) -> Result<account::Model> {
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    let domain = problems.take(new.domain.as_deref().map(domain).transpose())?.flatten();
    let owner_id = problems.take(owners.of_new(scope, new.owner_id, "ownerId"))?.flatten();
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (source, external_id) = ExternalId::split(external_id);
    Ok(account::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        search_key: search_key([Some(&name), domain.as_deref()]),
        name,
        domain,
        generated_at: None,
        owner_id,
        source,
        external_id,
        recorded_at: scope.now(),
        version: 1,
    })
}

/// A domain in lower case. Only its shape is checked.
fn domain(value: &str) -> Result<String> {
    let value = input::text("domain", value, 253)?.to_lowercase();
    let shaped = value.contains('.') && value.split('.').all(|label| !label.is_empty());
    if shaped && !value.contains(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '@' | ':')) {
        Ok(value)
    } else {
        Err(Error::invalid("domain", ProblemCode::Invalid, "must be a domain, like example.com"))
    }
}

/// Changes of an account; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseAccount {
    /// The account.
    pub account_id: AccountId,
    /// What it is called.
    pub name: Option<String>,
    /// Its internet domain; `Some(None)` for none.
    pub domain: Option<Option<String>>,
    /// The member who looks after it; `Some(None)` for nobody.
    pub owner_id: Option<Option<MemberId>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes an account.
///
/// # Errors
/// Problems with the fields.
pub async fn revise_account(scope: &Scope<BuyerWrite>, change: &ReviseAccount) -> Result<account::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseAccount", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<AccountId>(&tx).await? {
        return tx.get::<account::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut after = store::account_locked(&tx, change.account_id).await?.ok_or_else(|| Error::unknown("accountId"))?;
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(wanted) = &change.domain {
        after.domain = problems.take(wanted.as_deref().map(domain).transpose())?.flatten();
    }
    if let Some(owner) = change.owner_id {
        after.owner_id = problems.take(Owners::load(&tx, owner).await?.of(scope, owner, "ownerId"))?.flatten();
    }
    problems.check()?;
    after.search_key = search_key([Some(&after.name), after.domain.as_deref()]);
    after.version += 1;
    store::update_account(&tx, &after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

/// The row a new account would become, for account generation.
///
/// # Errors
/// Problems with `name`, `domain`, `ownerId`, `externalId`.
pub fn draft_account(scope: &Scope<BuyerWrite>, new: &NewAccount, owners: &Owners) -> Result<account::Model> {
    check(scope, new, owners)
}

/// Makes accounts customers within a transaction, for account generation: new ones are written, and of those that are
/// there the moment is noted. The first time counts. One statement for some hundreds of either.
///
/// # Errors
/// What the database says.
pub async fn make_customers(tx: &TenantWrite, new: Vec<account::Model>, known: &[account::Model]) -> Result<()> {
    tx.insert_many::<account::Entity>(&new).await?;
    store::note_generated(tx, known).await
}
