//! A session is who is calling; a scope is what they were permitted to do.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use entity::ids::{MemberId, OrganizationId, SignInId, TypedId};
use entity::kinds::{Resource, Role};
use entity::time::Timestamp;
use entity::{member, sign_in};

use super::permission::{Grant, Permission, Reach, Rights, narrowed_by};
use super::token::Keys;
use super::witness::Witness;
use crate::access::{self, Access};
use crate::app::App;
use crate::db::{Author, Sight, TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};
use crate::organization::service as organization;
use crate::roles::service as roles;

/// Most denials one request tells of.
const MAX_DENIED: usize = 100;

/// Who is calling: a member, with the rights they have at this moment.
#[derive(Clone, Debug)]
pub struct Session {
    app: Arc<App>,
    organization_id: OrganizationId,
    actor: Actor,
    sight: Arc<Sight>,
    request: Arc<Request>,
    /// The mutation or command that is being done.
    action: Arc<str>,
    sign_in_id: Option<SignInId>,
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
struct Denied {
    /// What was being done, where the permission was there and did not reach so far.
    action: Option<Arc<str>>,
    permission: Permission,
    /// Where in the request, or in its input.
    field: String,
}

#[derive(Clone, Debug)]
enum Actor {
    Member(Arc<member::Model>),
    System(System),
}

/// Work that no member asked for, by name, with just the permissions it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Sets an organization up, or fills it with demonstration data.
    Setup,
    /// Reads files from the operator's command line.
    Import,
    /// Finds members for the operator's command line.
    Directory,
    /// Proves that the audit log is whole.
    Audit,
    /// Lets somebody in who has no session yet.
    SignIn,
}

impl System {
    const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Import => "import",
            Self::Directory => "directory",
            Self::Audit => "audit",
            Self::SignIn => "sign-in",
        }
    }

    const fn may(self, permission: Permission) -> bool {
        match self {
            Self::Setup => true,
            Self::Import => matches!(
                permission,
                Permission::OrganizationRead
                    | Permission::BuyerRead
                    | Permission::BuyerWrite
                    | Permission::JourneyRead
                    | Permission::TacticRead
                    | Permission::TacticWrite
                    | Permission::TouchWrite
                    | Permission::StageWrite
                    | Permission::CloseRead
                    | Permission::CloseWrite
                    | Permission::CostRead
                    | Permission::SalaryRead
                    | Permission::CostWrite
            ),
            Self::Directory => matches!(permission, Permission::OrganizationRead | Permission::DirectoryRead),
            Self::Audit => matches!(permission, Permission::AuditRead),
            Self::SignIn => matches!(permission, Permission::CredentialManage),
        }
    }
}

impl Session {
    /// The session of the member a token names: one of the house's own tokens, or one of an identity provider that is
    /// trusted.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where the token is not good, its sign-in was ended, or the member is gone or not active.
    pub async fn from_token(app: &Arc<App>, token: &str) -> Result<Self> {
        if let Some(provider) = app.access().providers.of_token(token) {
            let identity = provider.verify(token, app.now()).await?;
            let desk = Self::system(app, identity.organization_id, System::SignIn).authorize()?;
            let member = access::service::external_member(&desk, &identity).await?;
            return Self::of(app, &desk.read().await?, member, None).await;
        }
        let claims = app.keys().verify(token, app.now())?;
        let tx = app.db().read(claims.organization_id, Sight::of(Rights::NONE).shared()).await?;
        let member = tx.get::<member::Entity>(claims.member_id).await?.filter(|member| member.active).ok_or(Error::Unauthenticated)?;
        if let Some(id) = claims.sign_in_id {
            let sign_in = tx.get::<sign_in::Entity>(id).await?.ok_or(Error::Unauthenticated)?;
            if sign_in.member_id != member.id || sign_in.revoked_at.is_some() || app.now() >= sign_in.expires_at {
                return Err(Error::Unauthenticated);
            }
        }
        Self::of(app, &tx, member, claims.sign_in_id).await
    }

    async fn of(app: &Arc<App>, tx: &TenantTx, member: member::Model, sign_in_id: Option<SignInId>) -> Result<Self> {
        let sight = sight_of(tx, &member, app.now()).await?.shared();
        Ok(Self {
            app: Arc::clone(app),
            organization_id: member.organization_id,
            actor: Actor::Member(Arc::new(member)),
            sight,
            request: Arc::default(),
            action: Arc::from("query"),
            sign_in_id,
            witness: None,
        })
    }

    /// Background work and the operator's command line.
    #[must_use]
    pub fn system(app: &Arc<App>, organization_id: OrganizationId, system: System) -> Self {
        let rights = Rights::from_fn(|permission| system.may(permission).then_some(Reach::Organization));
        Self {
            app: Arc::clone(app),
            organization_id,
            actor: Actor::System(system),
            sight: Sight::of(rights).shared(),
            request: Arc::default(),
            action: Arc::from(system.name()),
            sign_in_id: None,
            witness: None,
        }
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
        Ok(Scope { session: self.clone(), reach, permission: PhantomData })
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

    /// Notes that the caller asked for what they have no permission for.
    pub fn deny(&self, permission: Permission, field: String) {
        self.note(Denied { action: None, permission, field });
    }

    fn note(&self, what: Denied) {
        let mut denied = self.request.denied.lock().unwrap_or_else(PoisonError::into_inner);
        // A try that is begun anew, and the items of a list, are denied alike.
        if denied.len() < MAX_DENIED && !denied.contains(&what) {
            denied.push(what);
        }
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

    async fn write(&self) -> Result<TenantWrite> {
        let author = Author {
            member_id: self.member().map(|member| member.id),
            on_behalf_of: self.on_behalf_of(),
            system: match self.actor {
                Actor::Member(_) => None,
                Actor::System(system) => Some(system.name()),
            },
            action: Arc::clone(&self.action),
            request_id: self.request.id.get().cloned(),
            now: self.app.now(),
            ids: Arc::clone(self.app.ids()),
        };
        self.app.db().write(self.organization_id, Arc::clone(&self.sight), author).await
    }

    /// For whom an assistant acts: the one seller they may act for. Who may act for several is not recorded as any of them.
    fn on_behalf_of(&self) -> Option<MemberId> {
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

    /// The member, where it is one.
    #[must_use]
    pub fn member(&self) -> Option<&member::Model> {
        match &self.actor {
            Actor::Member(member) => Some(member),
            Actor::System(_) => None,
        }
    }

    /// The role, where it is a member.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.member().map(|member| member.role)
    }
}

/// What a member may do, and whose objects are theirs.
async fn sight_of(tx: &TenantTx, member: &member::Model, now: Timestamp) -> Result<Sight> {
    let rights = roles::rights_of(tx, member).await?;
    let (owners, teams) = if rights.name_owners() {
        (roles::acts_for(tx, member.id, now).await?, organization::teams_around(tx, member.team_id).await?)
    } else {
        (vec![member.id], Vec::new())
    };
    Ok(Sight { rights, owners, teams, resource: member.resource })
}

/// The proof that a permission was granted, and the only way to a transaction.
#[derive(Clone, Debug)]
pub struct Scope<P> {
    session: Session,
    reach: Reach,
    permission: PhantomData<P>,
}

impl<P: Grant> Scope<P> {
    /// Opens a transaction that reads.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(&self) -> Result<TenantTx> {
        self.session.app.db().read(self.session.organization_id, Arc::clone(&self.session.sight)).await
    }

    /// Opens a transaction that changes; nothing lasts until its commit.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(&self) -> Result<TenantWrite> {
        let narrowed = narrowed_by(P::PERMISSION, self.reach);
        if narrowed.is_empty() {
            return self.session.write().await;
        }
        let mut sight = Sight::clone(&self.session.sight);
        let rights = sight.rights;
        sight.rights = Rights::from_fn(|permission| {
            let reach = rights.reach(permission)?;
            Some(if narrowed.contains(&permission) { reach.min(self.reach) } else { reach })
        });
        Session { sight: sight.shared(), ..self.session.clone() }.write().await
    }

    /// Lets the database see how large its tables have become, after very many rows were written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_statistics(&self) -> Result<()> {
        self.session.app.db().refresh_statistics().await
    }

    /// Asks for a permission that the same work also needs.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller does not have it.
    pub fn also<Q: Grant>(&self) -> Result<Scope<Q>> {
        self.session.authorize()
    }

    /// The organization.
    #[must_use]
    pub const fn organization_id(&self) -> OrganizationId {
        self.session.organization_id
    }

    /// The member who is calling; none for background work.
    #[must_use]
    pub fn member_id(&self) -> Option<MemberId> {
        self.session.member().map(|member| member.id)
    }

    /// The sign-in that the caller's token belongs to, where it belongs to one.
    #[must_use]
    pub const fn sign_in_id(&self) -> Option<SignInId> {
        self.session.sign_in_id
    }

    /// Passwords, mail and what else signing in needs.
    pub(crate) fn access(&self) -> &Access {
        self.session.app.access()
    }

    /// Signs tokens.
    pub(crate) fn keys(&self) -> &Keys {
        self.session.app.keys()
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.session.app.now()
    }

    /// A new id.
    #[must_use]
    pub fn next_id<I: TypedId>(&self) -> I {
        self.session.app.ids().next()
    }

    /// Everything the caller may do.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        self.session.rights()
    }

    /// How far the permission goes.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// The problem that the permission does not reach what a field names. It is an attempt that was denied: the audit log is
    /// told when the request ends, with the field as it is called here.
    #[must_use]
    pub fn out_of_reach(&self, field: &str, message: impl Into<String>) -> Error {
        let action = Some(Arc::clone(&self.session.action));
        self.session.note(Denied { action, permission: P::PERMISSION, field: field.to_owned() });
        Error::invalid(field, ProblemCode::NotAllowed, message)
    }

    /// Goes on where the permission covers objects of a resource: all of them, or the caller's own.
    ///
    /// # Errors
    /// A problem with the field that names the resource.
    pub fn covers(&self, resource: Resource, field: &str) -> Result<()> {
        match self.session.sight.resource {
            _ if self.reach == Reach::Organization => Ok(()),
            Some(own) if own == resource => Ok(()),
            Some(own) => Err(self.out_of_reach(field, format!("you may do this for {} only", own.name()))),
            None => Err(self.out_of_reach(field, "you work for no resource")),
        }
    }

    /// Whether the permission reaches what belongs to a member.
    #[must_use]
    pub fn reaches(&self, owner: &member::Model) -> bool {
        let sight = &self.session.sight;
        let own = sight.owners.contains(&owner.id);
        match self.reach {
            Reach::Own => own,
            Reach::Team => own || owner.team_id.is_some_and(|team| sight.teams.contains(&team)),
            Reach::Resource => own || (owner.resource.is_some() && owner.resource == sight.resource),
            Reach::Organization => true,
        }
    }

    /// Goes on where the permission reaches what belongs to a member; those whose permission is wider than their own need
    /// no owner.
    ///
    /// # Errors
    /// A problem with the field.
    pub fn reaches_owner(&self, owner: Option<MemberId>, field: &str) -> Result<()> {
        if self.reach != Reach::Own || owner.is_some_and(|owner| self.session.sight.owners.contains(&owner)) {
            Ok(())
        } else {
            Err(self.out_of_reach(field, "you may do this with what is yours only"))
        }
    }
}
