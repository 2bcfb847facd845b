//! The API of the audit log.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, InputObject, Object, SimpleObject};
use entity::audit_entry;
use entity::ids::{self, AuditEntryId};
use entity::kinds::AuditOutcome;

use super::service::{self, AuditChange};
use crate::auth::permission::grant::{AuditRead, DirectoryRead};
use crate::clients::graphql::ApiClient;
use crate::connections;
use crate::db::PageRequest;
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::parse_optional_id;
use crate::graphql::scalar::{DateTime, int};
use crate::organization::graphql::Member;

/// What somebody did, or was denied.
#[derive(Clone, Debug, Description)]
pub struct AuditEntry(audit_entry::Model);

impl From<audit_entry::Model> for AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        Self(row)
    }
}

impl AuditEntry {
    /// The entry with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the audit log.
    pub async fn find(ctx: &Context<'_>, id: AuditEntryId) -> Result<Option<Self>> {
        ctx.authorize::<AuditRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl AuditEntry {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its place in the chain of the organization, from 1 and without a gap.
    async fn sequence(&self) -> i32 {
        int(self.0.sequence)
    }

    /// When.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Who did it; null for API clients and background work, and where you may not read members.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.member_id).await
    }

    /// The member they acted for: of an API client the one who answers for it.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.on_behalf_of).await
    }

    /// The API client that did it; null for others, and where you may not read clients.
    async fn api_client(&self, ctx: &Context<'_>) -> Result<Option<ApiClient>> {
        match self.0.client_id {
            Some(id) if ctx.permits::<DirectoryRead>() => ApiClient::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The name of the background work or the operator's command; null for members and API clients.
    async fn system(&self) -> Option<&str> {
        self.0.system.as_deref()
    }

    /// The mutation, or the command.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Whether it was done, or denied.
    async fn outcome(&self) -> AuditOutcome {
        self.0.outcome
    }

    /// The `X-Request-Id` of the request it came with.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What was recorded, changed or denied.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn changes(&self) -> Result<Vec<AuditedChange>> {
        Ok(service::changes(&self.0)?.into_iter().map(AuditedChange::from).collect())
    }

    /// The hash of the entry before; empty for the first.
    async fn previous_hash(&self) -> &str {
        &self.0.previous_hash
    }

    /// SHA-256 of all the entry says, the hash before included.
    async fn hash(&self) -> &str {
        &self.0.hash
    }
}

connections! {
    AuditEntryConnection, AuditEntryEdge, AuditEntry, "audit entries";
}

impl Loader<AuditEntryId> for Loads {
    type Value = audit_entry::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[AuditEntryId]) -> Result<HashMap<AuditEntryId, audit_entry::Model>, Arc<Error>> {
        service::entries_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum AuditChangeKind {
    /// It was recorded.
    Recorded,
    /// Many were recorded at once.
    RecordedMany,
    /// Some of what it says was changed.
    Changed,
    /// All that is held on it was given out.
    Exported,
    /// What says who an erased person was left many of a kind.
    ErasedMany,
    /// It was asked for without the right to, or by somebody who was not let in.
    Denied,
}

/// What happened to one object, or to many of a kind.
#[derive(Clone, Debug, SimpleObject)]
pub struct AuditedChange {
    /// What happened.
    change: AuditChangeKind,
    /// What kind of object it is.
    kind: Option<String>,
    /// The object; null for many, and for what was denied.
    object_id: Option<ID>,
    /// How many objects; null for a single one.
    count: Option<i32>,
    /// SHA-256 of the ids of many objects, in the order in which they were written.
    digest: Option<String>,
    /// What was changed about it.
    fields: Vec<AuditedField>,
    /// The permission that was missing, or did not reach so far; null where somebody was not let in, where an API client used a
    /// field it may not use, and where somebody said that they act for a member for whom they do not.
    permission: Option<String>,
    /// Where in the request it was missing, or the field of the input (or of an item of it) that names what is out of reach or
    /// did not fit; null where an object was looked up for several places at once.
    path: Option<String>,
}

/// What was changed about an object. Secrets and what a person is called are never told, only that they changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct AuditedField {
    /// The field, as it is kept.
    name: String,
    /// What it said before, as JSON; null where it said nothing, or that is not told.
    before: Option<String>,
    /// What it says since, as JSON; null where it says nothing, or that is not told.
    after: Option<String>,
}

impl From<AuditChange> for AuditedChange {
    fn from(change: AuditChange) -> Self {
        let none = Self {
            change: AuditChangeKind::Recorded,
            kind: None,
            object_id: None,
            count: None,
            digest: None,
            fields: Vec::new(),
            permission: None,
            path: None,
        };
        match change {
            AuditChange::Recorded { kind, id } => Self { kind: Some(kind), object_id: Some(ID(id)), ..none },
            AuditChange::RecordedMany { kind, count, digest, .. } => {
                Self { change: AuditChangeKind::RecordedMany, kind: Some(kind), count: Some(int(count)), digest: Some(digest), ..none }
            }
            AuditChange::Changed { kind, id, mut before, after } => {
                let text = |value: serde_json::Value| (!value.is_null()).then(|| value.to_string());
                let fields = after.into_iter().map(|(name, after)| {
                    let before = before.remove(&name).and_then(text);
                    AuditedField { name, before, after: text(after) }
                });
                Self { change: AuditChangeKind::Changed, kind: Some(kind), object_id: Some(ID(id)), fields: fields.collect(), ..none }
            }
            AuditChange::Exported { kind, id } => {
                Self { change: AuditChangeKind::Exported, kind: Some(kind), object_id: Some(ID(id)), ..none }
            }
            AuditChange::ErasedMany { kind, count } => {
                Self { change: AuditChangeKind::ErasedMany, kind: Some(kind), count: Some(int(count)), ..none }
            }
            AuditChange::Denied { permission, field } => {
                Self { change: AuditChangeKind::Denied, permission, path: (!field.is_empty()).then_some(field), ..none }
            }
        }
    }
}

/// Which entries are wanted: those that meet every condition given.
#[derive(InputObject, Default)]
pub struct AuditLogFilter {
    /// By this member, or on their behalf.
    member_id: Option<ID>,
    /// By this API client.
    api_client_id: Option<ID>,
    /// About this object, of any kind.
    object_id: Option<ID>,
    /// By this mutation or command.
    action: Option<String>,
    /// What was done, or what was denied.
    outcome: Option<AuditOutcome>,
    /// At this instant or later.
    recorded_from: Option<DateTime>,
    /// Before this instant.
    recorded_to: Option<DateTime>,
}

/// Reading the audit log.
#[derive(Debug, Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who did what, and who was denied what, latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<AuditLogFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<AuditEntryConnection> {
        let scope = ctx.authorize::<AuditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let object = filter.object_id.map(|id| {
            ids::uuid_of(&id).ok_or_else(|| Error::invalid("filter.objectId", ProblemCode::Invalid, "must be an id this API gave out"))
        });
        let filter = service::AuditFilter {
            member_id: parse_optional_id(filter.member_id.as_ref(), "filter.memberId")?,
            client_id: parse_optional_id(filter.api_client_id.as_ref(), "filter.apiClientId")?,
            object_id: object.transpose()?,
            action: filter.action,
            outcome: filter.outcome,
            from: filter.recorded_from.map(|at| at.0),
            to: filter.recorded_to.map(|at| at.0),
        };
        service::audit_log(&scope, filter, page, wants(ctx, "totalCount")).await.map(AuditEntryConnection::new)
    }
}
