//! Creating, revising and finding tactics.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{MemberId, TacticId, TeamId};
use entity::kinds::{Channel, Resource};
use entity::tactic;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{TacticRead, TacticWrite};
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, checked, only, remember};
use crate::error::{Error, Problem, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::journey::store;
use crate::organization::{self, service::Owners};

/// Which tactics are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct TacticFilter {
    /// Who owns them.
    pub resource: Option<Resource>,
    /// Where they mostly happen.
    pub channel: Option<Channel>,
    /// The system that named them.
    pub source: Option<String>,
}

/// A page of tactics.
///
/// # Errors
/// A problem with `filter`.
pub async fn tactics(
    scope: &Scope<TacticRead>,
    mut filter: TacticFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<tactic::Model>> {
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    store::tactics(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The tactics with some ids.
///
/// # Errors
/// What the database says.
pub async fn tactics_by_id(scope: &Scope<TacticRead>, ids: &[TacticId]) -> Result<HashMap<TacticId, tactic::Model>> {
    let rows = scope.read().await?.get_many::<tactic::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The ids of the tactics other systems named, by name, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn tactics_named(tx: &TenantTx, names: &[ExternalId]) -> Result<HashMap<ExternalId, TacticId>> {
    tx.ids_named::<tactic::Entity>(names).await
}

/// A new tactic.
#[derive(Clone, Debug, Serialize)]
pub struct NewTactic {
    /// What it is called; unique.
    pub name: String,
    /// Who owns it.
    pub resource: Resource,
    /// Where it mostly happens.
    pub channel: Channel,
    /// The team that runs it.
    pub team_id: Option<TeamId>,
    /// The member who runs it.
    pub owner_id: Option<MemberId>,
    /// First local day.
    pub starts_on: Option<NaiveDate>,
    /// Last local day.
    pub ends_on: Option<NaiveDate>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Creates a tactic.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where the caller works for another resource.
pub async fn create_tactic(scope: &Scope<TacticWrite>, new: NewTactic, key: Option<&str>) -> Result<tactic::Model> {
    let items = vec![new];
    let call = BulkCall::<tactic::Entity>::new(key, "createTactic", &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return only(outcomes);
    }
    let outcomes = create_tactics_in(&tx, scope, &items).await?;
    call.commit(tx, scope, &outcomes).await?;
    only(outcomes)
}

/// Creates tactics within a transaction, for files that name theirs.
///
/// # Errors
/// What the database says; problems with a tactic are its outcome.
pub async fn create_tactics_in(tx: &TenantWrite, scope: &Scope<TacticWrite>, items: &[NewTactic]) -> Result<Vec<Outcome<tactic::Model>>> {
    let mut rows = Vec::with_capacity(items.len());
    for new in items {
        rows.push(checked(check(tx, scope, new).await)?);
    }
    let mut batch = Batch::<tactic::Entity>::begin(tx, rows.iter().flatten()).await?;
    let mut taken = store::tactic_names_of(tx, rows.iter().flatten().map(|row| row.name.as_str())).await?;
    for row in rows {
        match row {
            Err(problems) => batch.reject(problems),
            Ok(row) if batch.knows(&row, same) => {}
            Ok(row) if taken.insert(row.name.clone()) => batch.record(row),
            Ok(_) => batch.reject(vec![Problem {
                field: "name".to_owned(),
                code: ProblemCode::Taken,
                message: "another tactic has this name".to_owned(),
            }]),
        }
    }
    batch.insert(tx).await
}

fn same(known: &tactic::Model, offered: &tactic::Model) -> bool {
    (&known.name, known.resource, known.channel, known.team_id, known.starts_on, known.ends_on)
        == (&offered.name, offered.resource, offered.channel, offered.team_id, offered.starts_on, offered.ends_on)
}

async fn check(tx: &TenantWrite, scope: &Scope<TacticWrite>, new: &NewTactic) -> Result<tactic::Model> {
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    problems.take(scope.covers(new.resource, "resource"))?;
    problems.take(organization::service::known_team(tx, "teamId", new.team_id).await)?;
    let owners = Owners::load(tx, new.owner_id).await?;
    let owner_id = problems.take(owners.of_new(scope, new.owner_id, "ownerId"))?.flatten();
    days(new.starts_on, new.ends_on, &mut problems)?;
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (source, external_id) = ExternalId::split(external_id);
    Ok(tactic::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name,
        resource: new.resource,
        channel: new.channel,
        team_id: new.team_id,
        owner_id,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        source,
        external_id,
        recorded_at: scope.now(),
        version: 1,
    })
}

fn days(starts_on: Option<NaiveDate>, ends_on: Option<NaiveDate>, problems: &mut Problems) -> Result<()> {
    problems.take(starts_on.map(|day| input::day("startsOn", day)).transpose())?;
    problems.take(ends_on.map(|day| input::day("endsOn", day)).transpose())?;
    if let (Some(starts_on), Some(ends_on)) = (starts_on, ends_on)
        && ends_on < starts_on
    {
        problems.push("endsOn", ProblemCode::PeriodEmpty, "must not lie before the first day");
    }
    Ok(())
}

/// Changes of a tactic; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseTactic {
    /// The tactic.
    pub tactic_id: TacticId,
    /// What it is called; unique.
    pub name: Option<String>,
    /// Who owns it; fixed once money was spent on it or a touch is part of it.
    pub resource: Option<Resource>,
    /// Where it mostly happens.
    pub channel: Option<Channel>,
    /// The team that runs it; `Some(None)` for none.
    pub team_id: Option<Option<TeamId>>,
    /// The member who runs it; `Some(None)` for nobody.
    pub owner_id: Option<Option<MemberId>>,
    /// First local day; `Some(None)` for none.
    pub starts_on: Option<Option<NaiveDate>>,
    /// Last local day; `Some(None)` for none.
    pub ends_on: Option<Option<NaiveDate>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes a tactic.
///
/// # Errors
/// Problems with the fields; `FIXED` where the resource can no longer change.
pub async fn revise_tactic(scope: &Scope<TacticWrite>, change: &ReviseTactic) -> Result<tactic::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseTactic", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<TacticId>(&tx).await? {
        return tx.get::<tactic::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = store::tactic_locked(&tx, change.tactic_id).await?.ok_or_else(|| Error::unknown("tacticId"))?;
    input::version(change.expected_version, before.version)?;
    let mut problems = Problems::new();
    problems.take(scope.covers(before.resource, "tacticId"))?;
    problems.take(scope.reaches_owner(before.owner_id, "tacticId"))?;
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(resource) = change.resource.filter(|resource| *resource != before.resource) {
        problems.take(scope.covers(resource, "resource"))?;
        if store::has_cost_or_touch(&tx, before.id).await? {
            problems.push("resource", ProblemCode::Fixed, "cannot change once money was spent on it or a touch is part of it");
        }
        after.resource = resource;
    }
    if let Some(team) = change.team_id {
        problems.take(organization::service::known_team(&tx, "teamId", team).await)?;
        after.team_id = team;
    }
    if let Some(owner) = change.owner_id {
        after.owner_id = problems.take(Owners::load(&tx, owner).await?.of(scope, owner, "ownerId"))?.flatten();
    }
    after.channel = change.channel.unwrap_or(before.channel);
    after.starts_on = change.starts_on.unwrap_or(before.starts_on);
    after.ends_on = change.ends_on.unwrap_or(before.ends_on);
    days(after.starts_on, after.ends_on, &mut problems)?;
    problems.check()?;
    after.version += 1;
    store::update_tactic(&tx, &after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}
