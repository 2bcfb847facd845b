//! Teams, which are a tree.

use std::collections::HashMap;

use entity::ids::TeamId;
use entity::kinds::Resource;
use entity::resource_set::ResourceSet;
use entity::team;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{DirectoryRead, OrganizationManage};
use crate::db::{Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, each_once, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::organization::store;

/// Deepest tree of teams: a bound for walking up, far above any real chart.
const MAX_TEAM_DEPTH: usize = 32;

/// A page of teams.
///
/// # Errors
/// What the database says.
pub async fn teams(scope: &Scope<DirectoryRead>, page: PageRequest, with_total: bool) -> Result<Listing<team::Model>> {
    scope.read().await?.find::<team::Entity>().listing(page, with_total).await
}

/// The teams with some ids.
///
/// # Errors
/// What the database says.
pub async fn teams_by_id(scope: &Scope<DirectoryRead>, ids: &[TeamId]) -> Result<HashMap<TeamId, team::Model>> {
    let rows = scope.read().await?.get_many::<team::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The teams that are part of some teams, by the id of those.
///
/// # Errors
/// What the database says.
pub async fn teams_within(scope: &Scope<DirectoryRead>, parents: &[TeamId]) -> Result<HashMap<TeamId, Vec<team::Model>>> {
    let mut found: HashMap<TeamId, Vec<team::Model>> = HashMap::new();
    for row in store::teams_within(&scope.read().await?, parents).await? {
        if let Some(parent) = row.parent_id {
            found.entry(parent).or_default().push(row);
        }
    }
    Ok(found)
}

/// A new team.
#[derive(Clone, Debug, Serialize)]
pub struct CreateTeam {
    /// What it is called; unique.
    pub name: String,
    /// The team it is part of.
    pub parent_id: Option<TeamId>,
    /// The resources it serves; at least one.
    pub resources: Vec<Resource>,
    /// Repeating it gives the same team.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Creates a team.
///
/// # Errors
/// Problems with `name`, `parentId`, `resources`.
pub async fn create_team(scope: &Scope<OrganizationManage>, new: &CreateTeam) -> Result<team::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "createTeam", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<TeamId>(&tx).await? {
        return tx.get::<team::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = create(&tx, scope, new).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn create(tx: &TenantWrite, scope: &Scope<OrganizationManage>, new: &CreateTeam) -> Result<team::Model> {
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    problems.take(known_team(tx, "parentId", new.parent_id).await)?;
    let resources = problems.take(resources(&new.resources))?;
    problems.check()?;
    tx.insert::<team::Entity>(team::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name: name.unwrap_or_default(),
        parent_id: new.parent_id,
        resources: resources.unwrap_or_default(),
        recorded_at: scope.now(),
        version: 1,
    })
    .await
}

/// Creates any number of teams within a transaction. One that is called so already stays as it is.
///
/// # Errors
/// What the database says; problems with a team are its outcome.
pub async fn create_teams_in(
    tx: &TenantWrite,
    scope: &Scope<OrganizationManage>,
    items: &[CreateTeam],
) -> Result<Vec<Outcome<team::Model>>> {
    let known = tx.find::<team::Entity>().all().await?.into_iter().map(|row| (row.name.clone(), row));
    each_once(known, items, |new| new.name.trim().to_owned(), async |new| create(tx, scope, new).await).await
}

/// The ids of teams by what they are called.
///
/// # Errors
/// What the database says.
pub async fn teams_called(tx: &TenantTx) -> Result<HashMap<String, TeamId>> {
    Ok(tx.find::<team::Entity>().all().await?.into_iter().map(|row| (row.name, row.id)).collect())
}

/// Changes of a team; what is `None` stays.
#[derive(Clone, Debug)]
pub struct ReviseTeam {
    /// The team.
    pub team_id: TeamId,
    /// What it is called.
    pub name: Option<String>,
    /// The team it is part of; `Some(None)` makes it a root.
    pub parent_id: Option<Option<TeamId>>,
    /// The resources it serves.
    pub resources: Option<Vec<Resource>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes a team.
///
/// # Errors
/// Problems with the fields; `CYCLE` where it would become part of itself.
pub async fn revise_team(scope: &Scope<OrganizationManage>, change: &ReviseTeam) -> Result<team::Model> {
    let tx = scope.write().await?;
    // Two moves at once could each be fine and together make a cycle: the chart is held as a whole.
    let chart: HashMap<TeamId, team::Model> =
        tx.find::<team::Entity>().locked().all().await?.into_iter().map(|row| (row.id, row)).collect();
    let mut after = chart.get(&change.team_id).cloned().ok_or_else(|| Error::unknown("teamId"))?;
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(parent) = change.parent_id {
        problems.take(check_parent(&chart, after.id, parent))?;
        if parent != after.parent_id {
            problems.take(scope.may_move_team(Some(after.id), parent, "parentId"))?;
        }
        after.parent_id = parent;
    }
    if let Some(wanted) = &change.resources {
        after.resources = problems.take(resources(wanted))?.unwrap_or_default();
    }
    problems.check()?;
    after.version += 1;
    store::keep_team(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Walks up from the new parent: meeting the team itself would close a circle.
fn check_parent(chart: &HashMap<TeamId, team::Model>, team: TeamId, parent: Option<TeamId>) -> Result<()> {
    let mut above = parent;
    for _ in 0..MAX_TEAM_DEPTH {
        let Some(id) = above else { return Ok(()) };
        if id == team {
            return Err(Error::invalid("parentId", ProblemCode::Cycle, "a team cannot be part of itself"));
        }
        above = chart.get(&id).ok_or_else(|| Error::unknown("parentId"))?.parent_id;
    }
    Err(Error::invalid("parentId", ProblemCode::Invalid, format!("teams are at most {MAX_TEAM_DEPTH} deep")))
}

fn resources(wanted: &[Resource]) -> Result<ResourceSet> {
    if wanted.is_empty() {
        return Err(Error::invalid("resources", ProblemCode::Required, "a team serves at least one resource"));
    }
    Ok(wanted.iter().copied().collect())
}

/// A team and all teams within it.
///
/// # Errors
/// What the database says.
pub async fn teams_around(tx: &TenantTx, team: Option<TeamId>) -> Result<Vec<TeamId>> {
    let mut around: Vec<TeamId> = team.into_iter().collect();
    if !around.is_empty() {
        let chart = tx.find::<team::Entity>().all().await?;
        let mut looked_at = 0;
        // Each team has one parent, so none is met twice.
        while let Some(&parent) = around.get(looked_at) {
            around.extend(chart.iter().filter(|row| row.parent_id == Some(parent)).map(|row| row.id));
            looked_at += 1;
        }
    }
    Ok(around)
}

/// Goes on where the team exists or none is named.
///
/// # Errors
/// A problem with the field.
pub async fn known_team(tx: &TenantTx, field: &str, id: Option<TeamId>) -> Result<()> {
    match id {
        Some(id) if tx.get::<team::Entity>(id).await?.is_none() => Err(Error::unknown(field)),
        _ => Ok(()),
    }
}
