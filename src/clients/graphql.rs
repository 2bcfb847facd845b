//! The API of API clients.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ids::{ApiClientId, ClientSecretId};
use entity::{api_client, client_secret};

use super::service::{self, Issued};
use crate::auth::permission::grant::{ClientManage, DirectoryRead, OrganizationRead};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::allowed;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{DateTime, int};
use crate::graphql::user_error::{UserError, settle};
use crate::organization::graphql::Member;
use crate::roles::graphql::{RoleGrant, RoleGrantInput, grants};
use crate::roles::service::read_grants;
use crate::{connections, payloads};

/// How long earlier secrets go on beside a new one where nothing else is said, in seconds: a day.
const OVERLAP_SECONDS: i32 = 24 * 3_600;

/// An integration that calls as itself. It may what it was given, as far as the member who answers for it may that too,
/// at the moment of each call.
#[derive(Clone, Debug, Description)]
pub struct ApiClient(api_client::Model);

impl From<api_client::Model> for ApiClient {
    fn from(row: api_client::Model) -> Self {
        Self(row)
    }
}

impl ApiClient {
    /// The client with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read clients.
    pub async fn find(ctx: &Context<'_>, id: ApiClientId) -> Result<Option<Self>> {
        ctx.authorize::<DirectoryRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl ApiClient {
    /// Its id: the `client_id` of OAuth 2.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called; unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The member who made it and answers for it.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::find(ctx, self.0.member_id).await
    }

    /// The permissions it was given. What the member who answers for it does not have, it does not have either.
    async fn grants(&self) -> Result<Vec<RoleGrant>> {
        Ok(read_grants(&self.0.grants)?.into_iter().map(RoleGrant::from).collect())
    }

    /// The only fields it may ask for and fill in, as `Type.field` or `Type.*`; null for all that its permissions show.
    /// Connections, edges, payloads and what is common to all answers are free.
    async fn fields(&self) -> Result<Option<Vec<String>>> {
        service::fields(&self.0)
    }

    /// The only source whose objects it may record and change; null for any.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// Its secrets, latest first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn secrets(&self, ctx: &Context<'_>) -> Result<Vec<ClientSecret>> {
        ctx.authorize::<DirectoryRead>()?;
        let secrets = ctx.loads()?.load_one(SecretsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(secrets.unwrap_or_default().into_iter().map(ClientSecret).collect())
    }

    /// When it ends; null for never.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it was ended; null while it goes on.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }

    /// When it was made.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

connections! {
    ApiClientConnection, ApiClientEdge, ApiClient, "API clients";
}

/// A secret of an API client. Nobody can be told what it is after it was made.
#[derive(Clone, Debug, Description)]
pub struct ClientSecret(client_secret::Model);

#[Object(use_type_description)]
impl ClientSecret {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How it begins and ends, to know it by.
    async fn hint(&self) -> &str {
        &self.0.hint
    }

    /// When it was made.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// When it ends; null for never.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it was ended; null while it goes on.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }

    /// When it, or a token given for it, was used last, to the minute; null if it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }
}

impl Loader<ApiClientId> for Loads {
    type Value = api_client::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[ApiClientId]) -> Result<HashMap<ApiClientId, api_client::Model>, Arc<Error>> {
        service::clients_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The secrets of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SecretsOf(ApiClientId);

impl Loader<SecretsOf> for Loads {
    type Value = Vec<client_secret::Model>;
    type Error = Arc<Error>;

    async fn load(&self, clients: &[SecretsOf]) -> Result<HashMap<SecretsOf, Vec<client_secret::Model>>, Arc<Error>> {
        let ids: Vec<ApiClientId> = clients.iter().map(|of| of.0).collect();
        let found = service::secrets_by_client(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(client, secrets)| (SecretsOf(client), secrets)).collect())
    }
}

/// Reading API clients.
#[derive(Debug, Default)]
pub struct ClientQuery;

#[Object]
impl ClientQuery {
    /// The API client you are; null for members.
    async fn calling_client(&self, ctx: &Context<'_>) -> Result<Option<ApiClient>> {
        let scope = ctx.authorize::<OrganizationRead>()?;
        service::calling(&scope).await.map(|client| client.map(ApiClient))
    }

    /// The API clients, those that were ended too, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn api_clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ApiClientConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::clients(&ctx.authorize::<DirectoryRead>()?, page, wants(ctx, "totalCount")).await.map(ApiClientConnection::new)
    }
}

/// A new API client. You answer for it: it never may more than you may.
#[derive(InputObject)]
pub struct CreateApiClientInput {
    /// What it is called; unique.
    name: String,
    /// The permissions it is given, each once. Nobody can give what they do not have, and no client can sign in, let others
    /// in, delegate or make clients.
    grants: Vec<RoleGrantInput>,
    /// The only fields it may ask for and fill in: `Query.accounts`, `Account.name`, `RecordTouchInput.*`. Left out, all that
    /// its permissions show.
    fields: Option<Vec<String>>,
    /// The only source whose objects it may record and change: they must carry an external id of it. Left out, any.
    source: Option<String>,
    /// When it ends; left out, never.
    expires_at: Option<DateTime>,
    /// Repeating the mutation with the same key gives the same client, without its secret.
    idempotency_key: Option<String>,
}

/// Changes of an API client; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseApiClientInput {
    /// The client.
    api_client_id: ID,
    /// What it is called; unique.
    name: Option<String>,
    /// All the permissions it is given from now on.
    grants: Option<Vec<RoleGrantInput>>,
    /// The only fields it may ask for and fill in; null for all.
    fields: MaybeUndefined<Vec<String>>,
    /// The only source whose objects it may record and change; null for any.
    source: MaybeUndefined<String>,
    /// When it ends; null for never.
    expires_at: MaybeUndefined<DateTime>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
}

/// Which client gets another secret.
#[derive(InputObject)]
pub struct RotateClientSecretInput {
    /// The client.
    api_client_id: ID,
    /// How long its earlier secrets go on, in seconds, at most 30 days. Default a day; 0 ends them now.
    overlap_seconds: Option<i32>,
}

/// Which secret is to end.
#[derive(InputObject)]
pub struct RevokeClientSecretInput {
    /// The secret.
    client_secret_id: ID,
}

/// Which client is to end.
#[derive(InputObject)]
pub struct RevokeApiClientInput {
    /// The client.
    api_client_id: ID,
}

/// What came of making an API client.
#[derive(SimpleObject)]
pub struct CreateApiClientPayload {
    /// The new client.
    api_client: Option<ApiClient>,
    /// Its secret, shown this once: send it as `Authorization: Bearer`, or exchange it at `/oauth/token`.
    secret: Option<String>,
    /// What to put right; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of giving a client another secret.
#[derive(SimpleObject)]
pub struct RotateClientSecretPayload {
    /// The client.
    api_client: Option<ApiClient>,
    /// The new secret, shown this once.
    secret: Option<String>,
    /// What to put right; empty when it was done.
    user_errors: Vec<UserError>,
}

payloads! {
    /// What came of revising an API client.
    ReviseApiClientPayload {
        /// The client as it is now.
        api_client: ApiClient
    }
    /// What came of ending a secret.
    RevokeClientSecretPayload {
        /// The client whose it was.
        api_client: ApiClient
    }
    /// What came of ending an API client.
    RevokeApiClientPayload {
        /// The client as it is now.
        api_client: ApiClient
    }
}

fn parts(result: Result<Issued>) -> Result<(Option<ApiClient>, Option<String>, Vec<UserError>)> {
    let (issued, user_errors) = settle(result)?;
    let (client, secret) = issued.map_or((None, None), |issued| (Some(ApiClient(issued.client)), issued.secret));
    Ok((client, secret, user_errors))
}

/// Changing API clients.
#[derive(Debug, Default)]
pub struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Makes an API client and its first secret.
    async fn create_api_client(&self, ctx: &Context<'_>, input: CreateApiClientInput) -> Result<CreateApiClientPayload> {
        let scope = ctx.authorize::<ClientManage>()?;
        let fields = input.fields.map(|fields| allowed::settled(&ctx.schema_env.registry, fields)).transpose();
        let result = match fields {
            Err(error) => Err(error),
            Ok(fields) => {
                let new = service::CreateClient {
                    name: input.name,
                    grants: grants(input.grants),
                    fields,
                    source: input.source,
                    expires_at: input.expires_at.map(|at| at.0),
                    idempotency_key: input.idempotency_key,
                };
                service::create_client(&scope, &new).await
            }
        };
        let (api_client, secret, user_errors) = parts(result)?;
        Ok(CreateApiClientPayload { api_client, secret, user_errors })
    }

    /// Changes an API client; it counts from its next call.
    async fn revise_api_client(&self, ctx: &Context<'_>, input: ReviseApiClientInput) -> Result<ReviseApiClientPayload> {
        let scope = ctx.authorize::<ClientManage>()?;
        let fields = match input.fields {
            MaybeUndefined::Undefined => Ok(None),
            MaybeUndefined::Null => Ok(Some(None)),
            MaybeUndefined::Value(fields) => allowed::settled(&ctx.schema_env.registry, fields).map(|fields| Some(Some(fields))),
        };
        let fields = match fields {
            Err(error) => return ReviseApiClientPayload::settle(Err(error)),
            Ok(fields) => fields,
        };
        let change = service::ReviseClient {
            client_id: parse_id(&input.api_client_id, "input.apiClientId")?,
            name: input.name,
            grants: input.grants.map(grants),
            fields,
            source: input.source.into(),
            expires_at: input.expires_at.map_value(|at| at.0).into(),
            expected_version: input.expected_version.map(i64::from),
        };
        ReviseApiClientPayload::settle(service::revise_client(&scope, &change).await.map(ApiClient))
    }

    /// Gives an API client another secret; its earlier ones go on for a while.
    async fn rotate_client_secret(&self, ctx: &Context<'_>, input: RotateClientSecretInput) -> Result<RotateClientSecretPayload> {
        let scope = ctx.authorize::<ClientManage>()?;
        let id = parse_id(&input.api_client_id, "input.apiClientId")?;
        let overlap = i64::from(input.overlap_seconds.unwrap_or(OVERLAP_SECONDS));
        let (api_client, secret, user_errors) = parts(service::rotate_secret(&scope, id, overlap).await)?;
        Ok(RotateClientSecretPayload { api_client, secret, user_errors })
    }

    /// Ends a secret of an API client now, and every token that was given for it.
    async fn revoke_client_secret(&self, ctx: &Context<'_>, input: RevokeClientSecretInput) -> Result<RevokeClientSecretPayload> {
        let scope = ctx.authorize::<ClientManage>()?;
        let id: ClientSecretId = parse_id(&input.client_secret_id, "input.clientSecretId")?;
        RevokeClientSecretPayload::settle(service::revoke_secret(&scope, id).await.map(ApiClient))
    }

    /// Ends an API client now and for good, with all its secrets and tokens.
    async fn revoke_api_client(&self, ctx: &Context<'_>, input: RevokeApiClientInput) -> Result<RevokeApiClientPayload> {
        let scope = ctx.authorize::<ClientManage>()?;
        let id = parse_id(&input.api_client_id, "input.apiClientId")?;
        RevokeApiClientPayload::settle(service::revoke_client(&scope, id).await.map(ApiClient))
    }
}
