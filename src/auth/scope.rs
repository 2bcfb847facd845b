//! A session is who is calling; a scope is what they were permitted to do.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::ids::{MemberId, OrganizationId, TypedId};
use entity::kinds::{Resource, Role};
use entity::member;
use entity::time::Timestamp;

use super::permission::{Grant, Permission, Reach, reach};
use crate::app::App;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};

/// Who is calling: a member, with the role they have at this moment.
#[derive(Clone, Debug)]
pub struct Session {
    app: Arc<App>,
    organization_id: OrganizationId,
    actor: Actor,
}

#[derive(Clone, Debug)]
enum Actor {
    Member(Box<member::Model>),
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
}

impl System {
    const fn may(self, permission: Permission) -> bool {
        match self {
            Self::Setup => true,
            Self::Import => matches!(
                permission,
                Permission::OrganizationRead
                    | Permission::BuyerRead
                    | Permission::BuyerWrite
                    | Permission::JourneyRead
                    | Permission::TacticWrite
                    | Permission::TouchWrite
                    | Permission::StageWrite
                    | Permission::CloseRead
                    | Permission::CloseWrite
                    | Permission::CostWrite
            ),
            Self::Directory => matches!(permission, Permission::OrganizationRead | Permission::DirectoryRead),
        }
    }
}

impl Session {
    /// The session of the member a token names.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where the token is not good, or the member is gone or not active.
    pub async fn from_token(app: &Arc<App>, token: &str) -> Result<Self> {
        let claims = app.keys().verify(token, app.now())?;
        let tx = app.db().read(claims.organization_id).await?;
        let member = tx.get::<member::Entity>(claims.member_id).await?;
        match member {
            Some(member) if member.active => {
                let organization_id = member.organization_id;
                Ok(Self { app: Arc::clone(app), organization_id, actor: Actor::Member(Box::new(member)) })
            }
            _ => Err(Error::Unauthenticated),
        }
    }

    /// Background work and the operator's command line.
    #[must_use]
    pub fn system(app: &Arc<App>, organization_id: OrganizationId, system: System) -> Self {
        Self { app: Arc::clone(app), organization_id, actor: Actor::System(system) }
    }

    /// Asks for a permission.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller does not have it.
    pub fn authorize<P: Grant>(&self) -> Result<Scope<P>> {
        let visibility = match &self.actor {
            Actor::System(system) if system.may(P::PERMISSION) => Visibility::Organization,
            Actor::System(_) => return Err(Error::Forbidden),
            Actor::Member(member) => match reach(member.role, P::PERMISSION) {
                Reach::Organization => Visibility::Organization,
                // A member of no resource has no objects of their own resource.
                Reach::Resource => member.resource.map(Visibility::Resource).ok_or(Error::Forbidden)?,
                Reach::Denied => return Err(Error::Forbidden),
            },
        };
        Ok(Scope { session: self.clone(), visibility, permission: PhantomData })
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

/// Which objects a permission covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// All of the organization.
    Organization,
    /// Those of one resource.
    Resource(Resource),
}

/// The proof that a permission was granted, and the only way to a transaction.
#[derive(Clone, Debug)]
pub struct Scope<P> {
    session: Session,
    visibility: Visibility,
    permission: PhantomData<P>,
}

impl<P: Grant> Scope<P> {
    /// Opens a transaction that reads.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(&self) -> Result<TenantTx> {
        self.session.app.db().read(self.session.organization_id).await
    }

    /// Opens a transaction that changes; nothing lasts until its commit.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(&self) -> Result<TenantWrite> {
        self.session.app.db().write(self.session.organization_id).await
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

    /// Which objects the permission covers.
    #[must_use]
    pub const fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Goes on where the permission covers objects of a resource.
    ///
    /// # Errors
    /// A problem with the field that names the resource.
    pub fn covers(&self, resource: Resource, field: &str) -> Result<()> {
        match self.visibility {
            Visibility::Organization => Ok(()),
            Visibility::Resource(own) if own == resource => Ok(()),
            Visibility::Resource(own) => {
                Err(Error::invalid(field, ProblemCode::NotAllowed, format!("you may do this for {} only", own.name())))
            }
        }
    }
}
