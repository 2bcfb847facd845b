//! Creating, revising and finding opportunities.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{AccountId, MemberId, OpportunityId, PipelineId};
use entity::kinds::Resource;
use entity::money::Money;
use entity::time::Timestamp;
use entity::{account, opportunity, opportunity_revision};
use serde::Serialize;
use uuid::Uuid;

use crate::auth::Scope;
use crate::auth::permission::grant::{OpportunityRead, OpportunityWrite};
use crate::buyers::service::known_buyers;
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantWrite, checked, only, remember};
use crate::error::{Error, Problems, Result};
use crate::input::{self, ExternalId, WantedMoney};
use crate::journey;
use crate::organization::service::Owners;
use crate::pipeline::store;

/// How opportunities stand, for a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpportunityState {
    /// They did not end yet.
    Open,
    /// They bought.
    Won,
    /// They did not.
    Lost,
}

/// Which opportunities are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct OpportunityFilter {
    /// How they stand.
    pub state: Option<OpportunityState>,
    /// Who looks after them.
    pub owner_id: Option<MemberId>,
    /// Who might buy.
    pub account_id: Option<AccountId>,
    /// Whether they rest.
    pub stalled: Option<bool>,
    /// The system that named them.
    pub source: Option<String>,
    /// Expected to close on this local day or later.
    pub expected_from: Option<NaiveDate>,
    /// Expected to close before this local day.
    pub expected_to: Option<NaiveDate>,
}

/// A page of opportunities, those that began last first.
///
/// # Errors
/// A problem with `filter`.
pub async fn opportunities(
    scope: &Scope<OpportunityRead>,
    mut filter: OpportunityFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<opportunity::Model>> {
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    input::span("filter.expectedCloseTo", filter.expected_from, filter.expected_to)?;
    store::opportunities(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The same page of the opportunities of each of some accounts.
///
/// # Errors
/// What the database says.
pub async fn opportunities_of(
    scope: &Scope<OpportunityRead>,
    accounts: &[AccountId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<opportunity::Model>>> {
    use entity::ids::TypedId;
    let tx = scope.read().await?;
    let rows = store::opportunities_of(&tx, accounts);
    rows.pages_within(store::OPPORTUNITY_ACCOUNT, |row| Some(row.account_id.uuid()), page, with_total).await
}

/// The opportunities with some ids.
///
/// # Errors
/// What the database says.
pub async fn opportunities_by_id(
    scope: &Scope<OpportunityRead>,
    ids: &[OpportunityId],
) -> Result<HashMap<OpportunityId, opportunity::Model>> {
    let rows = scope.read().await?.get_many::<opportunity::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The opportunity another system named.
///
/// # Errors
/// A problem with the name.
pub async fn opportunity_by_external_id(scope: &Scope<OpportunityRead>, name: &ExternalId) -> Result<Option<opportunity::Model>> {
    let name = ExternalId::new("externalId", &name.source, &name.id)?;
    let mut found = scope.read().await?.get_named::<opportunity::Entity>(std::slice::from_ref(&name)).await?;
    Ok(found.remove(&name))
}

/// A new opportunity.
#[derive(Clone, Debug, Serialize)]
pub struct NewOpportunity {
    /// Who might buy.
    pub account_id: AccountId,
    /// What it is called.
    pub name: String,
    /// What it may be worth.
    pub amount: Option<WantedMoney>,
    /// The local day it is expected to close.
    pub expected_close_on: Option<NaiveDate>,
    /// The resource it was sourced by.
    pub source_resource: Option<Resource>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// The version of the pipeline its account moves in; the newest of the default one where it is not said.
    pub pipeline_id: Option<PipelineId>,
    /// When it began; now where it is not said.
    pub opened_at: Option<Timestamp>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Creates an opportunity.
///
/// # Errors
/// Problems with the fields.
pub async fn create_opportunity(scope: &Scope<OpportunityWrite>, new: NewOpportunity, key: Option<&str>) -> Result<opportunity::Model> {
    let items = [new];
    let call = BulkCall::<opportunity::Entity>::new(key, "createOpportunity", &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return only(outcomes);
    }
    let [new] = items;
    let outcomes = vec![create_opportunity_in(&tx, scope, &new).await?];
    call.commit(tx, scope, &outcomes).await?;
    only(outcomes)
}

/// Creates an opportunity within a transaction.
///
/// # Errors
/// What the database says; problems with the fields are the outcome.
pub async fn create_opportunity_in(
    tx: &TenantWrite,
    scope: &Scope<OpportunityWrite>,
    new: &NewOpportunity,
) -> Result<Outcome<opportunity::Model>> {
    let row = checked(check(tx, scope, new).await)?;
    let mut batch = Batch::<opportunity::Entity>::begin(tx, row.iter()).await?;
    let same = |known: &opportunity::Model, offered: &opportunity::Model| {
        let content = |row: &opportunity::Model| {
            let opened_at = new.opened_at.map(|_| row.opened_at);
            (row.account_id, row.name.clone(), row.amount_minor, row.currency, row.expected_close_on, row.source_resource, opened_at)
        };
        content(known) == content(offered)
    };
    batch.settle(vec![row], same);
    let outcome = batch.insert(tx).await?.pop().ok_or(Error::broken("one item has one outcome"))?;
    if let Outcome::Recorded(row) = &outcome {
        keep_revision(tx, scope, row).await?;
    }
    Ok(outcome)
}

async fn check(tx: &TenantWrite, scope: &Scope<OpportunityWrite>, new: &NewOpportunity) -> Result<opportunity::Model> {
    let mut problems = Problems::new();
    if known_buyers(tx, [], [new.account_id]).await?.accounts.is_empty() {
        problems.take::<()>(Err(Error::unknown("accountId")))?;
    } else if let Some(account) = tx.get::<account::Entity>(new.account_id).await? {
        problems.take(tx.within_namespace::<account::Entity>(&account))?;
    }
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    let amount = problems.take(new.amount.as_ref().map(|amount| amount.check("amount")).transpose())?.flatten();
    problems.take(new.expected_close_on.map(|day| input::day("expectedCloseOn", day)).transpose())?;
    let owner_id = problems.take(Owners::load(tx, new.owner_id).await?.of_new(scope, new.owner_id, "ownerId"))?.flatten();
    let pipeline = problems.take(journey::service::catalogue(tx, new.pipeline_id).await)?;
    let opened_at = new.opened_at.unwrap_or_else(|| scope.now());
    problems.take(input::moment("openedAt", opened_at, scope.now()))?;
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (source, external_id) = ExternalId::split(external_id);
    Ok(opportunity::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        account_id: new.account_id,
        name,
        amount_minor: amount.map(Money::amount_minor),
        currency: amount.map(Money::currency),
        expected_close_on: new.expected_close_on,
        source_resource: new.source_resource,
        owner_id,
        pipeline_id: pipeline.ok_or(Error::broken("the pipeline is settled by now"))?.pipeline.id,
        opened_at,
        source,
        external_id,
        recorded_at: scope.now(),
        version: 1,
    })
}

/// Leaves behind what an opportunity is like from now on.
async fn keep_revision(tx: &TenantWrite, scope: &Scope<OpportunityWrite>, row: &opportunity::Model) -> Result<()> {
    let team_id = match row.owner_id {
        Some(owner) => store::team_of(tx, owner).await?,
        None => None,
    };
    let revision = opportunity_revision::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        opportunity_id: row.id,
        opportunity_version: row.version,
        amount_minor: row.amount_minor,
        currency: row.currency,
        expected_close_on: row.expected_close_on,
        source_resource: row.source_resource,
        owner_id: row.owner_id,
        team_id,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<opportunity_revision::Entity>(revision).await.map(|_| ())
}

/// Changes of an opportunity; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseOpportunity {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// What it is called.
    pub name: Option<String>,
    /// What it may be worth; `Some(None)` where nobody knows.
    pub amount: Option<Option<WantedMoney>>,
    /// The local day it is expected to close; `Some(None)` for none.
    pub expected_close_on: Option<Option<NaiveDate>>,
    /// The resource it was sourced by; `Some(None)` for none.
    pub source_resource: Option<Option<Resource>>,
    /// The member who looks after it; `Some(None)` for nobody.
    pub owner_id: Option<Option<MemberId>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes an opportunity.
///
/// # Errors
/// Problems with the fields.
pub async fn revise_opportunity(scope: &Scope<OpportunityWrite>, change: &ReviseOpportunity) -> Result<opportunity::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseOpportunity", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<OpportunityId>(&tx).await? {
        return tx.get::<opportunity::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut held = store::held(&tx, &[change.opportunity_id]).await?;
    let mut after = held.pop().ok_or_else(|| Error::unknown("opportunityId"))?;
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(amount) = &change.amount {
        let amount = problems.take(amount.as_ref().map(|amount| amount.check("amount")).transpose())?.flatten();
        (after.amount_minor, after.currency) = (amount.map(Money::amount_minor), amount.map(Money::currency));
    }
    if let Some(day) = change.expected_close_on {
        after.expected_close_on = problems.take(day.map(|day| input::day("expectedCloseOn", day)).transpose())?.flatten();
    }
    if let Some(owner) = change.owner_id {
        after.owner_id = problems.take(Owners::load(&tx, owner).await?.of(scope, owner, "ownerId"))?.flatten();
    }
    after.source_resource = change.source_resource.unwrap_or(after.source_resource);
    problems.check()?;
    after.version += 1;
    store::update_opportunity(&tx, &after).await?;
    keep_revision(&tx, scope, &after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}
