//! Clients that come in, and the tokens they are given.

use entity::ids::{ApiClientId, ClientSecretId};
use entity::time::Timestamp;
use entity::{api_client, client_secret, member};

use super::{fields, rights};
use crate::access::service::tell_client_refused;
use crate::auth::permission::Rights;
use crate::auth::permission::grant::CredentialManage;
use crate::auth::secret::{Purpose, Secret};
use crate::auth::token::{Claims, MAX_LIFE_SECONDS, Subject};
use crate::auth::{Fields, Scope};
use crate::clients::store;
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::roles::service::rights_of;

/// How exact the last use of a secret is, in microseconds: noting every single one would make each reader a writer.
const USE_MICROS: i64 = 60_000_000;

/// What a caller shows to be taken for a client.
#[derive(Debug)]
pub enum Presented {
    /// A secret, by its hash.
    Secret(String),
    /// A token that was given for a secret.
    Token(ApiClientId, ClientSecretId),
}

/// A client that came in.
#[derive(Debug)]
pub struct Holder {
    /// Which one.
    pub client_id: ApiClientId,
    /// The secret it holds.
    pub secret_id: ClientSecretId,
    /// Whether its use was not noted lately.
    pub unmarked: bool,
    /// Who answers for it.
    pub member: member::Model,
    /// What it was given.
    pub rights: Rights,
    /// The only fields it may ask for and fill in.
    pub fields: Option<Fields>,
    /// The only system whose objects it records and changes.
    pub source: Option<String>,
}

/// Who shows this, if they may come in now. The audit log is told of those it knows and who may not.
///
/// # Errors
/// [`Error::Unauthenticated`], whatever the reason.
pub async fn present(desk: &Scope<CredentialManage>, tx: &TenantTx, presented: &Presented) -> Result<Holder> {
    let now = desk.now();
    let secret = match presented {
        Presented::Secret(hash) => store::secret_by_hash(tx, hash).await?,
        Presented::Token(client, secret) => tx.get::<client_secret::Entity>(*secret).await?.filter(|secret| secret.client_id == *client),
    };
    let secret = secret.ok_or(Error::Unauthenticated)?;
    let client = tx.get::<api_client::Entity>(secret.client_id).await?.ok_or(Error::broken("a secret has a client"))?;
    let member = tx.get::<member::Entity>(client.member_id).await?.ok_or(Error::broken("a client has a member"))?;
    if !(lives(secret.revoked_at, secret.expires_at, now) && lives(client.revoked_at, client.expires_at, now) && member.active) {
        tell_client_refused(desk, client.id, member.id);
        return Err(Error::Unauthenticated);
    }
    Ok(Holder {
        client_id: client.id,
        secret_id: secret.id,
        unmarked: secret.last_used_at.is_none_or(|at| now.micros().saturating_sub(at.micros()) >= USE_MICROS),
        member,
        rights: rights(&client)?,
        fields: fields(&client)?.map(Fields::from_iter),
        source: client.source,
    })
}

const fn lives(revoked_at: Option<Timestamp>, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    revoked_at.is_none()
        && match expires_at {
            None => true,
            Some(at) => now.micros() < at.micros(),
        }
}

/// Notes that a secret was used.
///
/// # Errors
/// What the database says.
pub async fn mark_used(scope: &Scope<CredentialManage>, secret: ClientSecretId) -> Result<()> {
    let tx = scope.write().await?;
    store::mark_used(&tx, secret, scope.now()).await?;
    tx.commit().await
}

/// What a client shows at the token endpoint, and what it wants there.
#[derive(Clone)]
pub struct TokenRequest {
    /// The id of the client, where it says it.
    pub client_id: Option<String>,
    /// Its secret.
    pub secret: String,
    /// The permissions the token is to be good for, as OAuth lists them; all of the client's where there is no list.
    pub scope: Option<String>,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenRequest").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// A token for a client.
#[derive(Clone)]
pub struct ClientToken {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// How long it is good, in seconds.
    pub expires_in: i64,
    /// The permissions it is good for.
    pub scope: String,
}

impl std::fmt::Debug for ClientToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClientToken").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Whose door a secret opens; `None` where it is none.
#[must_use]
pub fn door(secret: &str) -> Option<entity::ids::OrganizationId> {
    Secret::parse(Purpose::Client, secret).map(|secret| secret.organization_id)
}

/// Gives a token for a secret.
///
/// # Errors
/// [`Error::Unauthenticated`] where the secret is not good; a problem with `scope` where the client was not given that.
pub async fn token(desk: &Scope<CredentialManage>, wanted: &TokenRequest) -> Result<ClientToken> {
    let secret = Secret::parse(Purpose::Client, &wanted.secret).ok_or(Error::Unauthenticated)?;
    let now = desk.now();
    let tx = desk.read().await?;
    let holder = present(desk, &tx, &Presented::Secret(secret.hash())).await?;
    // What it was given, as far as the member who answers for it may that too.
    let given = holder.rights.within(&rights_of(&tx, &holder.member).await?);
    drop(tx);
    if wanted.client_id.as_ref().is_some_and(|id| *id != holder.client_id.to_string()) {
        return Err(Error::Unauthenticated);
    }
    let rights = match &wanted.scope {
        None => given,
        Some(list) => narrowed(&given, list)?,
    };
    if holder.unmarked {
        mark_used(desk, holder.secret_id).await?;
    }
    let names: Vec<&str> = rights.iter().map(|(permission, _)| permission.name()).collect();
    let scope = names.join(" ");
    let subject =
        Subject::Client { id: holder.client_id, secret_id: holder.secret_id, scope: wanted.scope.is_some().then(|| scope.clone()) };
    let claims = Claims { organization_id: desk.organization_id(), subject };
    let token_id = desk.next_id::<ClientSecretId>();
    let access_token = desk.keys().sign(claims, now, MAX_LIFE_SECONDS, token_id.to_string())?;
    Ok(ClientToken { access_token, expires_in: MAX_LIFE_SECONDS, scope })
}

/// The listed ones of some rights.
fn narrowed(rights: &Rights, list: &str) -> Result<Rights> {
    let narrowed = rights.within(&Rights::named(list));
    let known = |name: &str| narrowed.iter().any(|(permission, _)| permission.name() == name);
    if narrowed.is_empty() || !list.split(' ').all(known) {
        return Err(Error::invalid("scope", ProblemCode::NotAllowed, "names a permission that the client was not given"));
    }
    Ok(narrowed)
}
