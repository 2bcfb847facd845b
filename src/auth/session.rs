//! Who is calling, with the rights they have at this moment.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use entity::ids::{ApiClientId, IdempotencyId, MemberId, OrganizationId, SignInId, TypedId};
use entity::kinds::Role;
use entity::time::Timestamp;
use entity::{member, sign_in};

use super::fields::Fields;
use super::permission::grant::CredentialManage;
use super::permission::{Grant, Permission, Reach, Rights};
use super::scope::Scope;
use super::secret::{Purpose, Secret};
use super::sessions::Key;
use super::system::System;
use super::token::{Claims, MAX_LIFE_SECONDS, Subject};
use super::witness::Witness;
use crate::access;
use crate::app::App;
use crate::clients::service::{self as clients, Presented};
use crate::db::{Author, Sight, TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::organization::service as organization;
use crate::roles::service as roles;

/// Most denials one request tells of.
const MAX_DENIED: usize = 100;

/// Who is calling: a member or an API client, with the rights they have at this moment.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) app: Arc<App>,
    pub(super) organization_id: OrganizationId,
    actor: Actor,
    pub(super) sight: Arc<Sight>,
    request: Arc<Request>,
    /// The mutation or command that is being done.
    pub(super) action: Arc<str>,
    pub(super) sign_in_id: Option<SignInId>,
    /// The one member they say they act for.
    pub(super) principal: Option<MemberId>,
    witness: Option<Witness>,
}

/// What a session keeps for the length of a request.
#[derive(Debug, Default)]
struct Request {
    id: OnceLock<Arc<str>>,
    denied: Mutex<Vec<Denied>>,
}

/// What somebody tried to do without the right to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denied {
    /// What was being done, where the permission was there and did not reach so far.
    pub(super) action: Option<Arc<str>>,
    /// None where it is no permission that is missing.
    pub(super) permission: Option<Permission>,
    /// Where in the request, or in its input.
    pub(super) field: String,
}

#[derive(Clone, Debug)]
enum Actor {
    Member(Arc<member::Model>),
    Client(Arc<Client>),
    System(System),
}

/// An integration.
#[derive(Debug)]
struct Client {
    id: ApiClientId,
    /// Who answers for it.
    member: member::Model,
    fields: Option<Fields>,
}

/// What a token says of its bearer, and what the database does.
#[derive(Debug)]
pub(crate) struct Caller {
    organization_id: OrganizationId,
    actor: Actor,
    sight: Arc<Sight>,
    sign_in_id: Option<SignInId>,
}

impl Session {
    /// The session of the member or API client a token names: one of the house's own tokens, one of an identity provider
    /// that is trusted, or the secret of a client.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where the token is not good, its sign-in was ended, or the member is gone or not active.
    pub async fn from_token(app: &Arc<App>, token: &str) -> Result<Self> {
        let (key, now, changes) = (Key::of(token), app.now(), app.db().access_changes());
        if let Some(caller) = app.sessions().get(key, now, changes) {
            return Ok(Self::called(app, &caller));
        }
        let session = Self::read(app, token).await?;
        let caller = Caller {
            organization_id: session.organization_id,
            actor: session.actor.clone(),
            sight: Arc::clone(&session.sight),
            sign_in_id: session.sign_in_id,
        };
        app.sessions().keep(key, caller, now, changes);
        Ok(session)
    }

    /// A token for a member, with the longest life a token may have: for whoever runs the installation.
    ///
    /// # Errors
    /// [`Error::Internal`] where it cannot be signed.
    pub fn token_for(app: &App, member: &member::Model) -> Result<String> {
        let claims = Claims::of_member(member.organization_id, member.id, None);
        let token_id = app.ids().next::<IdempotencyId>().uuid().to_string();
        app.keys().sign(claims, app.now(), MAX_LIFE_SECONDS, token_id)
    }

    fn called(app: &Arc<App>, caller: &Caller) -> Self {
        Self {
            sight: Arc::clone(&caller.sight),
            sign_in_id: caller.sign_in_id,
            ..Self::new(app, caller.organization_id, caller.actor.clone(), Sight::of(Rights::NONE), "query")
        }
    }

    async fn read(app: &Arc<App>, token: &str) -> Result<Self> {
        if Secret::claims(Purpose::Client, token) {
            let secret = Secret::parse(Purpose::Client, token).ok_or(Error::Unauthenticated)?;
            return Self::of_client(app, secret.organization_id, &Presented::Secret(secret.hash()), None).await;
        }
        if let Some(provider) = app.access().providers.of_token(token) {
            let identity = provider.verify(token, app.now()).await?;
            let desk = Self::system(app, identity.organization_id, System::SignIn).authorize()?;
            let member = access::service::external_member(&desk, &identity).await?;
            return Self::of(app, &desk.read().await?, member, None).await;
        }
        let claims = app.keys().verify(token, app.now())?;
        let (member_id, sign_in_id) = match claims.subject {
            Subject::Member { id, sign_in_id } => (id, sign_in_id),
            Subject::Client { id, secret_id, scope } => {
                let only = scope.map(|scope| Rights::named(&scope));
                return Self::of_client(app, claims.organization_id, &Presented::Token(id, secret_id), only).await;
            }
        };
        let tx = app.db().read(claims.organization_id, Sight::of(Rights::NONE).shared()).await?;
        let member = tx.get::<member::Entity>(member_id).await?.filter(|member| member.active).ok_or(Error::Unauthenticated)?;
        if let Some(id) = sign_in_id {
            let sign_in = tx.get::<sign_in::Entity>(id).await?.ok_or(Error::Unauthenticated)?;
            if sign_in.member_id != member.id || sign_in.revoked_at.is_some() || app.now() >= sign_in.expires_at {
                return Err(Error::Unauthenticated);
            }
        }
        Self::of(app, &tx, member, sign_in_id).await
    }

    async fn of(app: &Arc<App>, tx: &TenantTx, member: member::Model, sign_in_id: Option<SignInId>) -> Result<Self> {
        let sight = sight_of(tx, &member, None, app.now()).await?;
        let organization_id = member.organization_id;
        Ok(Self { sign_in_id, ..Self::new(app, organization_id, Actor::Member(Arc::new(member)), sight, "query") })
    }

    /// A client may what it was given, as far as the member who answers for it may that too, at this moment.
    async fn of_client(app: &Arc<App>, organization_id: OrganizationId, by: &Presented, only: Option<Rights>) -> Result<Self> {
        let desk = Self::system(app, organization_id, System::SignIn).authorize::<CredentialManage>()?;
        let tx = app.db().read(organization_id, Sight::of(Rights::NONE).shared()).await?;
        let holder = clients::present(&desk, &tx, by).await?;
        let only = only.map_or(holder.rights, |only| holder.rights.within(&only));
        let mut sight = sight_of(&tx, &holder.member, Some(&only), app.now()).await?;
        drop(tx);
        sight.source = holder.source;
        if holder.unmarked {
            clients::mark_used(&desk, holder.secret_id).await?;
        }
        let client = Client { id: holder.client_id, member: holder.member, fields: holder.fields };
        Ok(Self::new(app, organization_id, Actor::Client(Arc::new(client)), sight, "query"))
    }

    fn new(app: &Arc<App>, organization_id: OrganizationId, actor: Actor, sight: Sight, action: &str) -> Self {
        let (app, sight) = (Arc::clone(app), sight.shared());
        Self {
            app,
            organization_id,
            actor,
            sight,
            request: Arc::default(),
            action: Arc::from(action),
            sign_in_id: None,
            principal: None,
            witness: None,
        }
    }

    /// Background work and the operator's command line.
    #[must_use]
    pub fn system(app: &Arc<App>, organization_id: OrganizationId, system: System) -> Self {
        let rights = Rights::from_fn(|permission| system.may(permission).then_some(Reach::Organization));
        Self::new(app, organization_id, Actor::System(system), Sight::of(rights), system.name())
    }

    /// What the answers to a question depend on of whoever asks it: for those who are alike they are the same at the same moment. Who
    /// sees all of the organization sees what others see who do; of everybody else, and of API clients, who they are is part of it.
    #[must_use]
    pub fn likeness(&self) -> String {
        let sight = &self.sight;
        let everything = sight.rights.iter().all(|(_, reach)| reach == Reach::Organization);
        let who = match &self.actor {
            Actor::Member(_) if everything => None,
            Actor::Member(member) => Some(member.id.to_string()),
            Actor::Client(client) => Some(client.id.to_string()),
            Actor::System(system) => Some(system.name().to_owned()),
        };
        let owners = (!everything).then_some(&sight.owners);
        let place = (&sight.teams, sight.resource, &sight.source, sight.handed);
        let rights: Vec<(Permission, Reach)> = sight.rights.iter().collect();
        format!("{:?}", (self.organization_id, who, owners, place, rights))
    }

    /// The same session, acting for one member alone: of those they may act for, only what is that one's is theirs, and
    /// what they do is recorded as done for them.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where they may not act for that member now.
    pub async fn acting_for(&self, principal: MemberId) -> Result<Self> {
        let Actor::Member(member) = &self.actor else { return Err(Error::Forbidden) };
        let tx = self.app.db().read(self.organization_id, Sight::of(Rights::NONE).shared()).await?;
        if !roles::acts_for(&tx, member.id, self.app.now()).await?.contains(&principal) {
            return Err(Error::Forbidden);
        }
        let sight = Sight { owners: vec![member.id, principal], ..Sight::clone(&self.sight) };
        Ok(Self { sight: sight.shared(), principal: Some(principal), ..self.clone() })
    }

    /// Asks for a permission.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller does not have it.
    pub fn authorize<P: Grant>(&self) -> Result<Scope<P>> {
        if let Some(witness) = &self.witness {
            witness.note(P::PERMISSION);
        }
        let reach = self.reach(P::PERMISSION).ok_or(Error::Forbidden)?;
        Ok(Scope::granted(self.clone(), reach))
    }

    /// The same session, doing something that has a name.
    #[must_use]
    pub fn doing(&self, action: &str, request_id: Option<&Arc<str>>) -> Self {
        if let Some(id) = request_id {
            self.request.id.get_or_init(|| Arc::clone(id));
        }
        Self { action: Arc::from(action), ..self.clone() }
    }

    /// The same session, with somebody who writes down what it asks for.
    #[must_use]
    pub fn watched(&self, witness: Witness) -> Self {
        Self { witness: Some(witness), ..self.clone() }
    }

    /// Notes that the caller asked for what they have no permission for, or for a field they may not ask for.
    pub fn deny(&self, permission: Option<Permission>, field: String) {
        self.note(Denied { action: None, permission, field });
    }

    pub(super) fn note(&self, what: Denied) {
        let mut denied = self.request.denied.lock().unwrap_or_else(PoisonError::into_inner);
        // A try that is begun anew, and the items of a list, are denied alike.
        if denied.len() < MAX_DENIED && !denied.contains(&what) {
            denied.push(what);
        }
    }

    /// Whether something was denied that the audit log was not told of yet.
    #[must_use]
    pub fn was_denied(&self) -> bool {
        !self.request.denied.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Tells the audit log what was denied during the request, if anything was: in one entry what there was no permission
    /// for, and in one for each action what the permission did not reach.
    ///
    /// # Errors
    /// What the database says.
    pub async fn report_denied(&self) -> Result<()> {
        let mut denied = std::mem::take(&mut *self.request.denied.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(first) = denied.first().cloned() {
            let (same, others): (Vec<Denied>, Vec<Denied>) = denied.into_iter().partition(|denied| denied.action == first.action);
            let session = self.doing(first.action.as_deref().unwrap_or(&first.field), None);
            session.write().await?.deny(same.into_iter().map(|denied| (denied.permission, denied.field))).await?;
            denied = others;
        }
        Ok(())
    }

    /// The same session, seeing something else.
    pub(super) fn seeing(&self, sight: Sight) -> Self {
        Self { sight: sight.shared(), ..self.clone() }
    }

    /// Opens a transaction that changes something in the caller's name.
    pub(super) async fn write(&self) -> Result<TenantWrite> {
        let (member_id, client_id, system) = match &self.actor {
            Actor::Member(member) => (Some(member.id), None, None),
            Actor::Client(client) => (None, Some(client.id), None),
            Actor::System(system) => (None, None, Some(system.name())),
        };
        let author = Author {
            member_id,
            client_id,
            on_behalf_of: self.on_behalf_of(),
            system,
            action: Arc::clone(&self.action),
            request_id: self.request.id.get().cloned(),
            now: self.app.now(),
            ids: Arc::clone(self.app.ids()),
        };
        self.app.db().write(self.organization_id, Arc::clone(&self.sight), author).await
    }

    /// For whom a client or an assistant acts: the member who answers for it, whom they say, or the one seller they may act
    /// for. Who may act for several and does not say for whom is not recorded as any of them.
    fn on_behalf_of(&self) -> Option<MemberId> {
        if let Actor::Client(client) = &self.actor {
            return Some(client.member.id);
        }
        if self.principal.is_some() {
            return self.principal;
        }
        let member = self.member().filter(|member| member.role == Role::SalesAssistant)?;
        match self.sight.owners.as_slice() {
            [own, principal] if *own == member.id => Some(*principal),
            _ => None,
        }
    }

    /// How far a permission goes for the caller, if they have it.
    #[must_use]
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        // A member of no resource has no objects of their own resource.
        self.sight.rights.reach(permission).filter(|&reach| reach != Reach::Resource || self.sight.resource.is_some())
    }

    /// Everything the caller may do.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        &self.sight.rights
    }

    /// The member, where it is one; of an API client, the one who answers for it.
    #[must_use]
    pub fn member(&self) -> Option<&member::Model> {
        match &self.actor {
            Actor::Member(member) => Some(member),
            Actor::Client(client) => Some(&client.member),
            Actor::System(_) => None,
        }
    }

    /// The API client, where it is one.
    #[must_use]
    pub fn client_id(&self) -> Option<ApiClientId> {
        match &self.actor {
            Actor::Client(client) => Some(client.id),
            Actor::Member(_) | Actor::System(_) => None,
        }
    }

    /// The only fields the caller may ask for and fill in; `None` for all of them.
    #[must_use]
    pub fn fields(&self) -> Option<&Fields> {
        match &self.actor {
            Actor::Client(client) => client.fields.as_ref(),
            Actor::Member(_) | Actor::System(_) => None,
        }
    }

    /// The organization.
    #[must_use]
    pub const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }
}

/// What a member may do, and whose objects are theirs.
async fn sight_of(tx: &TenantTx, member: &member::Model, only: Option<&Rights>, now: Timestamp) -> Result<Sight> {
    let all = roles::rights_of(tx, member).await?;
    // Narrowed before it is asked whether owners matter: what is left may reach what belongs to somebody only.
    let rights = only.map_or(all, |only| all.within(only));
    let (owners, teams) = if rights.name_owners() {
        let principals = roles::acts_for(tx, member.id, now).await?;
        (std::iter::once(member.id).chain(principals).collect(), organization::teams_around(tx, member.team_id).await?)
    } else {
        (vec![member.id], Vec::new())
    };
    Ok(Sight { rights, owners, teams, resource: member.resource, source: None, handed: true })
}
