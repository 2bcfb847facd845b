//! What a session was permitted to do.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::ids::{ApiClientId, MemberId, OrganizationId, SignInId, TeamId, TypedId};
use entity::kinds::Resource;
use entity::member;
use entity::time::Timestamp;

use super::permission::{Grant, Permission, Reach, Rights, changes_handed, narrowed_by};
use super::session::{Denied, Session};
use super::token::Keys;
use crate::access::Access;
use crate::db::{Sight, TenantTx, TenantWrite};
use crate::error::{Error, ProblemCode, Result};

/// Where somebody stands, as far as their rights go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Their team.
    pub team_id: Option<TeamId>,
    /// Their resource.
    pub resource: Option<Resource>,
}

impl From<&member::Model> for Place {
    fn from(member: &member::Model) -> Self {
        Self { team_id: member.team_id, resource: member.resource }
    }
}

/// The proof that a permission was granted, and the only way to a transaction.
#[derive(Debug)]
pub struct Scope<P> {
    session: Session,
    reach: Reach,
    permission: PhantomData<P>,
}

impl<P> Clone for Scope<P> {
    fn clone(&self) -> Self {
        Self { session: self.session.clone(), reach: self.reach, permission: PhantomData }
    }
}

impl<P: Grant> Scope<P> {
    /// What a session was permitted.
    pub(super) const fn granted(session: Session, reach: Reach) -> Self {
        Self { session, reach, permission: PhantomData }
    }

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
        sight.handed = changes_handed(P::PERMISSION);
        let rights = sight.rights;
        sight.rights = Rights::from_fn(|permission| {
            let reach = rights.reach(permission)?;
            Some(if narrowed.contains(&permission) { reach.min(self.reach) } else { reach })
        });
        self.session.seeing(sight).write().await
    }

    /// Lets the database see how large its tables have become, after very many rows were written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_statistics(&self) -> Result<()> {
        self.session.app.db().refresh_statistics().await
    }

    /// Asks for a permission that the same work also needs. That it was denied is told to the audit log.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller does not have it.
    pub fn also<Q: Grant>(&self) -> Result<Scope<Q>> {
        // What was asked for is told by its name: where in the request it was missing only the caller of this knows.
        self.session.authorize().inspect_err(|_| self.session.deny(Some(Q::PERMISSION), self.session.action.to_string()))
    }

    /// The organization.
    #[must_use]
    pub const fn organization_id(&self) -> OrganizationId {
        self.session.organization_id
    }

    /// The member who is calling, or who answers for the API client that is; none for background work.
    #[must_use]
    pub fn member_id(&self) -> Option<MemberId> {
        self.session.member().map(|member| member.id)
    }

    /// Whose what the caller records is, where nobody else is named: whom they say they act for, else themselves.
    #[must_use]
    pub fn own_id(&self) -> Option<MemberId> {
        self.session.principal.or_else(|| self.member_id())
    }

    /// The API client that is calling, where it is one.
    #[must_use]
    pub fn client_id(&self) -> Option<ApiClientId> {
        self.session.client_id()
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
        self.session.note(Denied { action, permission: Some(P::PERMISSION), field: field.to_owned() });
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

    /// Whether another permission of the caller covers objects of a resource. Asking this is no attempt at anything.
    #[must_use]
    pub fn could_cover(&self, permission: Permission, resource: Resource) -> bool {
        match self.session.reach(permission) {
            Some(Reach::Organization) => true,
            Some(_) => self.session.sight.resource == Some(resource),
            None => false,
        }
    }

    /// Whether somebody may have a right by the caller, who must have it as far: what reaches a team or a resource, for the
    /// same one, where it is known which that will be.
    #[must_use]
    pub fn may_give(&self, (permission, reach): (Permission, Reach), place: Option<Place>) -> bool {
        let sight = &self.session.sight;
        match (self.session.reach(permission), reach, place) {
            _ if permission.is_over_oneself(reach) => true,
            (Some(Reach::Organization), ..) => true,
            (None, ..) => false,
            (Some(_), Reach::Team, Some(Place { team_id: None, .. })) | (Some(_), Reach::Resource, Some(Place { resource: None, .. })) => {
                true
            }
            (Some(own), Reach::Team, Some(Place { team_id: Some(team), .. })) => own >= Reach::Team && sight.teams.contains(&team),
            (Some(own), Reach::Resource, Some(place)) => own >= Reach::Resource && sight.resource == place.resource,
            (Some(own), ..) => own >= reach,
        }
    }

    /// Goes on where nothing comes within the caller's own rights by a move from one team to another.
    ///
    /// # Errors
    /// A problem with the field.
    pub fn may_move_team(&self, from: Option<TeamId>, to: Option<TeamId>, field: &str) -> Result<()> {
        let within = |team: Option<TeamId>| team.is_some_and(|team| self.session.sight.teams.contains(&team));
        if from == to || !self.is_bound_by(Reach::Team) || (within(from) && within(to)) {
            return Ok(());
        }
        Err(self.out_of_reach(field, "what you may do ends with your teams: you may move nothing into or out of them"))
    }

    /// Goes on where nothing comes within the caller's own rights by a move from one resource to another.
    ///
    /// # Errors
    /// A problem with the field.
    pub fn may_move_resource(&self, from: Option<Resource>, to: Option<Resource>, field: &str) -> Result<()> {
        if from == to || !self.is_bound_by(Reach::Resource) {
            return Ok(());
        }
        Err(self.out_of_reach(field, "what you may do ends with your resource: you may move nobody into or out of it"))
    }

    fn is_bound_by(&self, bound: Reach) -> bool {
        self.rights().iter().any(|(_, reach)| reach == bound)
    }

    /// Whether the permission reaches what belongs to a member.
    #[must_use]
    pub fn reaches(&self, owner: &member::Model) -> bool {
        self.reaches_with(owner, self.session.sight.owners.contains(&owner.id))
    }

    /// Whether the permission reaches what belongs to a member, those whom the caller only acts for left out: what is lent is
    /// not the borrower's to lend.
    #[must_use]
    pub fn reaches_by_itself(&self, owner: &member::Model) -> bool {
        self.reaches_with(owner, self.member_id() == Some(owner.id))
    }

    fn reaches_with(&self, owner: &member::Model, own: bool) -> bool {
        let sight = &self.session.sight;
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
