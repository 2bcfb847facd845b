//! The application behind the front door: who is calling, then what they ask.

use std::any::{Any, TypeId};
use std::sync::Arc;

use async_graphql::{Request, Response};
use axum::Router;
use entity::ids::MemberId;

use super::graphql::{Executor, Live, Refusal};
use super::subscription::Turns;
use super::{HttpSettings, jwks, oauth};
use crate::app::App;
use crate::auth::{ActingFor, Session, Visitor};
use crate::budget::{Budgets, Payer};
use crate::error::Error;
use crate::graphql::extension::MayIntrospect;
use crate::graphql::meter::Meter;
use crate::graphql::{TandemSchema, attach, schema};

/// Points that a token costs which is not valid, paid by the address it comes from, and a member one does not act for: enough
/// to make guessing slow.
const BAD_TOKEN_POINTS: u32 = 20;

#[derive(Clone)]
pub(super) struct Front {
    pub(super) app: Arc<App>,
    pub(super) schema: TandemSchema,
    /// Whether anybody may read the schema.
    open_introspection: bool,
    pub(super) turns: Turns,
}

/// The whole application as a router.
pub fn service(app: &Arc<App>, settings: HttpSettings) -> Router {
    let (schema, open_introspection) = (schema(settings.limits.clone()), settings.open_introspection);
    let behind_tls = settings.behind_tls;
    let budgets = Arc::new(Budgets::new(settings.rates, app.clock()));
    let beside = jwks::routes(app).merge(oauth::routes(app, &budgets, settings.trusted_proxies, settings.request_timeout));
    let turns = Turns::new(settings.request_timeout);
    let front = Front { app: Arc::clone(app), schema, open_introspection, turns };
    super::routed(front, settings, budgets).merge(super::layered(beside, behind_tls))
}

impl Executor for Front {
    async fn execute(&self, request: Request, bearer: Option<&str>, meter: &Meter) -> Result<Response, Refusal> {
        let session = self.session(&request, bearer, meter).await?;
        let report = session.clone().map(Report);
        let response = self.schema.execute(self.attached(request, session)).await;
        if let Some(report) = report {
            report_denied(&report.0).await;
        }
        Ok(response)
    }

    async fn admit(&self, bearer: Option<&str>, meter: &Meter) -> Result<(), Refusal> {
        self.known(bearer, meter).await.map(|_| ())
    }

    async fn subscribe(&self, request: Request, bearer: Option<Arc<str>>, meter: &Meter) -> Result<Live, Refusal> {
        let session = self.session(&request, bearer.as_deref(), meter).await?;
        self.opened(request, session, bearer).await
    }

    async fn ready(&self) -> bool {
        self.app.db().ping().await.is_ok()
    }
}

impl Front {
    /// The session of whoever asks, if they say who they are.
    async fn known(&self, bearer: Option<&str>, meter: &Meter) -> Result<Option<Session>, Refusal> {
        let Some(token) = bearer else { return Ok(None) };
        let session = Session::from_token(&self.app, token).await.map_err(|error| refusal(error, meter))?;
        if let Some(payer) = payer(&session) {
            meter.paid_by(payer, session.organization_id());
        }
        Ok(Some(session))
    }

    /// The session a request is executed with: the caller's, or that of the member they act for.
    async fn session(&self, request: &Request, bearer: Option<&str>, meter: &Meter) -> Result<Option<Session>, Refusal> {
        match (self.known(bearer, meter).await?, given::<ActingFor>(request)) {
            (Some(session), Some(principal)) => act(&session, principal.0, meter).await.map(Some),
            (session, _) => Ok(session),
        }
    }

    /// The request with all that its resolvers need.
    pub(super) fn attached(&self, request: Request, session: Option<Session>) -> Request {
        let request = if self.open_introspection { request.data(MayIntrospect) } else { request };
        attach(request.data(Visitor::new(&self.app)), session)
    }
}

pub(super) fn given<T: Any + Send + Sync>(request: &Request) -> Option<&T> {
    request.data.get(&TypeId::of::<T>())?.downcast_ref()
}

/// The session of somebody who says for whom they act. Who may not pays for the try, and the audit log is told of it while
/// they can.
async fn act(session: &Session, principal: MemberId, meter: &Meter) -> Result<Session, Refusal> {
    match session.acting_for(principal).await {
        Err(Error::Forbidden) => {
            let refusal = charged(Refusal::NotActingFor, meter);
            if matches!(refusal, Refusal::NotActingFor) {
                session.deny(None, "Acting-For".to_owned());
                report_denied(session).await;
            }
            Err(refusal)
        }
        acting => acting.map_err(|error| refusal(error, meter)),
    }
}

/// Tells what was denied even where the request ends before its answer: whoever hangs up, or asks for what takes too long,
/// is told of like others.
pub(super) struct Report(pub(super) Session);

impl Drop for Report {
    fn drop(&mut self) {
        if self.0.was_denied() {
            let session = self.0.clone();
            tokio::spawn(async move { tell_denied(&session).await });
        }
    }
}

/// Tells the audit log what was denied. It is told to its end though nobody waits for it any more.
pub(super) async fn report_denied(session: &Session) {
    if session.was_denied() {
        let session = session.clone();
        if let Err(error) = tokio::spawn(async move { tell_denied(&session).await }).await {
            tracing::error!(%error, "a denial could not be told to the audit log");
        }
    }
}

async fn tell_denied(session: &Session) {
    if let Err(error) = session.report_denied().await {
        tracing::error!(error.cause = %error.for_operator(), "a denial could not be told to the audit log");
    }
}

fn payer(session: &Session) -> Option<Payer> {
    session.client_id().map(Payer::Client).or_else(|| session.member().map(|member| Payer::Member(member.id)))
}

/// The refusal once it is paid for, or that the budget is spent.
fn charged(refusal: Refusal, meter: &Meter) -> Refusal {
    match meter.charge(0, BAD_TOKEN_POINTS) {
        Ok(()) => refusal,
        Err(error) => Refusal::RateLimited(Box::new(error)),
    }
}

/// A token that could not be checked is not a bad token.
fn refusal(error: Error, meter: &Meter) -> Refusal {
    match error {
        Error::Unauthenticated => charged(Refusal::InvalidToken, meter),
        other => {
            tracing::error!(error.cause = %other.for_operator(), "the caller could not be read");
            Refusal::Unavailable
        }
    }
}
