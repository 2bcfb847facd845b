//! Making, changing and ending clients.

use std::collections::HashMap;

use entity::ids::{ApiClientId, ClientSecretId};
use entity::time::Timestamp;
use entity::{api_client, client_secret, member};
use serde::Serialize;

use super::rights;
use crate::auth::Scope;
use crate::auth::permission::grant::{ClientManage, DirectoryRead, OrganizationRead};
use crate::auth::permission::{Reach, Rights};
use crate::auth::secret::{Purpose, Secret};
use crate::clients::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::roles::service::{RoleGrant, may_give, read_grants, settled_grants};

/// Most secrets of a client that are good at once.
const MAX_SECRETS: usize = 5;

/// Longest that earlier secrets go on beside a new one, in seconds.
const MAX_OVERLAP_SECONDS: i64 = 30 * 24 * 3_600;

/// The client that is calling, where it is one.
///
/// # Errors
/// What the database says.
pub async fn calling(scope: &Scope<OrganizationRead>) -> Result<Option<api_client::Model>> {
    match scope.client_id() {
        Some(id) => scope.read().await?.get::<api_client::Entity>(id).await,
        None => Ok(None),
    }
}

/// A page of the clients, newest first.
///
/// # Errors
/// What the database says.
pub async fn clients(scope: &Scope<DirectoryRead>, page: PageRequest, with_total: bool) -> Result<Listing<api_client::Model>> {
    store::clients(&scope.read().await?).listing(page, with_total).await
}

/// The clients with some ids.
///
/// # Errors
/// What the database says.
pub async fn clients_by_id(scope: &Scope<DirectoryRead>, ids: &[ApiClientId]) -> Result<HashMap<ApiClientId, api_client::Model>> {
    let rows = scope.read().await?.get_many::<api_client::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The secrets of some clients, latest first.
///
/// # Errors
/// What the database says.
pub async fn secrets_by_client(
    scope: &Scope<DirectoryRead>,
    clients: &[ApiClientId],
) -> Result<HashMap<ApiClientId, Vec<client_secret::Model>>> {
    let mut secrets: HashMap<ApiClientId, Vec<client_secret::Model>> = clients.iter().map(|&client| (client, Vec::new())).collect();
    for row in store::secrets_of(&scope.read().await?, clients).await? {
        secrets.entry(row.client_id).or_default().push(row);
    }
    Ok(secrets)
}

/// A client, with its secret where one was made just now: it cannot be shown again.
#[derive(Clone)]
pub struct Issued {
    /// The client.
    pub client: api_client::Model,
    /// The secret.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Issued").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A new client.
#[derive(Clone, Debug, Serialize)]
pub struct CreateClient {
    /// What it is called; unique.
    pub name: String,
    /// The permissions it is given, each once.
    pub grants: Vec<RoleGrant>,
    /// The only fields it may ask for and fill in, as `Type.field`; `None` for all.
    pub fields: Option<Vec<String>>,
    /// The only system whose objects it may record and change.
    pub source: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Repeating it gives the same client, without its secret.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Makes a client and its first secret. The caller answers for it.
///
/// # Errors
/// Problems with `name`, `grants`, `source`, `expiresAt`.
pub async fn create_client(scope: &Scope<ClientManage>, new: &CreateClient) -> Result<Issued> {
    let member_id = scope.member_id().ok_or(Error::Forbidden)?;
    let once = Idempotent::new(new.idempotency_key.as_deref(), "createApiClient", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ApiClientId>(&tx).await? {
        let client = tx.get::<api_client::Entity>(id).await?.ok_or(Error::NotFound)?;
        return Ok(Issued { client, secret: None });
    }
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    let grants = problems.take(grants(scope, &new.grants))?.unwrap_or_default();
    let source = problems.take(input::optional_text("source", new.source.as_deref(), input::NAME))?.flatten();
    problems.take(of_source(source.as_deref(), &grants))?;
    problems.take(ahead(new.expires_at, scope.now()))?;
    problems.check()?;
    let client = tx
        .insert::<api_client::Entity>(api_client::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            name: name.unwrap_or_default(),
            member_id,
            grants,
            fields: kept_fields(new.fields.as_ref())?,
            source,
            expires_at: new.expires_at,
            revoked_at: None,
            recorded_at: scope.now(),
            version: 1,
        })
        .await?;
    let secret = add_secret(&tx, scope, client.id).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &client.id).await?;
    tx.commit().await?;
    Ok(Issued { client, secret: Some(secret) })
}

/// Grants as they are kept; none that is for people alone.
fn grants(scope: &Scope<ClientManage>, wanted: &[RoleGrant]) -> Result<String> {
    if wanted.is_empty() {
        return Err(Error::invalid("grants", ProblemCode::Required, "must not be empty"));
    }
    if let Some(grant) = wanted.iter().find(|grant| grant.permission.is_personal()) {
        return Err(Error::invalid("grants", ProblemCode::NotAllowed, format!("no client may have {}", grant.permission.name())));
    }
    settled_grants(scope, wanted)
}

/// Goes on where no permission goes beyond the objects of one system, if the client is held to one.
fn of_source(source: Option<&str>, grants: &str) -> Result<()> {
    let Some(source) = source.filter(|_| !grants.is_empty()) else { return Ok(()) };
    match read_grants(grants)?.iter().find(|grant| !grant.permission.is_of_a_source()) {
        None => Ok(()),
        Some(grant) => {
            let message = format!("{} changes more than the objects of {source}", grant.permission.name());
            Err(Error::invalid("grants", ProblemCode::NotAllowed, message))
        }
    }
}

fn kept_fields(fields: Option<&Vec<String>>) -> Result<Option<String>> {
    fields.map(|fields| serde_json::to_string(fields).map_err(Error::internal)).transpose()
}

fn ahead(at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match at {
        Some(at) if at <= now => Err(Error::invalid("expiresAt", ProblemCode::DateOutOfRange, "must lie ahead")),
        _ => Ok(()),
    }
}

async fn add_secret(tx: &TenantWrite, scope: &Scope<ClientManage>, client_id: ApiClientId) -> Result<String> {
    let secret = Secret::new(Purpose::Client, scope.organization_id())?;
    let row = client_secret::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        client_id,
        hash: secret.hash(),
        hint: secret.hint(),
        recorded_at: scope.now(),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        version: 1,
    };
    tx.insert::<client_secret::Entity>(row).await?;
    Ok(secret.text())
}

/// Changes of a client; what is `None` stays.
#[derive(Clone, Debug)]
pub struct ReviseClient {
    /// The client.
    pub client_id: ApiClientId,
    /// What it is called.
    pub name: Option<String>,
    /// All the permissions it is given from now on.
    pub grants: Option<Vec<RoleGrant>>,
    /// The only fields it may ask for and fill in; `Some(None)` for all.
    pub fields: Option<Option<Vec<String>>>,
    /// The only system whose objects it may record and change; `Some(None)` for any.
    pub source: Option<Option<String>>,
    /// When it ends; `Some(None)` for never.
    pub expires_at: Option<Option<Timestamp>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes a client. It counts from its next call.
///
/// # Errors
/// Problems with the fields.
pub async fn revise_client(scope: &Scope<ClientManage>, change: &ReviseClient) -> Result<api_client::Model> {
    let tx = scope.write().await?;
    let mut after = managed(&tx, scope, change.client_id).await?;
    input::version(change.expected_version, after.version)?;
    let mut problems = Problems::new();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(wanted) = &change.grants {
        after.grants = problems.take(grants(scope, wanted))?.unwrap_or_default();
    }
    if let Some(fields) = &change.fields {
        after.fields = kept_fields(fields.as_ref())?;
    }
    if let Some(source) = &change.source {
        after.source = problems.take(input::optional_text("source", source.as_deref(), input::NAME))?.flatten();
    }
    problems.take(of_source(after.source.as_deref(), &after.grants))?;
    if let Some(at) = change.expires_at {
        problems.take(ahead(at, scope.now()))?;
        after.expires_at = at;
    }
    problems.check()?;
    // Whoever may do less than the client must not be the one to widen its fields, or to bend it to other objects.
    within_own(scope, &after)?;
    after.version += 1;
    store::keep_client(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}

/// A client that goes on and that the caller may change, held until the transaction ends.
async fn managed(tx: &TenantTx, scope: &Scope<ClientManage>, id: ApiClientId) -> Result<api_client::Model> {
    let client = own(tx, scope, id).await?;
    if client.revoked_at.is_some() {
        return Err(Error::invalid("apiClientId", ProblemCode::Fixed, "the client was ended"));
    }
    within_own(scope, &client)?;
    Ok(client)
}

/// A client that the caller's permission reaches, held until the transaction ends.
async fn own(tx: &TenantTx, scope: &Scope<ClientManage>, id: ApiClientId) -> Result<api_client::Model> {
    let client = store::client_locked(tx, id).await?.ok_or_else(|| Error::unknown("apiClientId"))?;
    let member = tx.get::<member::Entity>(client.member_id).await?.ok_or(Error::broken("a client has a member"))?;
    if scope.reaches(&member) { Ok(client) } else { Err(Error::unknown("apiClientId")) }
}

/// Goes on where the caller may all that the client may: whoever holds its secret is as mighty as it is. What reaches
/// less than the organization reaches what belongs to the one who answers for it, so it is theirs alone to give.
fn within_own(scope: &Scope<ClientManage>, client: &api_client::Model) -> Result<()> {
    let rights = rights(client)?;
    let theirs = scope.member_id() == Some(client.member_id);
    let needed = Rights::from_fn(|permission| rights.reach(permission).map(|reach| if theirs { reach } else { Reach::Organization }));
    may_give(scope, &needed, None, "apiClientId")
}

/// Gives a client another secret; earlier ones go on for some seconds.
///
/// # Errors
/// Problems with `apiClientId`, `overlapSeconds`.
pub async fn rotate_secret(scope: &Scope<ClientManage>, id: ApiClientId, overlap_seconds: i64) -> Result<Issued> {
    if !(0..=MAX_OVERLAP_SECONDS).contains(&overlap_seconds) {
        let message = format!("must be from 0 to {MAX_OVERLAP_SECONDS}");
        return Err(Error::invalid("overlapSeconds", ProblemCode::Invalid, message));
    }
    let (tx, now) = (scope.write().await?, scope.now());
    let client = managed(&tx, scope, id).await?;
    let until = now.saturating_add_micros(overlap_seconds * 1_000_000);
    let earlier = store::live_secrets(&tx, id, now).await?;
    if overlap_seconds > 0 && earlier.len() >= MAX_SECRETS {
        return Err(Error::invalid("apiClientId", ProblemCode::TooMany, format!("{MAX_SECRETS} secrets are good already: end one first")));
    }
    for row in &earlier {
        if overlap_seconds == 0 {
            store::revoke_secret(&tx, row, now).await?;
        } else if row.expires_at.is_none_or(|at| at > until) {
            store::end_secret(&tx, row, until).await?;
        }
    }
    let secret = add_secret(&tx, scope, id).await?;
    tx.commit().await?;
    Ok(Issued { client, secret: Some(secret) })
}

/// Ends a secret now. One that was ended stays as it is.
///
/// # Errors
/// A problem with `clientSecretId`.
pub async fn revoke_secret(scope: &Scope<ClientManage>, id: ClientSecretId) -> Result<api_client::Model> {
    let unknown = || Error::unknown("clientSecretId");
    let tx = scope.write().await?;
    let secret = tx.get::<client_secret::Entity>(id).await?.ok_or_else(unknown)?;
    // The client before the secret, as whoever changes the client does: they never wait for each other.
    let client =
        own(&tx, scope, secret.client_id).await.map_err(|error| if matches!(error, Error::Invalid(_)) { unknown() } else { error })?;
    let secret = tx.get::<client_secret::Entity>(id).await?.ok_or_else(unknown)?;
    if secret.revoked_at.is_none() {
        store::revoke_secret(&tx, &secret, scope.now()).await?;
        tx.commit().await?;
    }
    Ok(client)
}

/// Ends a client and every secret of it now, for good. One that was ended stays as it is.
///
/// # Errors
/// A problem with `apiClientId`.
pub async fn revoke_client(scope: &Scope<ClientManage>, id: ApiClientId) -> Result<api_client::Model> {
    let tx = scope.write().await?;
    let mut after = own(&tx, scope, id).await?;
    if after.revoked_at.is_some() {
        return Ok(after);
    }
    after.revoked_at = Some(scope.now());
    after.version += 1;
    store::keep_client(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}
