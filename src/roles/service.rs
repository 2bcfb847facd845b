//! Use cases of roles and delegations.

use std::collections::HashMap;

use entity::ids::{CustomRoleId, DelegationId, MemberId};
use entity::time::Timestamp;
use entity::{custom_role, delegation, member};
use serde::{Deserialize, Serialize};

use super::store;
use crate::auth::permission::grant::{DelegationManage, DirectoryRead, OrganizationManage};
use crate::auth::permission::{Grant, Permission, Reach, Rights};
use crate::auth::{Place, Scope};
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::organization::service::Owners;

/// A permission a role gives, and how far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// The permission.
    pub permission: Permission,
    /// How far it goes.
    pub reach: Reach,
}

/// What a member may do: what their own role of the organization says, else what their built-in role says.
///
/// # Errors
/// What the database says.
pub async fn rights_of(tx: &TenantTx, member: &member::Model) -> Result<Rights> {
    match member.custom_role_id {
        None => Ok(Rights::of(member.role)),
        Some(id) => rights(&tx.get::<custom_role::Entity>(id).await?.ok_or(Error::broken("the role of a member exists"))?),
    }
}

/// What a role allows.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn rights(role: &custom_role::Model) -> Result<Rights> {
    read_grants(&role.grants).map(|grants| rights_of_grants(&grants))
}

/// What grants allow together; of a permission that is named twice the first counts.
#[must_use]
pub fn rights_of_grants(grants: &[RoleGrant]) -> Rights {
    Rights::from_fn(|permission| grants.iter().find(|grant| grant.permission == permission).map(|grant| grant.reach))
}

/// Grants from the text they are kept as, in the order of the declaration of the permissions.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn read_grants(kept: &str) -> Result<Vec<RoleGrant>> {
    serde_json::from_str(kept).map_err(Error::internal)
}

/// The members somebody may act for at an instant.
///
/// # Errors
/// What the database says.
pub async fn acts_for(tx: &TenantTx, member: MemberId, now: Timestamp) -> Result<Vec<MemberId>> {
    store::principals(tx, member, now).await
}

/// Goes on where somebody else asked for it: neither the caller, nor whom they act for, nor who acts for them.
///
/// # Errors
/// `SELF_APPROVAL` on the field; [`Error::Forbidden`] where nobody is calling, for a decision is somebody's.
pub async fn is_of_another<P: Grant>(
    tx: &TenantTx,
    scope: &Scope<P>,
    (asked_by, asked_for): (Option<MemberId>, Option<MemberId>),
    field: &str,
) -> Result<()> {
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    let mut callers = acts_for(tx, member, scope.now()).await?;
    callers.extend([Some(member), scope.own_id()].into_iter().flatten());
    let mut own = asked_by.into_iter().chain(asked_for).any(|asker| callers.contains(&asker));
    if let Some(asker) = asked_by {
        own |= acts_for(tx, asker, scope.now()).await?.contains(&member);
    }
    if own {
        return Err(Error::invalid(field, ProblemCode::SelfApproval, "somebody else has to decide about what you asked for"));
    }
    Ok(())
}

/// Goes on where the caller has all the rights they give: nobody makes anybody mightier than themselves. Where it is known
/// where somebody will stand, rights that go by that have to reach there.
///
/// # Errors
/// A problem with the field.
pub fn may_give<P: Grant>(scope: &Scope<P>, given: &Rights, place: Option<Place>, field: &str) -> Result<()> {
    let beyond: Vec<&str> = given.iter().filter(|&right| !scope.may_give(right, place)).map(|(permission, _)| permission.name()).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    Err(scope.out_of_reach(field, format!("you may not give or take what you do not have: {}", beyond.join(", "))))
}

/// The roles of the organization's own, by name.
///
/// # Errors
/// What the database says.
pub async fn custom_roles(scope: &Scope<DirectoryRead>) -> Result<Vec<custom_role::Model>> {
    store::custom_roles(&scope.read().await?).await
}

/// The roles with some ids.
///
/// # Errors
/// What the database says.
pub async fn custom_roles_by_id(scope: &Scope<DirectoryRead>, ids: &[CustomRoleId]) -> Result<HashMap<CustomRoleId, custom_role::Model>> {
    let rows = scope.read().await?.get_many::<custom_role::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A new role.
#[derive(Clone, Debug, Serialize)]
pub struct DefineRole {
    /// What it is called; unique.
    pub name: String,
    /// The permissions it gives, each once.
    pub grants: Vec<RoleGrant>,
    /// Repeating it gives the same role.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines a role.
///
/// # Errors
/// Problems with `name`, `grants`.
pub async fn define_role(scope: &Scope<OrganizationManage>, new: &DefineRole) -> Result<custom_role::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "defineRole", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CustomRoleId>(&tx).await? {
        return tx.get::<custom_role::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    let grants = problems.take(settled_grants(scope, &new.grants))?;
    problems.check()?;
    let row = tx
        .insert::<custom_role::Entity>(custom_role::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            name: name.unwrap_or_default(),
            grants: grants.unwrap_or_default(),
            recorded_at: scope.now(),
            version: 1,
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes of a role; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseRole {
    /// The role.
    pub role_id: CustomRoleId,
    /// What it is called.
    pub name: Option<String>,
    /// All the permissions it gives from now on.
    pub grants: Option<Vec<RoleGrant>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes a role. It counts from the next request of those who have it.
///
/// # Errors
/// Problems with the fields.
pub async fn revise_role(scope: &Scope<OrganizationManage>, change: &ReviseRole) -> Result<custom_role::Model> {
    let tx = scope.write().await?;
    let mut after = store::custom_role_locked(&tx, change.role_id).await?.ok_or_else(|| Error::unknown("roleId"))?;
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    // A role is for those to change who may do all that it lets others do, before and after, wherever these stand.
    let holders = store::holders(&tx, after.id).await?;
    let mut roles = vec![rights(&after)?];
    if let Some(grants) = &change.grants {
        after.grants = problems.take(settled_grants(scope, grants))?.unwrap_or_default();
        roles.push(rights_of_grants(grants));
        if grants.is_empty() && holders.iter().any(|holder| holder.active) {
            problems.push("grants", ProblemCode::NotAllowed, "members have this role: give them another one first");
        }
    }
    problems.check()?;
    for rights in &roles {
        may_give(scope, rights, None, "roleId")?;
        holders.iter().try_for_each(|holder| may_give(scope, rights, Some(Place::from(holder)), "roleId"))?;
    }
    after.version += 1;
    store::keep_custom_role(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Grants as they are kept: in the order of declaration, each permission once and as far as it can go, none the caller does
/// not have.
///
/// # Errors
/// A problem with `grants`.
pub fn settled_grants<P: Grant>(scope: &Scope<P>, wanted: &[RoleGrant]) -> Result<String> {
    if let Some(grant) = wanted.iter().find(|grant| !grant.permission.reaches().contains(&grant.reach)) {
        let reaches: Vec<&str> = grant.permission.reaches().iter().map(|reach| reach.name()).collect();
        let message = format!("{} goes as far as {} only", grant.permission.name(), reaches.join(" or "));
        return Err(Error::invalid("grants", ProblemCode::Invalid, message));
    }
    let rights = rights_of_grants(wanted);
    let grants: Vec<RoleGrant> = rights.iter().map(|(permission, reach)| RoleGrant { permission, reach }).collect();
    if grants.len() != wanted.len() {
        return Err(Error::invalid("grants", ProblemCode::Invalid, "names each permission once"));
    }
    may_give(scope, &rights, None, "grants")?;
    serde_json::to_string(&grants).map_err(Error::internal)
}

/// The role, where one is named. It stays as it is until the transaction ends: what somebody may give is decided by it.
///
/// # Errors
/// A problem with the field where there is none.
pub async fn known_role(tx: &TenantTx, field: &str, id: Option<CustomRoleId>) -> Result<Option<custom_role::Model>> {
    match id {
        None => Ok(None),
        Some(id) => store::custom_role_shared(tx, id).await?.map(Some).ok_or_else(|| Error::unknown(field)),
    }
}

/// A page of who may act for whom.
///
/// # Errors
/// What the database says.
pub async fn delegations(
    scope: &Scope<DirectoryRead>,
    of: Option<MemberId>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<delegation::Model>> {
    store::delegations(&scope.read().await?, of).listing(page, with_total).await
}

/// The delegations with some ids.
///
/// # Errors
/// What the database says.
pub async fn delegations_by_id(scope: &Scope<DirectoryRead>, ids: &[DelegationId]) -> Result<HashMap<DelegationId, delegation::Model>> {
    let rows = scope.read().await?.get_many::<delegation::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Somebody is to act for somebody else.
#[derive(Clone, Debug, Serialize)]
pub struct Delegate {
    /// Who acts.
    pub assistant_id: MemberId,
    /// For whom.
    pub principal_id: MemberId,
    /// Until when; `None` until it is ended.
    pub ends_at: Option<Timestamp>,
    /// Repeating it gives the same delegation.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Lets somebody act for a member from now on: what is that member's is theirs too, within what their own role allows.
///
/// # Errors
/// Problems with `assistantId`, `principalId`, `endsAt`.
pub async fn delegate(scope: &Scope<DelegationManage>, new: &Delegate) -> Result<delegation::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "delegate", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<DelegationId>(&tx).await? {
        return tx.get::<delegation::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    problems.take(may_lend(&tx, scope, new.principal_id, "principalId").await)?;
    if tx.get::<member::Entity>(new.assistant_id).await?.is_none_or(|assistant| !assistant.active) {
        problems.take::<()>(Err(Error::unknown("assistantId")))?;
    }
    if new.assistant_id == new.principal_id {
        problems.push("assistantId", ProblemCode::SelfReference, "everybody acts for themselves");
    }
    if new.ends_at.is_some_and(|at| at <= scope.now()) {
        problems.push("endsAt", ProblemCode::DateOutOfRange, "must lie ahead");
    }
    problems.check()?;
    let row = tx
        .insert::<delegation::Entity>(delegation::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            assistant_id: new.assistant_id,
            principal_id: new.principal_id,
            begins_at: scope.now(),
            ends_at: new.ends_at,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
            version: 1,
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Goes on where the objects of a member are the caller's to give away, by more than a delegation.
async fn may_lend(tx: &TenantTx, scope: &Scope<DelegationManage>, principal: MemberId, field: &str) -> Result<()> {
    Owners::load(tx, [principal]).await?.of(scope, Some(principal), field)?;
    match tx.get::<member::Entity>(principal).await? {
        Some(principal) if !scope.reaches_by_itself(&principal) => {
            Err(scope.out_of_reach(field, "what is lent to you is not yours to lend"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Ends a delegation now. One that has ended stays as it is.
///
/// # Errors
/// A problem with `delegationId`.
pub async fn end_delegation(scope: &Scope<DelegationManage>, id: DelegationId) -> Result<delegation::Model> {
    let tx = scope.write().await?;
    let mut after = store::delegation_locked(&tx, id).await?.ok_or_else(|| Error::unknown("delegationId"))?;
    // Who may not give the objects of a principal away may not take them back either.
    may_lend(&tx, scope, after.principal_id, "delegationId").await?;
    if after.ends_at.is_some_and(|at| at <= scope.now()) {
        return Ok(after);
    }
    after.ends_at = Some(scope.now());
    after.version += 1;
    store::keep_delegation(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}
