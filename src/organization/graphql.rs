//! The API of organizations, teams and members.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::ids::{MemberId, OrganizationId, TeamId};
use entity::kinds::{Resource, Role, WeekStart};
use entity::{member, organization, team};

use super::service;
use crate::auth::permission::grant::{DirectoryRead, OrganizationManage, OrganizationRead};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{CurrencyCode, DateTime, TimeZone, int};
use crate::roles::graphql::CustomRole;
use crate::{connections, payloads};

/// One company: the tenant of everything below it.
#[derive(Clone, Debug, Description)]
pub struct Organization(organization::Model);

impl From<organization::Model> for Organization {
    fn from(row: organization::Model) -> Self {
        Self(row)
    }
}

impl Organization {
    /// The caller's organization, if it has this id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find(ctx: &Context<'_>, id: OrganizationId) -> Result<Option<Self>> {
        Ok(service::organization_with_id(&ctx.authorize::<OrganizationRead>()?, id).await?.map(Self))
    }
}

#[Object(use_type_description)]
impl Organization {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.organization_id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The currency of every total.
    async fn base_currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.base_currency.to_string())
    }

    /// The zone its local days are in, unless a question names another.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.timezone.clone())
    }

    /// The day its weeks begin with.
    async fn week_start(&self) -> WeekStart {
        self.0.week_start
    }

    /// The month its fiscal year begins with, 1 to 12.
    async fn fiscal_year_start_month(&self) -> i32 {
        i32::from(self.0.fiscal_year_start_month)
    }

    /// Days after a close in which a cancellation counts as a refund.
    async fn refund_window_days(&self) -> i32 {
        i32::from(self.0.refund_window_days)
    }

    /// When it was created.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

/// A team of the organization chart.
#[derive(Clone, Debug, Description)]
pub struct Team(team::Model);

impl From<team::Model> for Team {
    fn from(row: team::Model) -> Self {
        Self(row)
    }
}

impl Team {
    /// The team with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read teams.
    pub async fn find(ctx: &Context<'_>, id: TeamId) -> Result<Option<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Team {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The resources it serves.
    async fn resources(&self) -> Vec<Resource> {
        self.0.resources.iter().collect()
    }

    /// The team it is part of; null for a root.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.parent_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The teams that are part of it.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        let rows = ctx.loads()?.load_one(Within(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(rows.unwrap_or_default().into_iter().map(Self).collect())
    }

    /// When it was created.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

/// Somebody, or something, that works in the organization and may sign in.
#[derive(Clone, Debug, Description)]
pub struct Member(member::Model);

impl From<member::Model> for Member {
    fn from(row: member::Model) -> Self {
        Self(row)
    }
}

impl Member {
    /// The member with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read members.
    pub async fn find(ctx: &Context<'_>, id: MemberId) -> Result<Option<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// The member with an id, for who reads members; nobody for all others, to whom the rest of the object is shown.
    ///
    /// # Errors
    /// What the database says.
    pub async fn shown(ctx: &Context<'_>, id: Option<MemberId>) -> Result<Option<Self>> {
        match id {
            Some(id) if ctx.permits::<DirectoryRead>() => Self::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}

#[Object(use_type_description)]
impl Member {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// E-mail address, lower case, unique in the organization.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What to call them.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they may do, unless a role of the organization's own says so.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// The role of the organization's own that says what they may do; null where `role` does, or you may not read roles.
    async fn custom_role(&self, ctx: &Context<'_>) -> Result<Option<CustomRole>> {
        match self.0.custom_role_id {
            Some(id) if ctx.permits::<DirectoryRead>() => CustomRole::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The resource they work for.
    async fn resource(&self) -> Option<Resource> {
        self.0.resource
    }

    /// The team they are in; null also where you may not read teams.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.0.team_id {
            Some(id) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The organization they are a member of: yours.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        service::organization(&ctx.authorize::<OrganizationRead>()?).await.map(Organization)
    }

    /// Whether they may sign in.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// When they were added.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    TeamConnection, TeamEdge, Team, "teams";
    MemberConnection, MemberEdge, Member, "members";
}

impl Loader<TeamId> for Loads {
    type Value = team::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[TeamId]) -> Result<HashMap<TeamId, team::Model>, Arc<Error>> {
        service::teams_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the teams that are part of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Within(TeamId);

impl Loader<Within> for Loads {
    type Value = Vec<team::Model>;
    type Error = Arc<Error>;

    async fn load(&self, parents: &[Within]) -> Result<HashMap<Within, Vec<team::Model>>, Arc<Error>> {
        let parents: Vec<TeamId> = parents.iter().map(|parent| parent.0).collect();
        let found = service::teams_within(&self.authorize()?, &parents).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(parent, rows)| (Within(parent), rows)).collect())
    }
}

impl Loader<MemberId> for Loads {
    type Value = member::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[MemberId]) -> Result<HashMap<MemberId, member::Model>, Arc<Error>> {
        service::members_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Reading organizations, teams and members.
#[derive(Debug, Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// Who you are; of an API client, the member who answers for it.
    async fn me(&self, ctx: &Context<'_>) -> Result<Member> {
        ctx.authorize::<OrganizationRead>()?;
        ctx.caller()?.member().cloned().map(Member).ok_or(Error::Unauthenticated)
    }

    /// Your organization and its settings.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        service::organization(&ctx.authorize::<OrganizationRead>()?).await.map(Organization)
    }

    /// The teams of the organization chart, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TeamConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::teams(&ctx.authorize::<DirectoryRead>()?, page, wants(ctx, "totalCount")).await.map(TeamConnection::new)
    }

    /// The team with an id; null where there is none.
    async fn team(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Team>> {
        ctx.authorize::<DirectoryRead>()?;
        Team::find(ctx, parse_id(&id, "id")?).await
    }

    /// The members, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<MemberConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::members(&ctx.authorize::<DirectoryRead>()?, page, wants(ctx, "totalCount")).await.map(MemberConnection::new)
    }

    /// The member with an id; null where there is none.
    async fn member(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Member>> {
        ctx.authorize::<DirectoryRead>()?;
        Member::find(ctx, parse_id(&id, "id")?).await
    }
}

/// Changes of the organization's settings; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseOrganizationInput {
    /// What it is called.
    name: Option<String>,
    /// The zone its local days are in.
    time_zone: Option<TimeZone>,
    /// The currency of every total; fixed once money is recorded.
    base_currency: Option<CurrencyCode>,
    /// The day its weeks begin with.
    week_start: Option<WeekStart>,
    /// The month its fiscal year begins with, 1 to 12.
    fiscal_year_start_month: Option<i32>,
    /// Days after a close in which a cancellation counts as a refund, 0 to 366.
    refund_window_days: Option<i32>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
}

/// A new team.
#[derive(InputObject)]
pub struct CreateTeamInput {
    /// What it is called; unique.
    name: String,
    /// The team it is part of.
    parent_id: Option<ID>,
    /// The resources it serves; at least one.
    resources: Vec<Resource>,
    /// Repeating the mutation with the same key gives the same team.
    idempotency_key: Option<String>,
}

/// Changes of a team; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseTeamInput {
    /// The team.
    team_id: ID,
    /// What it is called; unique.
    name: Option<String>,
    /// The team it is part of; null makes it a root.
    parent_id: MaybeUndefined<ID>,
    /// The resources it serves; at least one.
    resources: Option<Vec<Resource>>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
}

/// A new member.
#[derive(InputObject)]
pub struct AddMemberInput {
    /// E-mail address, unique in the organization.
    email: String,
    /// What to call them.
    name: String,
    /// What they may do.
    role: Role,
    /// A role of the organization's own that says so instead.
    custom_role_id: Option<ID>,
    /// The resource they work for; roles of a resource need it.
    resource: Option<Resource>,
    /// The team they are in.
    team_id: Option<ID>,
    /// Repeating the mutation with the same key gives the same member.
    idempotency_key: Option<String>,
}

/// Changes of a member; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseMemberInput {
    /// The member.
    member_id: ID,
    /// What to call them.
    name: Option<String>,
    /// What they may do.
    role: Option<Role>,
    /// A role of the organization's own that says so instead; null for none.
    custom_role_id: MaybeUndefined<ID>,
    /// The resource they work for; null for none.
    resource: MaybeUndefined<Resource>,
    /// The team they are in; null for none.
    team_id: MaybeUndefined<ID>,
    /// Whether they may sign in.
    active: Option<bool>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
}

payloads! {
    /// What came of revising the organization.
    ReviseOrganizationPayload {
        /// The organization with its new settings.
        organization: Organization
    }
    /// What came of creating a team.
    CreateTeamPayload {
        /// The new team.
        team: Team
    }
    /// What came of revising a team.
    ReviseTeamPayload {
        /// The team as it is now.
        team: Team
    }
    /// What came of adding a member.
    AddMemberPayload {
        /// The new member.
        member: Member
    }
    /// What came of revising a member.
    ReviseMemberPayload {
        /// The member as it is now.
        member: Member
    }
}

/// Changing organizations, teams and members.
#[derive(Debug, Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Changes the organization's settings.
    async fn revise_organization(&self, ctx: &Context<'_>, input: ReviseOrganizationInput) -> Result<ReviseOrganizationPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let change = service::ReviseOrganization {
            name: input.name,
            time_zone: input.time_zone.map(|zone| zone.0),
            base_currency: input.base_currency.map(|currency| currency.0),
            week_start: input.week_start,
            fiscal_year_start_month: input.fiscal_year_start_month,
            refund_window_days: input.refund_window_days,
            expected_version: input.expected_version.map(i64::from),
        };
        ReviseOrganizationPayload::settle(service::revise_organization(&scope, &change).await.map(Organization))
    }

    /// Creates a team.
    async fn create_team(&self, ctx: &Context<'_>, input: CreateTeamInput) -> Result<CreateTeamPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let new = service::CreateTeam {
            name: input.name,
            parent_id: parse_optional_id(input.parent_id.as_ref(), "input.parentId")?,
            resources: input.resources,
            idempotency_key: input.idempotency_key,
        };
        CreateTeamPayload::settle(service::create_team(&scope, &new).await.map(Team))
    }

    /// Changes a team: its name, its resources, or where in the chart it stands.
    async fn revise_team(&self, ctx: &Context<'_>, input: ReviseTeamInput) -> Result<ReviseTeamPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let change = service::ReviseTeam {
            team_id: parse_id(&input.team_id, "input.teamId")?,
            name: input.name,
            parent_id: parse_patch_id(input.parent_id, "input.parentId")?,
            resources: input.resources,
            expected_version: input.expected_version.map(i64::from),
        };
        ReviseTeamPayload::settle(service::revise_team(&scope, &change).await.map(Team))
    }

    /// Adds a member.
    async fn add_member(&self, ctx: &Context<'_>, input: AddMemberInput) -> Result<AddMemberPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let new = service::AddMember {
            email: input.email,
            name: input.name,
            role: input.role,
            custom_role_id: parse_optional_id(input.custom_role_id.as_ref(), "input.customRoleId")?,
            resource: input.resource,
            team_id: parse_optional_id(input.team_id.as_ref(), "input.teamId")?,
            idempotency_key: input.idempotency_key,
        };
        AddMemberPayload::settle(service::add_member(&scope, &new).await.map(Member))
    }

    /// Changes a member; it counts from their next request on.
    async fn revise_member(&self, ctx: &Context<'_>, input: ReviseMemberInput) -> Result<ReviseMemberPayload> {
        let scope = ctx.authorize::<OrganizationManage>()?;
        let change = service::ReviseMember {
            member_id: parse_id(&input.member_id, "input.memberId")?,
            name: input.name,
            role: input.role,
            custom_role_id: parse_patch_id(input.custom_role_id, "input.customRoleId")?,
            resource: match input.resource {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(resource) => Some(Some(resource)),
            },
            team_id: parse_patch_id(input.team_id, "input.teamId")?,
            active: input.active,
            expected_version: input.expected_version.map(i64::from),
        };
        ReviseMemberPayload::settle(service::revise_member(&scope, &change).await.map(Member))
    }
}
