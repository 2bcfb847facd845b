//! Members, and whose an object is.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{CustomRoleId, MemberId, TeamId};
use entity::kinds::{Resource, Role};
use entity::member;
use serde::Serialize;

use super::headcount::note_state;
use super::teams::known_team;
use crate::access;
use crate::auth::permission::grant::{DirectoryRead, OrganizationManage};
use crate::auth::permission::{Grant, Reach, Rights};
use crate::auth::{Place, Scope};
use crate::db::{Idempotent, Listing, Outcome, PageRequest, TenantTx, TenantWrite, each_once, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::organization::store;
use crate::roles::service as roles;

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

/// The fields of a role in an input: a built-in one, one of the organization's own.
const ROLE_FIELDS: [&str; 2] = ["role", "customRoleId"];

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
    let place = Place { team_id: new.team_id, resource: new.resource };
    may_have(&tx, scope, (new.role, new.custom_role_id), place, ROLE_FIELDS).await?;
    let row = enrol(&tx, scope, new).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a member within a transaction of another use case.
///
/// # Errors
/// As [`add_member`].
pub async fn enrol<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, new: &AddMember) -> Result<member::Model> {
    let mut problems = Problems::new();
    let email = problems.take(input::email("email", &new.email))?;
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    problems.take(known_team(tx, "teamId", new.team_id).await)?;
    problems.take(resource_of(new.role, new.resource))?;
    problems.check()?;
    let row = member::Model {
        organization_id: tx.organization_id(),
        id: scope.next_id(),
        email: email.unwrap_or_default(),
        name: name.unwrap_or_default(),
        role: new.role,
        custom_role_id: new.custom_role_id,
        resource: new.resource,
        team_id: new.team_id,
        active: true,
        recorded_at: scope.now(),
        version: 1,
    };
    let row = tx.insert::<member::Entity>(row).await?;
    note_state(tx, scope, &row).await?;
    Ok(row)
}

/// Adds any number of members within a transaction, for the operator of the server. Somebody with the address stays as they
/// are; nobody becomes an administrator.
///
/// # Errors
/// What the database says; problems with a member are its outcome.
pub async fn add_members_in(
    tx: &TenantWrite,
    scope: &Scope<OrganizationManage>,
    items: &[AddMember],
) -> Result<Vec<Outcome<member::Model>>> {
    let address = |new: &AddMember| new.email.trim().to_lowercase();
    let addresses = addresses(items.iter().map(|new| new.email.as_str()));
    let known = store::members_by_email(tx, &addresses).await?.into_iter().map(|row| (row.email.clone(), row));
    each_once(known, items, address, async |new| {
        if new.role == Role::Admin {
            return Err(Error::invalid("role", ProblemCode::NotAllowed, "administrators are added by administrators"));
        }
        enrol(tx, scope, new).await
    })
    .await
}

/// The members with some addresses, which are lower case in the answer.
///
/// # Errors
/// What the database says.
pub async fn members_with(tx: &TenantTx, emails: impl Iterator<Item = &str>) -> Result<HashMap<String, member::Model>> {
    let rows = store::members_by_email(tx, &addresses(emails)).await?;
    Ok(rows.into_iter().map(|row| (row.email.clone(), row)).collect())
}

/// What of some texts can be an address, as members have it.
fn addresses<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.filter_map(|text| input::email("email", text).ok()).collect()
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
    let held = store::held_with_admins(&tx, change.member_id).await?;
    let before = held.iter().find(|member| member.id == change.member_id).ok_or_else(|| Error::unknown("memberId"))?;
    // Whoever changes a member has all the rights that these have, before and after.
    may_have(&tx, scope, (before.role, before.custom_role_id), Place::from(before), ["memberId"; 2]).await?;
    let place = Place { team_id: change.team_id.unwrap_or(before.team_id), resource: change.resource.unwrap_or(before.resource) };
    let role = (change.role.unwrap_or(before.role), change.custom_role_id.unwrap_or(before.custom_role_id));
    may_have(&tx, scope, role, place, ROLE_FIELDS).await?;
    // What belongs to them comes along.
    scope.may_move_team(before.team_id, place.team_id, "teamId")?;
    scope.may_move_resource(before.resource, place.resource, "resource")?;
    let after = revise_within(&tx, scope, change).await?;
    tx.commit().await?;
    Ok(after)
}

/// Changes a member within a transaction of another use case.
///
/// # Errors
/// As [`revise_member`].
pub async fn revise_within<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, change: &ReviseMember) -> Result<member::Model> {
    let held = store::held_with_admins(tx, change.member_id).await?;
    let manages = |row: &member::Model| row.active && row.role == Role::Admin && row.custom_role_id.is_none();
    let others_manage = held.iter().any(|row| row.id != change.member_id && manages(row));
    let mut after = held.into_iter().find(|row| row.id == change.member_id).ok_or_else(|| Error::unknown("memberId"))?;
    let managed = manages(&after);
    input::version(change.expected_version, after.version)?;
    let before = (after.role, after.custom_role_id, after.active);
    let state_before = (after.resource, after.active);
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
    if managed && !others_manage && !manages(&after) {
        problems.push("memberId", ProblemCode::NotAllowed, "the last admin must stay one");
    }
    problems.check()?;
    after.version += 1;
    store::keep_member(tx, &after).await?;
    if state_before != (after.resource, after.active) {
        note_state(tx, scope, &after).await?;
    }
    if before != (after.role, after.custom_role_id, after.active) {
        access::service::member_changed(tx, after.id, scope.now()).await?;
    }
    Ok(after)
}

/// Goes on where the caller has every right a role gives to somebody who stands at a place.
async fn may_have(
    tx: &TenantTx,
    scope: &Scope<OrganizationManage>,
    (role, custom): (Role, Option<CustomRoleId>),
    place: Place,
    [role_field, custom_field]: [&str; 2],
) -> Result<()> {
    match roles::known_role(tx, custom_field, custom).await? {
        None => roles::may_give(scope, &Rights::of(role), Some(place), role_field),
        Some(custom) => roles::may_give(scope, &roles::rights(&custom)?, Some(place), custom_field),
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
