//! Use cases of organizations, teams and members.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{CustomRoleId, MemberId, OrganizationId, TeamId};
use entity::kinds::{Resource, Role, WeekStart};
use entity::money::CurrencyCode;
use entity::resource_set::ResourceSet;
use entity::time::Timestamp;
use entity::{member, organization, team};
use serde::Serialize;

use super::store;
use crate::access;
use crate::auth::Scope;
use crate::auth::permission::grant::{DirectoryRead, OrganizationManage, OrganizationRead};
use crate::auth::permission::{Grant, Reach, Rights};
use crate::credit;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::journey;
use crate::roles::service as roles;

/// Deepest tree of teams: a bound for walking up, far above any real chart.
const MAX_TEAM_DEPTH: usize = 32;

/// The settings a new organization begins with.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// What it is called.
    pub name: String,
    /// ISO 4217.
    pub base_currency: String,
    /// IANA.
    pub time_zone: String,
}

/// Founds the organization of the scope, with the default pipeline and the first credit policy.
///
/// # Errors
/// Problems with `name`, `baseCurrency`, `timeZone`.
pub async fn found(scope: &Scope<OrganizationManage>, new: &NewOrganization) -> Result<organization::Model> {
    let now = scope.now();
    let tx = scope.write().await?;
    let row = tx
        .insert::<organization::Entity>(organization::Model {
            organization_id: scope.organization_id(),
            name: input::text("name", &new.name, input::NAME)?,
            base_currency: input::currency("baseCurrency", &new.base_currency)?,
            timezone: input::time_zone("timeZone", &new.time_zone)?.name().to_owned(),
            week_start: WeekStart::Monday,
            fiscal_year_start_month: 1,
            refund_window_days: 30,
            recorded_at: now,
            version: 1,
        })
        .await?;
    journey::service::install_default_pipeline(&tx, scope).await?;
    credit::service::install_policy(&tx, scope).await?;
    tx.commit().await?;
    Ok(row)
}

/// The organization.
///
/// # Errors
/// What the database says.
pub async fn organization(scope: &Scope<OrganizationRead>) -> Result<organization::Model> {
    store::organization(&scope.read().await?).await
}

/// The organization, if it has this id.
///
/// # Errors
/// What the database says.
pub async fn organization_with_id(scope: &Scope<OrganizationRead>, id: OrganizationId) -> Result<Option<organization::Model>> {
    store::organization_with_id(&scope.read().await?, id).await
}

/// The settings of the organization within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn settings(tx: &TenantTx) -> Result<organization::Model> {
    store::organization(tx).await
}

/// Changes of an organization's settings; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReviseOrganization {
    /// What it is called.
    pub name: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
    /// ISO 4217; fixed once money is recorded.
    pub base_currency: Option<String>,
    /// The day its weeks begin with.
    pub week_start: Option<WeekStart>,
    /// 1 to 12.
    pub fiscal_year_start_month: Option<i32>,
    /// 0 to 366.
    pub refund_window_days: Option<i32>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes the settings.
///
/// # Errors
/// Problems with the fields; `FIXED` where the currency can no longer change.
pub async fn revise_organization(scope: &Scope<OrganizationManage>, change: &ReviseOrganization) -> Result<organization::Model> {
    let tx = scope.write().await?;
    let before = store::organization(&tx).await?;
    input::version(change.expected_version, before.version)?;
    let mut problems = Problems::new();
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(zone) = &change.time_zone {
        after.timezone = problems.take(input::time_zone("timeZone", zone))?.map(|zone| zone.name().to_owned()).unwrap_or_default();
    }
    if let Some(currency) = &change.base_currency {
        let currency = problems.take(input::currency("baseCurrency", currency))?.unwrap_or(before.base_currency);
        if currency != before.base_currency && store::has_money(&tx).await? {
            problems.push("baseCurrency", ProblemCode::Fixed, "cannot change once money is recorded");
        }
        after.base_currency = currency;
    }
    after.week_start = change.week_start.unwrap_or(before.week_start);
    if let Some(month) = change.fiscal_year_start_month {
        after.fiscal_year_start_month = small("fiscalYearStartMonth", month, 1, 12, &mut problems);
    }
    if let Some(days) = change.refund_window_days {
        after.refund_window_days = small("refundWindowDays", days, 0, 366, &mut problems);
    }
    problems.check()?;
    after.version = before.version + 1;
    store::keep_organization(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}

fn small(field: &str, value: i32, least: i16, most: i16, problems: &mut Problems) -> i16 {
    match i16::try_from(value) {
        Ok(value) if (least..=most).contains(&value) => value,
        _ => {
            problems.push(field, ProblemCode::Invalid, format!("must be between {least} and {most}"));
            least
        }
    }
}

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
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    problems.take(known_team(&tx, "parentId", new.parent_id).await)?;
    let resources = problems.take(resources(&new.resources))?;
    problems.check()?;
    let row = tx
        .insert::<team::Entity>(team::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            name: name.unwrap_or_default(),
            parent_id: new.parent_id,
            resources: resources.unwrap_or_default(),
            recorded_at: scope.now(),
            version: 1,
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
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

/// A page of members.
///
/// # Errors
/// What the database says.
pub async fn members(scope: &Scope<DirectoryRead>, page: PageRequest, with_total: bool) -> Result<Listing<member::Model>> {
    scope.read().await?.find::<member::Entity>().listing(page, with_total).await
}

/// The members with some ids.
///
/// # Errors
/// What the database says.
pub async fn members_by_id(scope: &Scope<DirectoryRead>, ids: &[MemberId]) -> Result<HashMap<MemberId, member::Model>> {
    let rows = scope.read().await?.get_many::<member::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The member with an address.
///
/// # Errors
/// What the database says.
pub async fn member_by_email(scope: &Scope<DirectoryRead>, email: &str) -> Result<Option<member::Model>> {
    store::member_by_email(&scope.read().await?, &email.trim().to_lowercase()).await
}

/// The members some objects are to belong to.
#[derive(Debug)]
pub struct Owners(HashMap<MemberId, member::Model>);

impl Owners {
    /// Reads them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load(tx: &TenantTx, wanted: impl IntoIterator<Item = MemberId>) -> Result<Self> {
        let wanted: BTreeSet<MemberId> = wanted.into_iter().collect();
        let rows = tx.get_many::<member::Entity>(wanted).await?;
        Ok(Self(rows.into_iter().filter(|row| row.active).map(|row| (row.id, row)).collect()))
    }

    /// Settles who a new object belongs to: who is wanted, if the permission reaches what is theirs; else the caller,
    /// unless they reach everything and need no object of their own.
    ///
    /// # Errors
    /// A problem with the field where there is no such active member, or their objects are out of reach.
    pub fn of_new<P: Grant>(&self, scope: &Scope<P>, wanted: Option<MemberId>, field: &str) -> Result<Option<MemberId>> {
        match wanted {
            None if scope.reach() == Reach::Organization => Ok(None),
            None => Ok(scope.own_id()),
            Some(_) => self.of(scope, wanted, field),
        }
    }

    /// Goes on where the permission reaches what belongs to who is wanted, or nobody is.
    ///
    /// # Errors
    /// A problem with the field where there is no such active member, or their objects are out of reach.
    pub fn of<P: Grant>(&self, scope: &Scope<P>, wanted: Option<MemberId>, field: &str) -> Result<Option<MemberId>> {
        let Some(wanted) = wanted else {
            scope.reaches_owner(None, field)?;
            return Ok(None);
        };
        let owner = self.0.get(&wanted).ok_or_else(|| Error::unknown(field))?;
        if scope.reaches(owner) { Ok(Some(wanted)) } else { Err(scope.out_of_reach(field, "you may not do this for this member")) }
    }
}

/// A new member.
#[derive(Clone, Debug, Serialize)]
pub struct AddMember {
    /// Unique in the organization.
    pub email: String,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The role of the organization's own that says so instead.
    pub custom_role_id: Option<CustomRoleId>,
    /// The resource they work for.
    pub resource: Option<Resource>,
    /// The team they are in.
    pub team_id: Option<TeamId>,
    /// Repeating it gives the same member.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Adds a member.
///
/// # Errors
/// Problems with `email`, `name`, `resource`, `teamId`.
pub async fn add_member(scope: &Scope<OrganizationManage>, new: &AddMember) -> Result<member::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "addMember", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<MemberId>(&tx).await? {
        return tx.get::<member::Entity>(id).await?.ok_or(Error::NotFound);
    }
    may_have(&tx, scope, new.role, new.custom_role_id).await?;
    let row = enrol(&tx, new, scope.next_id(), scope.now()).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a member within a transaction of another use case.
///
/// # Errors
/// As [`add_member`].
pub async fn enrol(tx: &TenantWrite, new: &AddMember, id: MemberId, now: Timestamp) -> Result<member::Model> {
    let mut problems = Problems::new();
    let email = problems.take(input::email("email", &new.email))?;
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    problems.take(known_team(tx, "teamId", new.team_id).await)?;
    problems.take(resource_of(new.role, new.resource))?;
    problems.check()?;
    tx.insert::<member::Entity>(member::Model {
        organization_id: tx.organization_id(),
        id,
        email: email.unwrap_or_default(),
        name: name.unwrap_or_default(),
        role: new.role,
        custom_role_id: new.custom_role_id,
        resource: new.resource,
        team_id: new.team_id,
        active: true,
        recorded_at: now,
        version: 1,
    })
    .await
}

/// Changes of a member; what is `None` stays.
#[derive(Clone, Debug)]
pub struct ReviseMember {
    /// The member.
    pub member_id: MemberId,
    /// What to call them.
    pub name: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// The role of the organization's own that says so instead; `Some(None)` for none.
    pub custom_role_id: Option<Option<CustomRoleId>>,
    /// The resource they work for.
    pub resource: Option<Option<Resource>>,
    /// The team they are in.
    pub team_id: Option<Option<TeamId>>,
    /// Whether they may sign in.
    pub active: Option<bool>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes a member. It counts from their next request on.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where nobody would be left to manage the organization.
pub async fn revise_member(scope: &Scope<OrganizationManage>, change: &ReviseMember) -> Result<member::Model> {
    let tx = scope.write().await?;
    if change.role.is_some() || change.custom_role_id.is_some() {
        let before = tx.get::<member::Entity>(change.member_id).await?.ok_or_else(|| Error::unknown("memberId"))?;
        let custom = change.custom_role_id.unwrap_or(before.custom_role_id);
        may_have(&tx, scope, change.role.unwrap_or(before.role), custom).await?;
    }
    let after = revise_within(&tx, change, scope.now()).await?;
    tx.commit().await?;
    Ok(after)
}

/// Changes a member within a transaction of another use case.
///
/// # Errors
/// As [`revise_member`].
pub async fn revise_within(tx: &TenantWrite, change: &ReviseMember, now: Timestamp) -> Result<member::Model> {
    // Held, so that two admins cannot demote each other at once.
    let admins = store::active_admins_locked(tx).await?;
    let mut after = tx.get::<member::Entity>(change.member_id).await?.ok_or_else(|| Error::unknown("memberId"))?;
    input::version(change.expected_version, after.version)?;
    let (role, active) = (after.role, after.active);
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(team) = change.team_id {
        problems.take(known_team(tx, "teamId", team).await)?;
        after.team_id = team;
    }
    after.role = change.role.unwrap_or(after.role);
    after.custom_role_id = change.custom_role_id.unwrap_or(after.custom_role_id);
    after.resource = change.resource.unwrap_or(after.resource);
    after.active = change.active.unwrap_or(after.active);
    problems.take(resource_of(after.role, after.resource))?;
    if admins == [after.id] && !(after.active && after.role == Role::Admin && after.custom_role_id.is_none()) {
        problems.push("memberId", ProblemCode::NotAllowed, "the last admin must stay one");
    }
    problems.check()?;
    after.version += 1;
    store::keep_member(tx, &after).await?;
    if (role, active) != (after.role, after.active) {
        access::service::member_changed(tx, after.id, now).await?;
    }
    Ok(after)
}

/// Goes on where the caller has every right the role gives.
async fn may_have(tx: &TenantTx, scope: &Scope<OrganizationManage>, role: Role, custom: Option<CustomRoleId>) -> Result<()> {
    match roles::known_role(tx, "customRoleId", custom).await? {
        None => roles::may_give(scope, &Rights::of(role), "role"),
        Some(custom) => roles::may_give(scope, &roles::rights(&custom)?, "customRoleId"),
    }
}

/// The resource that a role acts for, where it acts for one.
#[must_use]
pub const fn resource_needed(role: Role) -> Option<Resource> {
    match role {
        Role::MarketingLead | Role::Marketer => Some(Resource::Marketing),
        Role::SalesLead | Role::SalesRep | Role::SalesAssistant => Some(Resource::Sales),
        Role::ProductLead => Some(Resource::Product),
        Role::Admin | Role::Executive | Role::Revops | Role::Partner | Role::Auditor | Role::Integration => None,
    }
}

/// Roles that act for one resource need to say which.
fn resource_of(role: Role, resource: Option<Resource>) -> Result<()> {
    match resource_needed(role) {
        Some(needed) if resource != Some(needed) => {
            Err(Error::invalid("resource", ProblemCode::Invalid, format!("must be {} for this role", needed.name())))
        }
        _ => Ok(()),
    }
}

/// The base currency, for areas that record money.
///
/// # Errors
/// What the database says.
pub async fn base_currency(tx: &TenantTx) -> Result<CurrencyCode> {
    Ok(store::organization(tx).await?.base_currency)
}
