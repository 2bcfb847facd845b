//! What a resolver may ask of its request: a permission, or an object by id.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, Data, Request};

use super::extension::{MayIntrospect, RequestId};
use super::recorder::Recorder;
use crate::auth::permission::Grant;
use crate::auth::{Scope, Session};
use crate::error::{Error, Result};

/// Private, so that a resolver cannot take the session out and go round [`Authorize`].
struct RequestSession {
    session: Option<Session>,
    /// Who writes down what is asked for: none but in tests.
    recorder: Option<Recorder>,
}

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
    let recorder = request.data.get(&TypeId::of::<Recorder>()).and_then(|given| <dyn Any>::downcast_ref(given.as_ref())).cloned();
    match session {
        None => request.data(RequestSession { session: None, recorder }),
        Some(session) => {
            let watched = recorder.as_ref().map(|recorder| session.watched(recorder.batches()));
            let loads = Loads { session: watched.unwrap_or_else(|| session.clone()) };
            let loads = DataLoader::new(loads, TokioSpawner::current(), TokioTimer::default());
            request.data(RequestSession { session: Some(session), recorder }).data(loads).data(MayIntrospect)
        }
    }
}

/// Who is calling, from the data of a request that has not begun.
pub(super) fn session(data: &Data) -> Option<&Session> {
    data.get(&TypeId::of::<RequestSession>())?.downcast_ref::<RequestSession>()?.session.as_ref()
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
        let session = watched(self)?;
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
        let Some(request) = self.data_opt::<RequestSession>() else { return false };
        if let Some(recorder) = &request.recorder {
            recorder.softly(self.path_node, P::PERMISSION);
        }
        request.session.as_ref().is_some_and(|session| session.reach(P::PERMISSION).is_some())
    }

    fn caller(&self) -> Result<&Session> {
        let request = self.data_opt::<RequestSession>().ok_or(Error::Unauthenticated)?;
        if let Some(recorder) = &request.recorder {
            recorder.caller(self.path_node);
        }
        request.session.as_ref().ok_or(Error::Unauthenticated)
    }

    fn loads(&self) -> Result<&DataLoader<Loads>> {
        self.data_opt().ok_or(Error::Unauthenticated)
    }
}

/// Who is calling, with somebody who writes down what they ask for where that is wanted.
fn watched<'a>(ctx: &'a Context<'_>) -> Result<Cow<'a, Session>> {
    let session = ctx.caller()?;
    let recorder = ctx.data_opt::<RequestSession>().and_then(|request| request.recorder.as_ref());
    Ok(recorder.map_or(Cow::Borrowed(session), |recorder| Cow::Owned(session.watched(recorder.witness(ctx.path_node)))))
}

/// Whether a field of the answer was asked for, so that what it costs is paid only then.
#[must_use]
pub fn wants(ctx: &Context<'_>, field: &str) -> bool {
    ctx.look_ahead().field(field).exists()
}
