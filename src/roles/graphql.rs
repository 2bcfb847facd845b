//! The API of roles and delegations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use entity::ids::{CustomRoleId, DelegationId};
use entity::kinds::Role;
use entity::{custom_role, delegation};

use super::service;
use crate::auth::permission::grant::{DelegationManage, DirectoryRead, OrganizationManage};
use crate::auth::permission::{Permission, Reach, Rights};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::{DateTime, int};
use crate::organization::graphql::Member;
use crate::{connections, payloads};

/// A permission that is given, and how far it goes.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RoleGrant {
    /// What is permitted.
    permission: Permission,
    /// Which objects it reaches.
    reach: Reach,
}

impl From<service::RoleGrant> for RoleGrant {
    fn from(service::RoleGrant { permission, reach }: service::RoleGrant) -> Self {
        Self { permission, reach }
    }
}

/// A role every organization has. It cannot be changed.
#[derive(Clone, Copy, Debug, Description)]
pub struct BuiltInRole(Role);

#[Object(use_type_description)]
impl BuiltInRole {
    /// Which one.
    async fn role(&self) -> Role {
        self.0
    }

    /// The permissions it gives.
    async fn grants(&self) -> Vec<RoleGrant> {
        Rights::of(self.0).iter().map(|(permission, reach)| RoleGrant { permission, reach }).collect()
    }
}

/// A role the organization defined for itself.
#[derive(Clone, Debug, Description)]
pub struct CustomRole(custom_role::Model);

impl CustomRole {
    /// The role with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read roles.
    pub async fn find(ctx: &Context<'_>, id: CustomRoleId) -> Result<Option<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl CustomRole {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called; unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The permissions it gives.
    async fn grants(&self) -> Result<Vec<RoleGrant>> {
        Ok(service::read_grants(&self.0.grants)?.into_iter().map(RoleGrant::from).collect())
    }

    /// When it was defined.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

impl Loader<CustomRoleId> for Loads {
    type Value = custom_role::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CustomRoleId]) -> Result<HashMap<CustomRoleId, custom_role::Model>, Arc<Error>> {
        service::custom_roles_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The right of a member to act for another one: what is that member's is theirs too, within what their own role allows.
#[derive(Clone, Debug, Description)]
pub struct Delegation(delegation::Model);

impl From<delegation::Model> for Delegation {
    fn from(row: delegation::Model) -> Self {
        Self(row)
    }
}

impl Delegation {
    /// The delegation with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read members.
    pub async fn find(ctx: &Context<'_>, id: DelegationId) -> Result<Option<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Delegation {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who acts.
    async fn assistant(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::find(ctx, self.0.assistant_id).await
    }

    /// For whom.
    async fn principal(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::find(ctx, self.0.principal_id).await
    }

    /// From when.
    async fn begins_at(&self) -> DateTime {
        DateTime(self.0.begins_at)
    }

    /// Until when; null until it is ended.
    async fn ends_at(&self) -> Option<DateTime> {
        self.0.ends_at.map(DateTime)
    }

    /// Who allowed it; null for the operator of the installation.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.0.recorded_by {
            Some(id) => Member::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    DelegationConnection, DelegationEdge, Delegation, "delegations";
}

impl Loader<DelegationId> for Loads {
    type Value = delegation::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[DelegationId]) -> Result<HashMap<DelegationId, delegation::Model>, Arc<Error>> {
        service::delegations_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Reading roles and delegations.
#[derive(Debug, Default)]
pub struct RolesQuery;

#[Object]
impl RolesQuery {
    /// The roles every organization has, with what each may do.
    #[graphql(complexity = "12 * child_complexity + 1")]
    async fn built_in_roles(&self, ctx: &Context<'_>) -> Result<Vec<BuiltInRole>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(Role::ALL.iter().copied().map(BuiltInRole).collect())
    }

    /// The roles the organization defined for itself, by name.
    #[graphql(complexity = "25 * child_complexity + 1")]
    async fn custom_roles(&self, ctx: &Context<'_>) -> Result<Vec<CustomRole>> {
        Ok(service::custom_roles(&ctx.authorize::<DirectoryRead>()?).await?.into_iter().map(CustomRole).collect())
    }

    /// Who may act for whom, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn delegations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To or from this member only.")] member_id: Option<ID>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<DelegationConnection> {
        let scope = ctx.authorize::<DirectoryRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let member = parse_optional_id(member_id.as_ref(), "memberId")?;
        service::delegations(&scope, member, page, wants(ctx, "totalCount")).await.map(DelegationConnection::new)
    }
}

/// A permission to give, and how far it is to go.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct RoleGrantInput {
    /// What is permitted.
    permission: Permission,
    /// Which objects it reaches.
    reach: Reach,
}

/// As the use cases take them.
pub fn grants(wanted: Vec<RoleGrantInput>) -> Vec<service::RoleGrant> {
    wanted.into_iter().map(|RoleGrantInput { permission, reach }| service::RoleGrant { permission, reach }).collect()
}

/// A new role.
#[derive(InputObject)]
pub struct DefineRoleInput {
    /// What it is called; unique.
    name: String,
    /// The permissions it gives, each once. Nobody can give what they do not have.
    grants: Vec<RoleGrantInput>,
    /// Repeating the mutation with the same key gives the same role.
    idempotency_key: Option<String>,
}

/// Changes of a role; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseRoleInput {
    /// The role.
    role_id: ID,
    /// What it is called; unique.
    name: Option<String>,
    /// All the permissions it gives from now on.
    grants: Option<Vec<RoleGrantInput>>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
}

/// Who is to act for whom.
#[derive(InputObject)]
pub struct DelegateInput {
    /// Who acts.
    assistant_id: ID,
    /// For whom.
    principal_id: ID,
    /// Until when; left out, until it is ended.
    ends_at: Option<DateTime>,
    /// Repeating the mutation with the same key gives the same delegation.
    idempotency_key: Option<String>,
}

/// Which delegation is to end.
#[derive(InputObject)]
pub struct EndDelegationInput {
    /// The delegation.
    delegation_id: ID,
}

payloads! {
    /// What came of defining a role.
    DefineRolePayload {
        /// The new role.
        custom_role: CustomRole
    }
    /// What came of revising a role.
    ReviseRolePayload {
        /// The role as it is now.
        custom_role: CustomRole
    }
    /// What came of letting somebody act for a member.
    DelegatePayload {
        /// The delegation.
        delegation: Delegation
    }
    /// What came of ending a delegation.
    EndDelegationPayload {
        /// The delegation as it is now.
        delegation: Delegation
    }
}

/// Changing roles and delegations.
#[derive(Debug, Default)]
pub struct RolesMutation;

#[Object]
impl RolesMutation {
    /// Defines a role of the organization's own.
    async fn define_role(&self, ctx: &Context<'_>, input: DefineRoleInput) -> Result<DefineRolePayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let new = service::DefineRole { name: input.name, grants: grants(input.grants), idempotency_key: input.idempotency_key };
        DefineRolePayload::settle(service::define_role(&scope, &new).await.map(CustomRole))
    }

    /// Changes a role of the organization's own; it counts from the next request of those who have it.
    async fn revise_role(&self, ctx: &Context<'_>, input: ReviseRoleInput) -> Result<ReviseRolePayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let change = service::ReviseRole {
            role_id: parse_id(&input.role_id, "input.roleId")?,
            name: input.name,
            grants: input.grants.map(grants),
            expected_version: input.expected_version.map(i64::from),
        };
        ReviseRolePayload::settle(service::revise_role(&scope, &change).await.map(CustomRole))
    }

    /// Lets somebody act for a member from now on. Who acts for several says for whom by the header `Acting-For: mem_…`; then
    /// only what is that member's is theirs, and it is recorded as done for that member. Sellers do so for themselves, leads for their team.
    async fn delegate(&self, ctx: &Context<'_>, input: DelegateInput) -> Result<DelegatePayload> {
        let scope = ctx.authorize::<DelegationManage>()?;
        let new = service::Delegate {
            assistant_id: parse_id(&input.assistant_id, "input.assistantId")?,
            principal_id: parse_id(&input.principal_id, "input.principalId")?,
            ends_at: input.ends_at.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        };
        DelegatePayload::settle(service::delegate(&scope, &new).await.map(Delegation))
    }

    /// Ends a delegation now.
    async fn end_delegation(&self, ctx: &Context<'_>, input: EndDelegationInput) -> Result<EndDelegationPayload> {
        let scope = ctx.authorize::<DelegationManage>()?;
        let id = parse_id(&input.delegation_id, "input.delegationId")?;
        EndDelegationPayload::settle(service::end_delegation(&scope, id).await.map(Delegation))
    }
}
