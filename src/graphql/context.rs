//! What a resolver may ask of its request: a permission, or an object by id.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, Data, Request};

use super::extension::{MayIntrospect, RequestId};
use crate::auth::permission::Grant;
use crate::auth::{Scope, Session};
use crate::error::{Error, Result};

/// Private, so that a resolver cannot take the session out and go round [`Authorize`].
struct RequestSession(Option<Session>);

/// Loads objects by id in batches, with the rights of the caller. Made anew for each request.
pub struct Loads {
    session: Session,
}

impl Loads {
    /// Asks for the permission a batch needs.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller does not have it.
    pub fn authorize<P: Grant>(&self) -> Result<Scope<P>, Arc<Error>> {
        self.session.authorize().inspect_err(|_| self.session.deny(Some(P::PERMISSION), String::new())).map_err(Arc::new)
    }
}

/// Puts the caller into the request. Who is signed in may read the schema.
#[must_use]
pub fn attach(request: Request, session: Option<Session>) -> Request {
    match session {
        None => request.data(RequestSession(None)),
        Some(session) => {
            let loads = DataLoader::new(Loads { session: session.clone() }, TokioSpawner::current(), TokioTimer::default());
            request.data(RequestSession(Some(session))).data(loads).data(MayIntrospect)
        }
    }
}

/// Who is calling, from the data of a request that has not begun.
pub(super) fn session(data: &Data) -> Option<&Session> {
    data.get(&TypeId::of::<RequestSession>())?.downcast_ref::<RequestSession>()?.0.as_ref()
}

/// Asking for data is asking for permission.
pub trait Authorize {
    /// The proof that the caller may do something.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] or [`Error::Forbidden`].
    fn authorize<P: Grant>(&self) -> Result<Scope<P>>;

    /// Whether the caller may do something, where less is shown to those who may not.
    fn permits<P: Grant>(&self) -> bool;

    /// Who is calling.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    fn caller(&self) -> Result<&Session>;

    /// Loads objects by id.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    fn loads(&self) -> Result<&DataLoader<Loads>>;
}

impl Authorize for Context<'_> {
    fn authorize<P: Grant>(&self) -> Result<Scope<P>> {
        let session = self.caller()?;
        let scope = match &self.path_node {
            // What is asked for at the root is what is being done: a mutation has its name from there.
            Some(node) if node.parent.is_none() => {
                session.doing(self.field().name(), self.data_opt::<RequestId>().map(|request| &request.0)).authorize()
            }
            _ => session.authorize(),
        };
        // The name of a root field, whatever the caller calls it; of others the way to them.
        scope.inspect_err(|_| {
            let way = self.path_node.as_ref().filter(|node| node.parent.is_some()).map(ToString::to_string);
            session.deny(Some(P::PERMISSION), way.unwrap_or_else(|| self.field().name().to_owned()));
        })
    }

    fn permits<P: Grant>(&self) -> bool {
        self.caller().is_ok_and(|session| session.reach(P::PERMISSION).is_some())
    }

    fn caller(&self) -> Result<&Session> {
        let session = self.data_opt::<RequestSession>().and_then(|request| request.0.as_ref());
        session.ok_or(Error::Unauthenticated)
    }

    fn loads(&self) -> Result<&DataLoader<Loads>> {
        self.data_opt().ok_or(Error::Unauthenticated)
    }
}

/// Whether a field of the answer was asked for, so that what it costs is paid only then.
#[must_use]
pub fn wants(ctx: &Context<'_>, field: &str) -> bool {
    ctx.look_ahead().field(field).exists()
}
