//! What a subscription is executed with.
//!
//! Whoever carries it executes its document once to open it, and then anew for each turn: with a fresh session and fresh loaders, so
//! that its resolver asks for permission as all others do. The resolver says what it follows, and answers turns; that may be nothing.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use entity::event;
use entity::ids::{OrganizationId, TypedId};
use entity::kinds::EventTopic;

use super::service::{Follower, Hub, Turn, Wanted};
use crate::error::{Error, Result};
use crate::graphql::scalar::int;

/// What a subscription is executed for: put into the data of its request.
#[derive(Clone, Debug)]
pub enum Occasion {
    /// It is opened.
    Opening(Opening),
    /// It has something to do.
    Turn(Turn),
}

/// A subscription that is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    hub: Arc<Hub>,
    organization: OrganizationId,
    follower: Arc<Mutex<Option<Follower>>>,
}

impl Opening {
    /// For somebody of an organization.
    #[must_use]
    pub fn new(hub: &Arc<Hub>, organization: OrganizationId) -> Self {
        Self { hub: Arc::clone(hub), organization, follower: Arc::default() }
    }

    /// Who goes through the events, once the resolver has said which.
    #[must_use]
    pub fn opened(&self) -> Option<Follower> {
        self.follower.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the resolver of a subscription says: there may be nothing to say.
#[derive(Clone, Debug)]
pub enum Said<T> {
    /// Nothing, and nobody hears of it.
    Nothing,
    /// Something.
    Something(T),
}

impl<T> From<Option<T>> for Said<T> {
    fn from(said: Option<T>) -> Self {
        said.map_or(Self::Nothing, Self::Something)
    }
}

impl<T: OutputType> OutputType for Said<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self {
            Self::Nothing => Ok(Value::Null),
            Self::Something(said) => said.resolve(ctx, field).await,
        }
    }
}

/// An event a resolver is asked about.
#[derive(Clone, Debug)]
pub struct Heard(Arc<event::Model>);

impl Heard {
    /// Its number.
    #[must_use]
    pub fn sequence(&self) -> i32 {
        int(self.0.sequence)
    }

    /// The object.
    ///
    /// # Errors
    /// [`Error::Internal`] where its topic is told of by numbers only.
    pub fn object<I: TypedId>(&self) -> Result<I> {
        self.0.object_id.map(I::from_uuid).ok_or(Error::broken("an event of this topic has its object"))
    }
}

/// Follows each event of a topic: gives the one it is the turn of, and none while the subscription is opened.
///
/// # Errors
/// As [`Hub::follow`].
pub async fn each(ctx: &Context<'_>, topic: EventTopic, after: Option<i32>) -> Result<Option<Heard>> {
    match turn(ctx, Wanted::Each(topic), after).await? {
        Some(Turn::Event(event)) => Ok(Some(Heard(event))),
        Some(Turn::Figures(_) | Turn::Access) | None => Ok(None),
    }
}

/// Follows figures that move with some topics: gives the number of the last event that may have moved them when it is their turn, and
/// none while the subscription is opened.
///
/// # Errors
/// As [`Hub::follow`].
pub async fn figures(ctx: &Context<'_>, topics: &'static [EventTopic], after: Option<i32>) -> Result<Option<i32>> {
    match turn(ctx, Wanted::Figures(topics), after).await? {
        Some(Turn::Figures(sequence)) => Ok(Some(int(sequence))),
        Some(Turn::Event(_) | Turn::Access) | None => Ok(None),
    }
}

async fn turn<'a>(ctx: &Context<'a>, wanted: Wanted, after: Option<i32>) -> Result<Option<Turn>> {
    match ctx.data_opt::<Occasion>() {
        Some(Occasion::Turn(turn)) => Ok(Some(turn.clone())),
        Some(Occasion::Opening(opening)) => {
            let follower = opening.hub.follow(opening.organization, wanted, after).await?;
            *opening.follower.lock().unwrap_or_else(PoisonError::into_inner) = Some(follower);
            Ok(None)
        }
        None => Err(Error::broken("who carries a subscription says what it is executed for")),
    }
}
